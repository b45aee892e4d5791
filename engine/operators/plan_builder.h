#pragma once

#include <cstdint>
#include <string>

#include "engine/operators/plan.h"

namespace inlay::engine {

/// Which list of a plan a call belongs to. Products of the weight gradient are backward calls that
/// sum over rows; calls of the input gradient are backward calls that a network's first layer
/// leaves out.
enum class Pass { Forward, Backward, WeightGradient, InputGradient };

/// Whether a product reads its old result too.
enum class Result { Overwritten, Added };

/// Gathers the backend calls of an operator and sums their cost.
class PlanBuilder {
public:
    PlanBuilder(std::int64_t in, std::int64_t out, const RowLayout& rows);

    OperatorPlan& plan() { return plan_; }

    /// `batch` products m x n with inner size k.
    void product(Pass pass, const char* op, std::int64_t batch, std::int64_t m, std::int64_t n,
                 std::int64_t k, Result result = Result::Overwritten);
    void gemm(Pass pass, std::int64_t m, std::int64_t n, std::int64_t k,
              Result result = Result::Overwritten) {
        product(pass, "gemm", 1, m, n, k, result);
    }
    /// A batch of products whose activations are neighboring columns of one matrix: their rows lie
    /// apart, which takes longer than the same sizes in planes.
    void columnProduct(Pass pass, std::int64_t batch, std::int64_t m, std::int64_t n,
                       std::int64_t k, Result result = Result::Overwritten);
    /// Any other call with an m x n result that reads and writes `elements` f32 numbers.
    void call(Pass pass, const char* op, std::int64_t m, std::int64_t n, double multiplyAdds,
              double elements);

    void issue(const char* key, std::string message);

    /// The plan; without calls when there are issues.
    OperatorPlan finish();

private:
    void add(Pass pass, KernelCall call);

    OperatorPlan plan_;
};

} // namespace inlay::engine

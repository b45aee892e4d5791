#include "engine/operators/plan_builder.h"

#include <utility>

namespace inlay::engine {
namespace {

constexpr double kBytesOfF32 = 4.0;

double asReal(std::int64_t value) {
    return static_cast<double>(value);
}

KernelCall productCall(const char* op, std::int64_t batch, std::int64_t m, std::int64_t n,
                       std::int64_t k, Result result) {
    const double written = asReal(m) * asReal(n) * (result == Result::Added ? 2.0 : 1.0);
    const double read = asReal(m) * asReal(k) + asReal(k) * asReal(n);
    return {op,
            batch,
            m,
            n,
            k,
            asReal(batch) * asReal(m) * asReal(n) * asReal(k),
            asReal(batch) * (read + written) * kBytesOfF32};
}

} // namespace

PlanBuilder::PlanBuilder(std::int64_t in, std::int64_t out, const RowLayout& rows) {
    plan_.in = in;
    plan_.out = out;
    plan_.paddedIn = in;
    plan_.paddedOut = out;
    plan_.paddedRows = rows.rows();
    plan_.rows = rows;
}

void PlanBuilder::add(Pass pass, KernelCall call) {
    call.forInput = pass == Pass::InputGradient;
    call.sumsRows = pass == Pass::WeightGradient;
    (pass == Pass::Forward ? plan_.forward : plan_.backward).push_back(std::move(call));
}

void PlanBuilder::product(Pass pass, const char* op, std::int64_t batch, std::int64_t m,
                          std::int64_t n, std::int64_t k, Result result) {
    add(pass, productCall(op, batch, m, n, k, result));
}

void PlanBuilder::columnProduct(Pass pass, std::int64_t batch, std::int64_t m, std::int64_t n,
                                std::int64_t k, Result result) {
    KernelCall call = productCall("batchedGemm", batch, m, n, k, result);
    call.ofColumns = true;
    add(pass, std::move(call));
}

void PlanBuilder::call(Pass pass, const char* op, std::int64_t m, std::int64_t n,
                       double multiplyAdds, double elements) {
    add(pass, {op, 1, m, n, 0, multiplyAdds, elements * kBytesOfF32});
}

void PlanBuilder::issue(const char* key, std::string message) {
    plan_.issues.push_back({key, std::move(message)});
}

OperatorPlan PlanBuilder::finish() {
    if (!plan_.issues.empty()) {
        plan_.forward.clear();
        plan_.backward.clear();
        plan_.parameters = 0;
    }
    for (const KernelCall& call : plan_.forward) {
        plan_.multiplyAddsForward += call.multiplyAdds;
        plan_.bytesForward += call.bytes;
    }
    for (const KernelCall& call : plan_.backward) {
        plan_.multiplyAddsBackward += call.multiplyAdds;
        plan_.bytesBackward += call.bytes;
    }
    return std::move(plan_);
}

} // namespace inlay::engine

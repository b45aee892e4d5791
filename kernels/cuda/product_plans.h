#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include <cublasLt.h>

#include "kernels/op_types.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

class Queue;

/// d = alpha op(a) op(b) + beta c + bias (1 x n, broadcast over the rows), for a batch of equal
/// shapes. a and b share one dtype, f32 or bf16; c and d share one too. c may be d;
/// with beta 0 it is not read. No size is zero.
struct FusedProduct {
    Gemm spec;
    ConstBatchView a;
    ConstBatchView b;
    ConstBatchView c;
    BatchView d;
    ConstView bias = {};
};

/// The leading dimension of a row-major view for cuBLAS, which wants one that is at least a row
/// long, of a single row too.
inline std::int64_t leading(ConstView view) {
    const std::int64_t least = view.cols > 1 ? view.cols : 1;
    return view.rows > 1 || view.stride > least ? view.stride : least;
}

/// Products by cublasLt, which takes a residual and a bias along. The choice of algorithm for a
/// shape is cuBLAS' own, is made once and does not depend on timings, so that runs repeat.
class ProductPlans {
public:
    explicit ProductPlans(Queue& queue);
    ~ProductPlans();
    ProductPlans(const ProductPlans&) = delete;
    ProductPlans& operator=(const ProductPlans&) = delete;

    /// Enqueues the product; false when cublasLt has nothing for it (then nothing is done).
    bool run(const FusedProduct& product);
    /// Whether run() would, judged by shapes, dtypes and alignment.
    bool knows(const FusedProduct& product);

    struct Key;
    struct Plan;

private:
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    using Table = std::unordered_map<Key, std::unique_ptr<Plan>, KeyHash>;

    Plan* planFor(const FusedProduct& product);
    std::unique_ptr<Plan> makePlan(const Key& key, const void* bias);

    Queue& queue_;
    std::unique_ptr<Table> plans_;
};

} // namespace inlay::kernels::cuda

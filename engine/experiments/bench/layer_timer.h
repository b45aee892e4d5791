#pragma once

#include <memory>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/bench/bench_cases.h"
#include "engine/operators/linear_operator.h"
#include "engine/tensor/device.h"

namespace inlay::engine::bench {

enum class Pass { Forward, Train };

/// A layer with random activations and gradients of its shape, ready to be called.
class LayerTimer {
public:
    /// `stream` gives weights, activations and gradients. Activations of one shape may be shared:
    /// see Shared.
    struct Shared {
        Tensor input;          // rows x in
        Tensor outputGradient; // rows x out
        Tensor output;         // rows x out
        Tensor inputGradient;  // rows x in
    };
    static Shared makeShared(const Device& device, std::int64_t rows, std::int64_t in,
                             std::int64_t out, const RandomStream& stream);

    LayerTimer(const OperatorConfig& config, const BenchCase& shape, const Device& device,
               Shared& shared, const RandomStream& stream);

    const LinearOperator& layer() const { return *operator_; }

    /// Seconds of one call, with everything enqueued before done first. Forward: no gradient is
    /// wanted, weights are prepared once. Train: the weights are marked as moved, then forward and
    /// all gradients.
    double time(Pass pass);

private:
    void call(Pass pass);

    Device device_;
    RowLayout rows_;
    Shared& shared_;
    std::unique_ptr<LinearOperator> operator_;
};

/// Seconds of `layer` and of `dense`, called in turns after one untimed call of each.
struct PairTimes {
    std::vector<double> layer;
    std::vector<double> dense;

    double layerMedian() const;
    double denseMedian() const;
    /// Median of the pairs' ratios dense / layer.
    double speedup() const;
    /// Half the distance between the quartiles of the layer's times, over their median.
    double spread() const;
};

} // namespace inlay::engine::bench

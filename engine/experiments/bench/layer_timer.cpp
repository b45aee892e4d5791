#include "engine/experiments/bench/layer_timer.h"

#include <algorithm>
#include <cmath>

#include "engine/analysis/median.h"
#include "engine/base/clock.h"
#include "engine/operators/make.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine::bench {

LayerTimer::Shared LayerTimer::makeShared(const Device& device, std::int64_t rows, std::int64_t in,
                                          std::int64_t out, const RandomStream& stream) {
    const auto normal = [&](std::int64_t cols, const char* purpose) {
        const std::vector<double> values = normalStart(rows * cols, 1.0, stream.split(purpose));
        return Tensor::fromHost(device, {rows, cols}, device.computeType(),
                                std::span<const double>(values));
    };
    Shared shared;
    shared.input = normal(in, "input");
    shared.outputGradient = normal(out, "gradient");
    shared.output = Tensor::zeros(device, {rows, out}, device.computeType());
    shared.inputGradient = Tensor::zeros(device, {rows, in}, device.computeType());
    return shared;
}

LayerTimer::LayerTimer(const OperatorConfig& config, const BenchCase& shape, const Device& device,
                       Shared& shared, const RandomStream& stream)
    : device_(device)
    , rows_(shape.layout())
    , shared_(shared) {
    OperatorBuild build;
    build.name = "layer";
    build.in = shape.in;
    build.out = shape.out;
    build.device = &device_;
    build.stream = &stream;
    SharedParameters sharedParameters;
    build.shared = &sharedParameters;
    operator_ = makeOperator(config, build);
}

void LayerTimer::call(Pass pass) {
    const Tensor& input = shared_.input;
    if (pass == Pass::Forward) {
        operator_->forward(input.view(), rows_, shared_.output.view(), {}, nullptr);
        return;
    }
    for (const ParameterPtr& parameter : operator_->parameters())
        ++parameter->version;
    OperatorContextPtr saved;
    operator_->forward(input.view(), rows_, shared_.output.view(), {}, &saved);
    const Tensor& gradient = shared_.outputGradient;
    operator_->backward(input.view(), rows_, gradient.view(), shared_.inputGradient.view(),
                        kernels::Accumulate::No, saved.get());
}

double LayerTimer::time(Pass pass) {
    device_.synchronize();
    const double start = monotonicSeconds();
    call(pass);
    device_.synchronize();
    return monotonicSeconds() - start;
}

double PairTimes::layerMedian() const {
    return median(layer);
}

double PairTimes::denseMedian() const {
    return median(dense);
}

double PairTimes::speedup() const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < layer.size(); ++i)
        ratios.push_back(dense[i] / layer[i]);
    return median(std::move(ratios));
}

double PairTimes::spread() const {
    std::vector<double> sorted = layer;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.empty())
        return 0;
    const double quarter = sorted[sorted.size() / 4];
    const double threeQuarters = sorted[sorted.size() - 1 - sorted.size() / 4];
    return (threeQuarters - quarter) / 2 / median(sorted);
}

} // namespace inlay::engine::bench

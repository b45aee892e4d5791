#include "fit_probe.h"

#include <cmath>

namespace inlay::fit_probe {

using namespace engine;

std::unique_ptr<LinearOperator> layer(const OperatorConfig& config, std::int64_t in,
                                      std::int64_t out, std::uint64_t seed) {
    static const Device device = Device::open("reference");
    static SharedParameters shared;
    const RandomStream stream(seed, "fit_test");
    return makeOperator(config, {.name = "layer",
                                 .in = in,
                                 .out = out,
                                 .device = &device,
                                 .stream = &stream,
                                 .shared = &shared});
}

HostMatrix gaussian(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
    RandomStream stream(seed, "fit_test.gaussian");
    HostMatrix matrix{rows, cols, std::vector<double>(static_cast<std::size_t>(rows * cols))};
    for (double& value : matrix.values)
        value = stream.normal();
    return matrix;
}

HostMatrix matrixOf(const LinearOperator& op) {
    std::string refusal;
    return {op.in(), op.out(), op.materialize(refusal).toDoubles()};
}

InputMoments correlated(std::int64_t tile, std::int64_t width, std::uint64_t seed) {
    RandomStream stream(seed, "fit_test.correlated");
    const std::int64_t n = tile * width;
    const auto size = static_cast<std::size_t>(n);
    InputMoments moments{tile, width, std::vector<double>(size * size, 0.0)};
    std::vector<double> scale(static_cast<std::size_t>(width));
    for (double& value : scale)
        value = std::exp(0.7 * stream.normal());
    const std::int64_t samples = 4 * n;
    std::vector<double> x(size);
    for (std::int64_t s = 0; s < samples; ++s) {
        double last = stream.normal();
        for (std::size_t i = 0; i < size; ++i) {
            last = 0.8 * last + 0.6 * stream.normal();
            x[i] = 0.3 + last * scale[i % scale.size()];
        }
        for (std::size_t i = 0; i < size; ++i)
            for (std::size_t j = 0; j < size; ++j)
                moments.second[i * size + j] += x[i] * x[j] / static_cast<double>(samples);
    }
    return moments;
}

double weightedError(const HostMatrix& weight, const HostMatrix& fitted,
                     const InputMoments& moments) {
    const HostMatrix sigma = rowMoments(moments);
    const auto n = static_cast<std::size_t>(weight.rows);
    const auto m = static_cast<std::size_t>(weight.cols);
    double error = 0.0;
    double norm = 0.0;
    for (std::size_t j = 0; j < m; ++j)
        for (std::size_t a = 0; a < n; ++a)
            for (std::size_t b = 0; b < n; ++b) {
                const double s = sigma.values[a * n + b];
                const double wa = weight.values[a * m + j];
                const double wb = weight.values[b * m + j];
                norm += wa * s * wb;
                error += (wa - fitted.values[a * m + j]) * s * (wb - fitted.values[b * m + j]);
            }
    return std::sqrt(std::max(0.0, error) / norm);
}

} // namespace inlay::fit_probe

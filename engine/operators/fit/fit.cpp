#include "engine/operators/fit/fit.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/index.h"

namespace inlay::engine {
namespace {

using Map =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// Directions below this share of the mean moment say nothing that f32 inputs could have shown.
constexpr double kEmptyDirection = 1e-7;

struct Fit {
    const FitTask& task;

    void operator()(const DenseConfig&) const { fitDense(task); }
    void operator()(const LowRankConfig&) const { fitLowRank(task); }
    void operator()(const BlockDiagonalConfig& config) const { fitBlockDiagonal(task, config); }
    void operator()(const StlConfig& config) const { fitStl(task, config); }
    void operator()(const ButterflyConfig& config) const { fitButterfly(task, config); }
    void operator()(const TwoFourConfig& config) const { fitTwoFour(task, config); }
    void operator()(const MonarchConfig& config) const { fitMonarch(task, config); }
    void operator()(const BttConfig& config) const { fitBtt(task, config); }
};

void requireFinite(const std::vector<double>& values, const char* what) {
    const auto bad = std::count_if(values.begin(), values.end(),
                                   [](double value) { return !std::isfinite(value); });
    if (bad > 0)
        throw Error(fmt::format("{} of the {} numbers of {} are not finite; a layer cannot be "
                                "fitted to them.",
                                bad, values.size(), what));
}

void requireSizes(const LinearOperator& op, const HostMatrix& weight, const InputMoments& moments) {
    const auto square = [](std::int64_t n) {
        return index(n * n);
    };
    if (weight.rows != op.in() || weight.cols != op.out() ||
        weight.values.size() != index(weight.rows * weight.cols))
        throw Error(fmt::format("the matrix is {} x {}, the layer {} x {}.", weight.rows,
                                weight.cols, op.in(), op.out()));
    if (moments.width != op.in() || moments.second.size() != square(moments.tile * moments.width))
        throw Error(
            fmt::format("the moments are of {} inputs, the layer has {}.", moments.width, op.in()));
}

HostMatrix regularized(HostMatrix sigma, FitReport& report) {
    const std::int64_t n = sigma.rows;
    double mean = 0.0;
    for (std::int64_t i = 0; i < n; ++i)
        mean += sigma.values[index(i * n + i)] / static_cast<double>(n);
    if (mean <= 0.0) {
        report.notes.emplace_back(
            "the layer's inputs are all zero, so that the fit is the plain one");
        return rowMoments(whiteMoments(1, n));
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(
        Eigen::MatrixXd(Map(sigma.values.data(), n, n)), Eigen::EigenvaluesOnly);
    const auto empty = (eigen.eigenvalues().array() < kEmptyDirection * mean).count();
    if (empty > 0)
        report.notes.push_back(fmt::format("the inputs leave {} of {} directions empty, so that "
                                           "their moments were regularized by {:g} of their mean",
                                           empty, n, kMomentRidge));
    // Eigenvalues of rounded moments may lie a little below zero.
    const double lowest = std::max(0.0, -eigen.eigenvalues().minCoeff());
    for (std::int64_t i = 0; i < n; ++i)
        sigma.values[index(i * n + i)] += kMomentRidge * mean + 2.0 * lowest;
    return sigma;
}

void measureMatrix(LinearOperator& op, const HostMatrix& weight, const HostMatrix& sigma,
                   FitReport& report) {
    std::string refusal;
    const std::vector<double> fitted = op.materialize(refusal).toDoubles();
    const Map exact(weight.values.data(), weight.rows, weight.cols);
    const Map moments(sigma.values.data(), sigma.rows, sigma.cols);
    const Eigen::MatrixXd difference = exact - Map(fitted.data(), weight.rows, weight.cols);
    const auto energy = [&](const Eigen::MatrixXd& matrix) {
        return std::max(0.0, (moments * matrix).cwiseProduct(matrix).sum());
    };
    const double norm = exact.norm();
    const double weighted = energy(exact);
    report.error = norm > 0.0 ? difference.norm() / norm : 0.0;
    report.weightedError = weighted > 0.0 ? std::sqrt(energy(difference) / weighted) : 0.0;
}

} // namespace

InputMoments whiteMoments(std::int64_t tile, std::int64_t width) {
    InputMoments moments{tile, width, {}};
    const std::int64_t n = tile * width;
    moments.second.assign(index(n * n), 0.0);
    for (std::int64_t i = 0; i < n; ++i)
        moments.second[index(i * n + i)] = 1.0;
    return moments;
}

HostMatrix rowMoments(const InputMoments& moments) {
    const std::int64_t width = moments.width;
    const std::int64_t n = moments.tile * width;
    HostMatrix mean{width, width, std::vector<double>(index(width * width), 0.0)};
    for (std::int64_t t = 0; t < moments.tile; ++t)
        for (std::int64_t i = 0; i < width; ++i)
            for (std::int64_t j = 0; j < width; ++j)
                mean.values[index(i * width + j)] +=
                    moments.second[index((t * width + i) * n + t * width + j)] /
                    static_cast<double>(moments.tile);
    return mean;
}

std::string fitProblem(const OperatorConfig& config, const FitOptions& options) {
    const auto* twoFour = std::get_if<TwoFourConfig>(&config);
    if (twoFour && twoFour->transposable && options.scores == PruneScores::SparseGpt)
        return "sparsegpt chooses the mask of each output by itself, so it cannot make a "
               "transposable one; allowed with transposable = true: magnitude, wanda";
    return {};
}

FitReport fitOperator(LinearOperator& op, const OperatorConfig& config, const HostMatrix& weight,
                      const InputMoments& moments, const FitOptions& options) {
    requireSizes(op, weight, moments);
    requireFinite(weight.values, "the matrix");
    requireFinite(moments.second, "the input moments");
    if (const std::string problem = fitProblem(config, options); !problem.empty())
        throw Error(problem + ".");
    FitReport report;
    const HostMatrix rows = rowMoments(moments);
    const HostMatrix sigma = regularized(rows, report);
    const FitTask task{op, weight, sigma, moments, options, report};
    std::visit(Fit{task}, config);
    if (const auto* stl = std::get_if<StlConfig>(&config)) {
        const TileErrors errors = stlErrors(op, *stl, weight, moments);
        const auto ratio = [](double part, double whole) {
            return whole > 0.0 ? std::sqrt(std::max(0.0, part) / whole) : 0.0;
        };
        report.error = ratio(errors.error, errors.norm);
        report.weightedError = ratio(errors.weightedError, errors.weightedNorm);
    } else {
        measureMatrix(op, weight, rows, report);
    }
    return report;
}

Parameter& fitParameter(LinearOperator& op, const char* suffix) {
    const std::string ending = std::string("/") + suffix;
    for (const ParameterPtr& parameter : op.parameters())
        if (parameter->name.ends_with(ending))
            return *parameter;
    throw Error(fmt::format("a {} layer has no parameter {}.", op.family(), suffix));
}

void setParameter(Parameter& parameter, const std::vector<double>& values) {
    parameter.value.copyFrom(Tensor::fromHost(parameter.value.device(), parameter.value.shape(),
                                              parameter.value.dtype(),
                                              std::span<const double>(values)));
    ++parameter.version;
}

} // namespace inlay::engine

#include <cmath>
#include <string>
#include <utility>

#include <Eigen/SVD>

#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/fit/factor_chain.h"
#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/index.h"

namespace inlay::engine {
namespace {

using Matrix = Eigen::MatrixXd;
using kernels::Butterfly;
using kernels::ButterflyOrder;
using kernels::Transpose;

/// The first of the two features that pair p of a stage joins; the other is `stride` behind it.
std::int64_t lowFeature(std::int64_t p, std::int64_t stage) {
    return ((p >> stage) << (stage + 1)) | (p & ((std::int64_t{1} << stage) - 1));
}

/// Weights of one stage as a factor, in their own order a b c d.
ChainFactor stageFactor(const Butterfly& network, std::int64_t stage,
                        const std::vector<double>& weights) {
    ChainFactor factor{network.n, network.n, {}, {}, {}, false};
    const bool transposed = network.transposed == Transpose::Yes;
    for (std::int64_t p = 0; p < network.n / 2; ++p) {
        const std::int64_t i = lowFeature(p, stage);
        const std::int64_t j = i | (std::int64_t{1} << stage);
        const double* block = &weights[index((stage * network.n / 2 + p) * 4)];
        factor.add(i, i, block[0]);
        factor.add(transposed ? j : i, transposed ? i : j, block[1]);
        factor.add(transposed ? i : j, transposed ? j : i, block[2]);
        factor.add(j, j, block[3]);
    }
    return factor;
}

/// Stages in the order in which they are applied.
std::vector<std::int64_t> stageOrder(const Butterfly& network) {
    const bool up =
        (network.order == ButterflyOrder::Increasing) == (network.transposed == Transpose::No);
    std::vector<std::int64_t> order;
    for (std::int64_t s = 0; s < network.stages(); ++s)
        order.push_back(up ? s : network.stages() - 1 - s);
    return order;
}

void appendStages(std::vector<ChainFactor>& chain, const Butterfly& network,
                  const std::vector<double>& weights) {
    for (const std::int64_t stage : stageOrder(network))
        chain.push_back(stageFactor(network, stage, weights));
}

/// Reads the weights back from factors [first, first + stages) of a chain.
std::vector<double> stagesOf(const std::vector<ChainFactor>& chain, std::size_t first,
                             const Butterfly& network) {
    std::vector<double> weights(index(network.weights()));
    const std::vector<std::int64_t> order = stageOrder(network);
    for (std::size_t s = 0; s < order.size(); ++s)
        std::copy(chain[first + s].values.begin(), chain[first + s].values.end(),
                  weights.begin() + static_cast<std::ptrdiff_t>(order[s] * 2 * network.n));
    return weights;
}

/// The first min(rows, cols) numbers unchanged, zeros for the rest.
ChainFactor padding(std::int64_t rows, std::int64_t cols) {
    ChainFactor factor{rows, cols, {}, {}, {}, true};
    for (std::int64_t i = 0; i < std::min(rows, cols); ++i)
        factor.add(i, i, 1.0);
    return factor;
}

HostMatrix transposed(const HostMatrix& matrix) {
    HostMatrix result{matrix.cols, matrix.rows, std::vector<double>(matrix.values.size())};
    for (std::int64_t i = 0; i < matrix.rows; ++i)
        for (std::int64_t j = 0; j < matrix.cols; ++j)
            result.values[index(j * matrix.rows + i)] = matrix.values[index(i * matrix.cols + j)];
    return result;
}

/// Stages of increasing stride whose product is close to `rest` (n x n). Splitting off stage s
/// leaves, for each feature w, a matrix of two columns (w and its partner) and the rows that agree
/// with w in their last s + 1 bits; its best rank-1 approximation is row w of the stage and column
/// w of what remains. Exact for a matrix that is a butterfly (Zheng, Riccietti, Gribonval,
/// "Efficient identification of butterfly sparse matrix factorizations", 2023).
std::vector<double> splitStages(Matrix rest) {
    const std::int64_t n = rest.rows();
    const Butterfly network{.n = n};
    const std::int64_t stages = network.stages();
    std::vector<double> weights(index(network.weights()), 0.0);
    for (std::int64_t stage = 0; stage < stages; ++stage) {
        const std::int64_t h = std::int64_t{1} << stage;
        Matrix next = Matrix::Zero(n, n);
        for (std::int64_t w = 0; w < n; ++w) {
            const std::int64_t i = w & ~h;
            const std::int64_t j = w | h;
            const std::int64_t count = n / (2 * h);
            Matrix block(count, 2);
            for (std::int64_t r = 0; r < count; ++r) {
                const std::int64_t row = r * 2 * h + (w & (2 * h - 1));
                block(r, 0) = rest(row, i);
                block(r, 1) = rest(row, j);
            }
            const Eigen::JacobiSVD<Matrix> svd(block, Eigen::ComputeThinU | Eigen::ComputeThinV);
            const double size = svd.singularValues()[0];
            double left = svd.matrixV()(0, 0);
            double right = svd.matrixV()(1, 0);
            if (size == 0.0) { // nothing to follow: the feature passes on unchanged
                left = w == i ? 1.0 : 0.0;
                right = 1.0 - left;
            }
            const std::int64_t p = ((i >> (stage + 1)) << stage) | (i & (h - 1));
            double* row = &weights[index((stage * n / 2 + p) * 4 + (w == i ? 0 : 2))];
            row[0] = left;
            row[1] = right;
            for (std::int64_t r = 0; r < count && size > 0.0; ++r)
                next(r * 2 * h + (w & (2 * h - 1)), w) = size * svd.matrixU()(r, 0);
        }
        rest = std::move(next);
    }
    if (stages == 0)
        return weights;
    // A diagonal is left; the last stage takes it, then all stages become equally large.
    const std::int64_t h = n / 2;
    double square = 0.0;
    for (std::int64_t w = 0; w < n; ++w) {
        double* row = &weights[index(((stages - 1) * n / 2 + (w & (h - 1))) * 4 + (w < h ? 0 : 2))];
        for (int k = 0; k < 2; ++k) {
            row[k] *= rest(w, w);
            square += row[k] * row[k];
        }
    }
    const double scale = std::sqrt(square / static_cast<double>(n));
    if (scale > 0.0) {
        const double each = std::pow(scale, 1.0 / static_cast<double>(stages));
        for (std::size_t k = 0; k < weights.size(); ++k)
            weights[k] *= k < index((stages - 1) * 2 * n) ? each : each / scale;
    }
    return weights;
}

std::vector<double> splitStart(const Butterfly& network, const HostMatrix& target) {
    const bool decreasing = network.order == ButterflyOrder::Decreasing;
    Matrix padded = Matrix::Zero(network.n, network.n);
    for (std::int64_t i = 0; i < target.rows; ++i)
        for (std::int64_t j = 0; j < target.cols; ++j)
            padded(decreasing ? j : i, decreasing ? i : j) =
                target.values[index(i * target.cols + j)];
    std::vector<double> weights = splitStages(std::move(padded));
    if (decreasing) // the transposed network was split
        for (std::size_t block = 0; block < weights.size(); block += 4)
            std::swap(weights[block + 1], weights[block + 2]);
    return weights;
}

void fitSquare(const FitTask& task, const ButterflySizes& sizes) {
    const HostMatrix target = transposed(task.weight);
    const Butterfly& network = sizes.input;
    std::vector<ChainFactor> chain = {padding(network.n, task.weight.rows)};
    appendStages(chain, network, splitStart(network, target));
    chain.push_back(padding(task.weight.cols, network.n));
    fitChain(chain, target, task.sigma, task.options.sweeps);
    setParameter(fitParameter(task.op, "weight"), stagesOf(chain, 1, network));
}

std::vector<std::int32_t> keptOf(LinearOperator& op, const char* suffix) {
    for (const StateTensor& state : op.state())
        if (state.name.ends_with(suffix))
            return state.tensor->toIntegers();
    return {};
}

void fitGadget(const FitTask& task, const ButterflySizes& sizes) {
    const HostMatrix target = transposed(task.weight);
    Parameter& input = fitParameter(task.op, "weight_in");
    Parameter& core = fitParameter(task.op, "core");
    Parameter& output = fitParameter(task.op, "weight_out");
    std::vector<ChainFactor> chain = {padding(sizes.input.n, task.weight.rows)};
    appendStages(chain, sizes.input, input.value.toDoubles());

    ChainFactor gather{sizes.keptIn, sizes.input.n, {}, {}, {}, true};
    std::int64_t next = 0;
    for (const std::int32_t kept : keptOf(task.op, "/kept_in"))
        gather.add(next++, kept, 1.0);
    chain.push_back(std::move(gather));
    const std::size_t coreAt = chain.size();
    const std::vector<double> coreValues = core.value.toDoubles();
    ChainFactor middle{sizes.keptOut, sizes.keptIn, {}, {}, {}, false};
    for (std::int64_t a = 0; a < sizes.keptIn; ++a)
        for (std::int64_t b = 0; b < sizes.keptOut; ++b)
            middle.add(b, a, coreValues[index(a * sizes.keptOut + b)]);
    chain.push_back(std::move(middle));
    ChainFactor scatter{sizes.output.n, sizes.keptOut, {}, {}, {}, true};
    next = 0;
    for (const std::int32_t kept : keptOf(task.op, "/kept_out"))
        scatter.add(kept, next++, 1.0);
    chain.push_back(std::move(scatter));
    const std::size_t outputAt = chain.size();
    appendStages(chain, sizes.output, output.value.toDoubles());
    chain.push_back(padding(task.weight.cols, sizes.output.n));

    // The core alone first: it starts at random, the networks do not.
    std::vector<bool> fixed;
    for (std::size_t f = 0; f < chain.size(); ++f) {
        fixed.push_back(chain[f].fixed);
        chain[f].fixed = f != coreAt;
    }
    fitChain(chain, target, task.sigma, 1);
    for (std::size_t f = 0; f < chain.size(); ++f)
        chain[f].fixed = fixed[f];
    fitChain(chain, target, task.sigma, task.options.sweeps);
    setParameter(input, stagesOf(chain, 1, sizes.input));
    setParameter(core, chain[coreAt].values);
    setParameter(output, stagesOf(chain, outputAt, sizes.output));
}

} // namespace

void fitButterfly(const FitTask& task, const ButterflyConfig& config) {
    const ButterflySizes sizes = butterflySizes(config, task.op.in(), task.op.out());
    if (config.form == ButterflyForm::Gadget)
        fitGadget(task, sizes);
    else
        fitSquare(task, sizes);
}

} // namespace inlay::engine

// 2:4 masks from a dense matrix (systems/stl-and-24.md 2.2).
#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <Eigen/Cholesky>

#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/index.h"
#include "kernels/two_four_tables.h"

namespace inlay::engine {
namespace {

constexpr double kSparseGptDamping = 0.01; // of the mean diagonal of the moments

/// A matrix padded to the parameter's shape, and which of its weights are kept.
struct Pruned {
    std::int64_t rows = 0; // inputs, a multiple of four
    std::int64_t cols = 0;
    std::vector<double> values;
    std::vector<std::uint8_t> mask;

    std::size_t at(std::int64_t i, std::int64_t j) const { return index(i * cols + j); }
};

/// The pair of four scores with the largest sum; the first in the order of the tables on a tie.
kernels::KeptPair bestPair(const std::array<double, 4>& scores) {
    kernels::KeptPair best = kernels::kKeptPairs.front();
    double most = -1.0;
    for (const kernels::KeptPair& pair : kernels::kKeptPairs)
        if (const double sum = scores[pair.first] + scores[pair.second]; sum > most) {
            most = sum;
            best = pair;
        }
    return best;
}

/// Scores are w^2 times what the input contributes: |w| |x| for Wanda orders the same way.
void maskByScores(Pruned& pruned, const std::vector<double>& inputEnergy, bool transposable) {
    const auto score = [&](std::int64_t i, std::int64_t j) {
        const double w = pruned.values[pruned.at(i, j)];
        return w * w * inputEnergy[index(i)];
    };
    for (std::int64_t i = 0; i < pruned.rows; i += 4) {
        if (!transposable) {
            for (std::int64_t j = 0; j < pruned.cols; ++j) {
                const kernels::KeptPair kept =
                    bestPair({score(i, j), score(i + 1, j), score(i + 2, j), score(i + 3, j)});
                pruned.mask[pruned.at(i + kept.first, j)] = 1;
                pruned.mask[pruned.at(i + kept.second, j)] = 1;
            }
            continue;
        }
        for (std::int64_t j = 0; j < pruned.cols; j += 4) {
            std::uint16_t best = 0;
            double most = -1.0;
            for (const std::uint16_t mask : kernels::kTransposableMasks) {
                double sum = 0.0;
                for (int bit = 0; bit < 16; ++bit)
                    if ((mask >> bit) & 1)
                        sum += score(i + bit / 4, j + bit % 4);
                if (sum > most) {
                    most = sum;
                    best = mask;
                }
            }
            for (int bit = 0; bit < 16; ++bit)
                pruned.mask[pruned.at(i + bit / 4, j + bit % 4)] = (best >> bit) & 1;
        }
    }
}

/// Frantar and Alistarh, "SparseGPT" (2023): inputs in order; what pruning input i costs is moved
/// to the inputs behind it by the inverse of the moments, whose Cholesky factor U (H^-1 = U^T U)
/// gives the update of each step.
void pruneSparseGpt(Pruned& pruned, const HostMatrix& sigma) {
    using Dense = Eigen::MatrixXd;
    const Eigen::Index n = sigma.rows;
    Dense moments = Eigen::Map<const Dense>(sigma.values.data(), n, n);
    const double damping = kSparseGptDamping * moments.trace() / static_cast<double>(n);
    moments.diagonal().array() += damping;
    const Dense inverse = moments.llt().solve(Dense::Identity(n, n));
    const Dense factor = inverse.llt().matrixU();
    std::vector<double> scale(index(pruned.rows), 1.0); // 1 / U_ii^2
    for (Eigen::Index i = 0; i < n; ++i)
        scale[index(i)] = 1.0 / (factor(i, i) * factor(i, i));
    for (std::int64_t j = 0; j < pruned.cols; ++j)
        for (std::int64_t i = 0; i < pruned.rows; ++i) {
            if (i % 4 == 0) {
                std::array<double, 4> scores{};
                for (std::int64_t k = 0; k < 4; ++k) {
                    const double w = pruned.values[pruned.at(i + k, j)];
                    scores[index(k)] = w * w * scale[index(i + k)];
                }
                const kernels::KeptPair kept = bestPair(scores);
                pruned.mask[pruned.at(i + kept.first, j)] = 1;
                pruned.mask[pruned.at(i + kept.second, j)] = 1;
            }
            if (i >= n || pruned.mask[pruned.at(i, j)])
                continue;
            const double error = pruned.values[pruned.at(i, j)] / factor(i, i);
            for (std::int64_t k = i; k < n; ++k)
                pruned.values[pruned.at(k, j)] -= error * factor(i, k);
        }
}

Tensor& maskOf(LinearOperator& op) {
    Tensor* mask = nullptr;
    for (const StateTensor& state : op.state())
        if (state.name.ends_with("/mask"))
            mask = state.tensor;
    return *mask;
}

} // namespace

void fitTwoFour(const FitTask& task, const TwoFourConfig& config) {
    Parameter& weight = fitParameter(task.op, "weight");
    Pruned pruned{weight.value.rows(), weight.value.cols(), {}, {}};
    pruned.values.assign(index(pruned.rows * pruned.cols), 0.0);
    pruned.mask.assign(pruned.values.size(), 0);
    for (std::int64_t i = 0; i < task.weight.rows; ++i)
        for (std::int64_t j = 0; j < task.weight.cols; ++j)
            pruned.values[pruned.at(i, j)] = task.weight.values[index(i * task.weight.cols + j)];

    std::vector<double> energy(index(pruned.rows), 1.0);
    if (task.options.scores == PruneScores::Wanda)
        for (std::int64_t i = 0; i < task.weight.rows; ++i)
            energy[index(i)] = task.sigma.values[index(i * task.weight.rows + i)];
    if (task.options.scores == PruneScores::SparseGpt)
        pruneSparseGpt(pruned, task.sigma);
    else
        maskByScores(pruned, energy, config.transposable);

    const bool follows = config.training != TwoFourTraining::Fixed;
    if (follows && task.options.scores == PruneScores::Magnitude) {
        // The mask of the whole matrix is this one; pruned weights may come back.
        setParameter(weight, pruned.values);
        return;
    }
    for (std::size_t k = 0; k < pruned.values.size(); ++k)
        pruned.values[k] *= pruned.mask[k];
    if (follows)
        task.report.notes.emplace_back("pruned weights start at zero, so that the mask begins as "
                                       "chosen");
    else
        maskOf(task.op).setBytes(pruned.mask);
    setParameter(weight, pruned.values);
}

} // namespace inlay::engine

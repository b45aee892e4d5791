#include "engine/analysis/ranking/bradley_terry.h"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

constexpr double kTolerance = 1e-13; // largest entry of the gradient, relative to the comparisons

double softplus(double x) {
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

double negativeLogLikelihood(const PairCounts& counts, const Vector& scores) {
    double sum = 0;
    for (const PairCount& pair : counts.pairs) {
        const double gap = scores[pair.first] - scores[pair.second];
        sum += pair.firstWins * softplus(-gap) + pair.secondWins * softplus(gap);
    }
    return sum;
}

// Gradient and information (Hessian) of the penalized negative log likelihood.
void differentiate(const PairCounts& counts, const Vector& scores, double ridge, Vector& gradient,
                   Matrix& information) {
    gradient = 2 * ridge * scores;
    information.setZero();
    information.diagonal().setConstant(2 * ridge);
    for (const PairCount& pair : counts.pairs) {
        const double p = 1 / (1 + std::exp(scores[pair.second] - scores[pair.first]));
        const double slope = pair.secondWins * p - pair.firstWins * (1 - p);
        gradient[pair.first] += slope;
        gradient[pair.second] -= slope;
        const double curvature = (pair.firstWins + pair.secondWins) * p * (1 - p);
        information(pair.first, pair.first) += curvature;
        information(pair.second, pair.second) += curvature;
        information(pair.first, pair.second) -= curvature;
        information(pair.second, pair.first) -= curvature;
    }
}

// Scores are free up to a constant; this makes the information regular without moving a centered
// solution.
void pinMean(Matrix& information) {
    const double scale = std::max(1e-300, information.trace()) /
                         static_cast<double>(information.rows() * information.rows());
    information.array() += scale;
}

double totalWeight(const PairCounts& counts) {
    double sum = 0;
    for (const PairCount& pair : counts.pairs)
        sum += pair.firstWins + pair.secondWins;
    return sum;
}

Vector solve(const PairCounts& counts, const BradleyTerryOptions& options, BradleyTerryFit& fit) {
    const auto n = static_cast<Eigen::Index>(counts.items);
    Vector scores = Vector::Zero(n);
    Vector gradient(n);
    Matrix information(n, n);
    const double limit = kTolerance * std::max(1.0, totalWeight(counts) / static_cast<double>(n));
    const auto objective = [&](const Vector& at) {
        return negativeLogLikelihood(counts, at) + options.ridge * at.squaredNorm();
    };
    double value = objective(scores);
    for (fit.steps = 0; fit.steps < options.maximumSteps; ++fit.steps) {
        differentiate(counts, scores, options.ridge, gradient, information);
        if (gradient.cwiseAbs().maxCoeff() <= limit) {
            fit.converged = true;
            break;
        }
        pinMean(information);
        Vector step = information.ldlt().solve(gradient);
        double next = objective(scores - step);
        for (int halving = 0; halving < 40 && !(next <= value); ++halving) {
            step /= 2;
            next = objective(scores - step);
        }
        scores -= step;
        scores.array() -= scores.mean();
        // No smaller value within rounding: this is the minimum as doubles have it.
        if (step.cwiseAbs().maxCoeff() < 1e-13 * std::max(1.0, scores.cwiseAbs().maxCoeff())) {
            fit.converged = true;
            break;
        }
        value = next;
    }
    return scores;
}

} // namespace

double normalQuantile(double p) {
    // Bisection on erfc: exact to rounding, and called once a fit.
    double low = -40;
    double high = 40;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / M_SQRT2) / 2 < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

BradleyTerryFit fitBradleyTerry(const PairCounts& counts, const BradleyTerryOptions& options) {
    if (options.ridge <= 0) {
        const ItemGroups groups = winConnectedGroups(counts);
        if (groups.size() > 1)
            throw Error(fmt::format(
                "the comparisons are not connected by wins: {} groups, the "
                "smallest of {} items; without a penalty their scores have no "
                "finite difference, so ridge must be above 0",
                groups.size(),
                std::min_element(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
                    return a.size() < b.size();
                })->size()));
    }
    BradleyTerryFit fit;
    const Vector scores = solve(counts, options, fit);
    const auto n = scores.size();
    fit.scores.assign(scores.begin(), scores.end());
    fit.logLikelihood = -negativeLogLikelihood(counts, scores);
    Vector gradient(n);
    Matrix information(n, n);
    differentiate(counts, scores, options.ridge, gradient, information);
    pinMean(information);
    const Matrix covariance = information.ldlt().solve(Matrix::Identity(n, n));
    // Variance of score - mean: that of P C P with P = I - 11^T / n.
    const Vector rowMeans = covariance.rowwise().mean();
    const double mean = rowMeans.mean();
    const double z = normalQuantile(0.5 + options.confidence / 2);
    for (Eigen::Index i = 0; i < n; ++i) {
        const double variance = std::max(0.0, covariance(i, i) - 2 * rowMeans[i] + mean);
        fit.low.push_back(scores[i] - z * std::sqrt(variance));
        fit.high.push_back(scores[i] + z * std::sqrt(variance));
    }
    return fit;
}

Intervals bootstrapBradleyTerry(const PairCounts& counts, const BradleyTerryOptions& options,
                                int samples, std::uint64_t seed) {
    // One bin for each way a comparison came out.
    std::vector<double> cumulative;
    double sum = 0;
    for (const PairCount& pair : counts.pairs)
        for (const double weight :
             {pair.firstWins - pair.ties / 2, pair.secondWins - pair.ties / 2, pair.ties})
            cumulative.push_back(sum += weight);
    const auto draws = static_cast<std::int64_t>(std::llround(sum));
    std::vector<std::vector<double>> scores(static_cast<std::size_t>(samples));
    kernels::parallelFor(samples, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t s = begin; s < end; ++s) {
            RandomStream stream =
                RandomStream(seed, "bradley_terry.bootstrap").split(static_cast<std::uint64_t>(s));
            PairCounts drawn = counts;
            for (PairCount& pair : drawn.pairs)
                pair.firstWins = pair.secondWins = pair.ties = 0;
            for (std::int64_t i = 0; i < draws; ++i) {
                const auto found =
                    std::upper_bound(cumulative.begin(), cumulative.end(), stream.uniform() * sum);
                const auto bin = std::min(static_cast<std::size_t>(found - cumulative.begin()),
                                          cumulative.size() - 1);
                PairCount& pair = drawn.pairs[bin / 3];
                pair.firstWins += bin % 3 == 0 ? 1.0 : (bin % 3 == 2 ? 0.5 : 0.0);
                pair.secondWins += bin % 3 == 1 ? 1.0 : (bin % 3 == 2 ? 0.5 : 0.0);
            }
            BradleyTerryFit fit;
            const Vector solved = solve(drawn, options, fit);
            scores[static_cast<std::size_t>(s)].assign(solved.begin(), solved.end());
        }
    });
    Intervals intervals;
    std::vector<double> values(scores.size());
    const auto quantile = [&](double p) {
        const auto at =
            static_cast<std::size_t>(std::llround(p * static_cast<double>(values.size() - 1)));
        return values[at];
    };
    for (std::size_t item = 0; item < static_cast<std::size_t>(counts.items); ++item) {
        for (std::size_t s = 0; s < scores.size(); ++s)
            values[s] = scores[s][item];
        std::sort(values.begin(), values.end());
        intervals.low.push_back(quantile((1 - options.confidence) / 2));
        intervals.high.push_back(quantile((1 + options.confidence) / 2));
    }
    return intervals;
}

} // namespace inlay::engine

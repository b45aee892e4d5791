#include "engine/analysis/embedding/tsne.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/analysis/embedding/affinities.h"
#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/repulsion.h"
#include "engine/base/error.h"
#include "engine/base/random.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

constexpr double kStartDeviation = 1e-4;
constexpr double kDuplicateShift = 1e-6;
constexpr float kLargerGain = 0.2f;
constexpr float kSmallerGain = 0.8f;
constexpr float kLeastGain = 0.01f;
constexpr float kFarthest = 1e6f;
constexpr std::int64_t kCostEvery = 50;
constexpr std::int64_t kRowGrain = 256;
// Entries of the affinities pulled between two looks at the observer.
constexpr std::int64_t kSlabRows = 65'536;

/// The points by coordinate, with what moves them.
class Gradient {
public:
    Gradient(std::int64_t count, std::int64_t dims, const std::vector<float>& start)
        : count_(count)
        , dims_(dims) {
        const auto padded = static_cast<std::size_t>(kernels::paddedPairPoints(count));
        for (std::int64_t d = 0; d < dims; ++d) {
            y_[d].resize(padded);
            pull_[d].resize(padded);
            push_[d].resize(padded);
            update_[d].assign(padded, 0.0f);
            gain_[d].assign(padded, 1.0f);
            for (std::int64_t i = 0; i < count; ++i)
                y_[d][static_cast<std::size_t>(i)] = start[static_cast<std::size_t>(i * dims + d)];
            kernels::padPairPoints(y_[d].data(), count);
        }
        costs_.resize(static_cast<std::size_t>(count));
    }

    kernels::PairPoints points() const {
        kernels::PairPoints p;
        p.dims = static_cast<int>(dims_);
        p.count = count_;
        for (std::int64_t d = 0; d < dims_; ++d)
            p.plane[d] = y_[d].data();
        return p;
    }

    /// Pulls and pushes; false when cancelled. `divergence` gets the cost where it is wanted.
    bool forces(const Affinities& joint, Repulsion& repulsion, LayoutWatch& watch,
                double* divergence) {
        float* pull[3] = {pull_[0].data(), pull_[1].data(), pull_[2].data()};
        float* push[3] = {push_[0].data(), push_[1].data(), push_[2].data()};
        const kernels::PairWeights weights{joint.rowStart.data(), joint.column.data(),
                                           joint.weight.data()};
        for (std::int64_t first = 0; first < count_; first += kSlabRows) {
            if (first > 0 && !watch.goOn())
                return false;
            const std::int64_t rows = std::min(kSlabRows, count_ - first);
            kernels::parallelFor(rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
                kernels::attractPairs(points(), weights, first + begin, first + end, pull,
                                      divergence ? costs_.data() : nullptr);
            });
        }
        total_ = std::max(repulsion.sum(points(), push, watch), std::numeric_limits<double>::min());
        if (watch.cancelled())
            return false;
        if (divergence) {
            // Sum of p ln (p / q), where the q are divided by their sum.
            double sum = joint.negativeEntropy + std::log(total_);
            for (const float cost : costs_)
                sum += static_cast<double>(cost);
            *divergence = sum;
        }
        return true;
    }

    /// One step along the gradient 4 (exaggeration pull - push / total).
    void move(double exaggeration, double rate, double momentum) {
        const auto ahead = static_cast<float>(4 * exaggeration);
        const auto apart = static_cast<float>(4 / total_);
        const auto stepSize = static_cast<float>(rate);
        const auto keep = static_cast<float>(momentum);
        kernels::parallelFor(count_, 4096, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t d = 0; d < dims_; ++d)
                for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end);
                     ++i) {
                    const float slope = ahead * pull_[d][i] - apart * push_[d][i];
                    float& gain = gain_[d][i];
                    gain = update_[d][i] * slope < 0 ? gain + kLargerGain : gain * kSmallerGain;
                    gain = std::max(gain, kLeastGain);
                    update_[d][i] = keep * update_[d][i] - stepSize * gain * slope;
                    y_[d][i] += update_[d][i];
                }
        });
    }

    /// Throws Error when the points have flown apart.
    void copyTo(std::vector<float>& rows) const {
        bool sound = true;
        for (std::int64_t i = 0; i < count_; ++i)
            for (std::int64_t d = 0; d < dims_; ++d) {
                const float value = y_[d][static_cast<std::size_t>(i)];
                sound = sound && std::abs(value) < kFarthest;
                rows[static_cast<std::size_t>(i * dims_ + d)] = value;
            }
        if (!sound)
            throw Error("t-SNE diverged: its points flew apart; a smaller learning rate keeps "
                        "them together");
    }

    /// Places, last movements and gains, each coordinate by coordinate.
    std::vector<float> state() const {
        std::vector<float> numbers;
        for (const auto* planes : {&y_, &update_, &gain_})
            for (std::int64_t d = 0; d < dims_; ++d)
                numbers.insert(numbers.end(), (*planes)[d].begin(),
                               (*planes)[d].begin() + static_cast<std::ptrdiff_t>(count_));
        return numbers;
    }

    void restore(const std::vector<float>& numbers) {
        auto from = numbers.begin();
        for (auto* planes : {&y_, &update_, &gain_})
            for (std::int64_t d = 0; d < dims_; ++d, from += static_cast<std::ptrdiff_t>(count_))
                std::copy_n(from, count_, (*planes)[d].begin());
        for (std::int64_t d = 0; d < dims_; ++d)
            kernels::padPairPoints(y_[d].data(), count_);
    }

private:
    std::int64_t count_;
    std::int64_t dims_;
    std::vector<float> y_[3];
    std::vector<float> pull_[3];
    std::vector<float> push_[3];
    std::vector<float> update_[3];
    std::vector<float> gain_[3];
    std::vector<float> costs_;
    double total_ = 1;
};

/// Principal components with a standard deviation of 1e-4 along the first.
std::vector<float> defaultStart(PointsView points, std::int64_t dims) {
    std::vector<float> start = principalLayout(points, dims).layout.values;
    double mean = 0;
    double squares = 0;
    for (std::int64_t i = 0; i < points.count; ++i)
        mean += static_cast<double>(start[static_cast<std::size_t>(i * dims)]);
    mean /= static_cast<double>(points.count);
    for (std::int64_t i = 0; i < points.count; ++i) {
        const double d = static_cast<double>(start[static_cast<std::size_t>(i * dims)]) - mean;
        squares += d * d;
    }
    const double deviation = std::sqrt(squares / static_cast<double>(points.count));
    if (deviation > 0)
        for (float& value : start)
            value = static_cast<float>(static_cast<double>(value) / deviation * kStartDeviation);
    return start;
}

/// Points that lie on another start at the same place and feel the same forces: they would stay on
/// each other for ever.
std::int64_t separateDuplicates(const Neighbors& neighbors, std::uint64_t seed, std::int64_t dims,
                                std::vector<float>& start) {
    RandomStream stream(seed, "tsne.duplicates");
    std::int64_t duplicates = 0;
    for (std::int64_t i = 0; i < neighbors.queries; ++i) {
        if (neighbors.distanceRow(i)[0] > 0)
            continue;
        ++duplicates;
        for (std::int64_t d = 0; d < dims; ++d)
            start[static_cast<std::size_t>(i * dims + d)] +=
                static_cast<float>(kDuplicateShift * stream.normal());
    }
    return duplicates;
}

double allowedPerplexity(std::int64_t count, double wanted, std::vector<std::string>& notes) {
    const double most = static_cast<double>(count - 1) / 3;
    if (3 * wanted < static_cast<double>(count))
        return wanted;
    notes.push_back(fmt::format("Perplexity {:g} needs more than {:g} points, there are {}; it was "
                                "reduced to {:g}.",
                                wanted, 3 * wanted, count, most));
    return most;
}

std::unique_ptr<Repulsion> repulsionFor(const TsneOptions& options, std::int64_t count) {
    const bool grid =
        options.method == TsneMethod::Grid ||
        (options.method == TsneMethod::Auto && options.dimension == 2 && count > kTsneExactPoints);
    if (grid && options.dimension != 2)
        throw Error("the grid of t-SNE has two dimensions; three are computed exactly");
    return grid ? gridRepulsion(count) : exactRepulsion(count, options.dimension);
}

} // namespace

Layout tsneLayout(PointsView points, const TsneOptions& options, const LayoutObserver& observer) {
    const std::int64_t n = points.count;
    const std::int64_t dims = options.dimension;
    assert(dims == 2 || dims == 3);
    if (n < 4)
        throw Error(fmt::format("t-SNE needs at least 4 points, there are {}", n));
    if (points.dimension <= dims)
        return shownAsTheyAre(points, dims);
    Layout layout;
    layout.dimension = dims;
    const std::unique_ptr<Repulsion> repulsion = repulsionFor(options, n);
    const double perplexity = allowedPerplexity(n, options.perplexity, layout.notes);
    LayoutWatch watch(observer, options.iterations);
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    watch.next(0, {}, kUnknown);
    const auto wanted = static_cast<std::int64_t>(3 * perplexity);
    const Neighbors neighbors = exactNeighbors(points, std::clamp<std::int64_t>(wanted, 1, n - 1),
                                               [&] { return watch.goOn(); });
    layout.cancelled = neighbors.cancelled;
    if (layout.cancelled)
        return layout;
    const Affinities joint = gaussianAffinities(neighbors, perplexity);
    std::vector<float> start = options.start.empty() ? defaultStart(points, dims) : options.start;
    assert(static_cast<std::int64_t>(start.size()) == n * dims);
    if (const std::int64_t duplicates = separateDuplicates(neighbors, options.seed, dims, start))
        layout.notes.push_back(fmt::format("{} points lie on another point; they start a little "
                                           "apart from it.",
                                           duplicates));
    const double rate = options.learningRate > 0
                            ? options.learningRate
                            : std::max(static_cast<double>(n) / options.exaggeration / 4, 50.0);
    Gradient gradient(n, dims, start);
    layout.values = start;
    layout.cost = kUnknown;
    std::int64_t iteration = 0;
    if (options.from) {
        assert(std::ssize(options.from->numbers) == 3 * n * dims);
        gradient.restore(options.from->numbers);
        gradient.copyTo(layout.values);
        layout.cost = options.from->cost;
        iteration = options.from->iteration;
    }
    const auto keep = [&] {
        if (options.keeper)
            options.keeper(iteration, [&] {
                return LayoutState{iteration, layout.cost, gradient.state()};
            });
    };
    for (; iteration < options.iterations; ++iteration) {
        keep();
        if (!watch.next(iteration, layout.values, layout.cost))
            break;
        const bool early = iteration < options.exaggeratedIterations;
        const bool judged = !early && iteration % kCostEvery == 0;
        if (!gradient.forces(joint, *repulsion, watch, judged ? &layout.cost : nullptr)) {
            keep();
            break;
        }
        gradient.move(early ? options.exaggeration : 1, rate,
                      early ? options.startMomentum : options.momentum);
        gradient.copyTo(layout.values);
    }
    if (!watch.cancelled()) {
        gradient.forces(joint, *repulsion, watch, &layout.cost);
        watch.next(options.iterations, layout.values, layout.cost);
    }
    layout.cancelled = watch.cancelled();
    return layout;
}

} // namespace inlay::engine

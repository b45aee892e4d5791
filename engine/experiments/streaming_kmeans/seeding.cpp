#include "engine/experiments/streaming_kmeans/seeding.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine::kmeans {
namespace {

// Points of a block: its sum is one entry of the upper level of the two-level search, and a fixed
// order of addition whatever the threads.
constexpr std::int64_t kBlock = 1024;
// Below this many numbers, repetitions run beside each other, each on one thread.
constexpr std::int64_t kSmall = 1 << 20;

// Mass w or w D^2 of each point, and its sums by block.
class Masses {
public:
    explicit Masses(const WeightedPoints& points)
        : points_(points)
        , sums_(static_cast<std::size_t>((points.count() + kBlock - 1) / kBlock)) {}

    std::int64_t blocks() const { return static_cast<std::int64_t>(sums_.size()); }

    void sumBlock(std::int64_t block, const float* squared) {
        const std::int64_t begin = block * kBlock;
        const std::int64_t end = std::min(begin + kBlock, points_.count());
        double parts[4] = {};
        for (std::int64_t i = begin; i < end; ++i)
            parts[i & 3] += mass(i, squared);
        sums_[static_cast<std::size_t>(block)] = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    }

    double total() const {
        double total = 0;
        for (const double sum : sums_)
            total += sum;
        return total;
    }

    std::int64_t draw(double u, const float* squared) const {
        double left = u * total();
        std::size_t block = 0;
        while (block + 1 < sums_.size() && left >= sums_[block])
            left -= sums_[block++];
        // Rounding may lead past the last mass of the last block: then go back to it.
        const std::int64_t begin = static_cast<std::int64_t>(block) * kBlock;
        const std::int64_t end = std::min(begin + kBlock, points_.count());
        for (std::int64_t i = begin; i < end; ++i) {
            const double m = mass(i, squared);
            if (left < m)
                return i;
            left -= m;
        }
        for (std::int64_t i = end - 1; i >= 0; --i)
            if (mass(i, squared) > 0)
                return i;
        assert(false && "drawing without any mass");
        return 0;
    }

private:
    double mass(std::int64_t i, const float* squared) const {
        return squared ? points_.weight(i) * static_cast<double>(squared[i]) : points_.weight(i);
    }

    const WeightedPoints& points_;
    std::vector<double> sums_;
};

// Share of a squared distance between centers up to which a point of the one cannot be nearer to
// the other: a quarter by the triangle inequality, less the rounding of both.
float safeShare(std::int64_t dims) {
    return 0.25f * (1.0f - 8.0f * static_cast<float>(dims + 4) * 0x1p-24f);
}

/// Draws that make it worth to compare points with all new centers of a round at once.
constexpr std::int64_t kPackedDraws = 4;

/// The new centers of a round cover the points.
class Round {
public:
    /// `rows` holds all chosen centers, the first `before` of them from former rounds.
    Round(const WeightedPoints& points, const std::vector<float>& rows, std::int64_t before,
          Seeding& result)
        : points_(points)
        , rows_(rows)
        , before_(before)
        , count_(static_cast<std::int64_t>(rows.size()) / points.dims)
        , result_(result) {
        // Distances between centers must cost little beside those of the points.
        const bool bounded = before_ > 0 && 2 * before_ <= points.count();
        const float safe = safeShare(points.dims);
        if (count_ - before_ >= kPackedDraws) {
            pack_ = kernels::CenterPack(row(before_), count_ - before_, points.dims);
            if (!bounded)
                return;
            reach_.emplace_back(static_cast<std::size_t>(before_));
            std::vector<std::int32_t> nearest(static_cast<std::size_t>(before_));
            kernels::nearestCenters(pack_, rows.data(), before_, nearest.data(), reach_[0].data(),
                                    nullptr);
            for (float& reach : reach_[0])
                reach *= safe;
            return;
        }
        for (std::int64_t c = before_; c < count_; ++c) {
            reach_.emplace_back();
            for (std::int64_t old = 0; bounded && old < c; ++old)
                reach_.back().push_back(safe *
                                        kernels::squaredDistance(row(c), row(old), points.dims));
        }
    }

    /// Returns how many points changed.
    std::int64_t cover(std::int64_t begin, std::int64_t count) const {
        if (pack_.count() > 0)
            return coverPacked(begin, count);
        std::int64_t changed = 0;
        for (std::int64_t c = before_; c < count_; ++c) {
            const std::vector<float>& reach = reach_[static_cast<std::size_t>(c - before_)];
            changed += kernels::coverRows(
                points_.row(begin), count, points_.dims, row(c), static_cast<std::int32_t>(c),
                reach.empty() ? nullptr : reach.data(), result_.squared.data() + begin,
                result_.label.data() + begin);
        }
        return changed;
    }

private:
    static constexpr std::int64_t kPiece = 128;

    const float* row(std::int64_t center) const { return rows_.data() + center * points_.dims; }

    std::int64_t coverPacked(std::int64_t begin, std::int64_t count) const {
        const std::int64_t dims = points_.dims;
        thread_local std::vector<float> gathered;
        gathered.resize(static_cast<std::size_t>(kPiece * dims));
        std::int64_t open[kPiece];
        std::int64_t openCount = 0;
        std::int64_t changed = 0;
        for (std::int64_t i = begin; i < begin + count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const bool stays =
                !reach_.empty() &&
                result_.squared[at] <= reach_[0][static_cast<std::size_t>(result_.label[at])];
            if (!stays) {
                std::copy_n(points_.row(i), dims, gathered.data() + openCount * dims);
                open[openCount++] = i;
            }
            if (openCount == kPiece || (i + 1 == begin + count && openCount > 0)) {
                changed += coverOpen(gathered.data(), open, openCount);
                openCount = 0;
            }
        }
        return changed;
    }

    std::int64_t coverOpen(const float* values, const std::int64_t* open,
                           std::int64_t count) const {
        std::int32_t index[kPiece];
        float squared[kPiece];
        kernels::nearestCenters(pack_, values, count, index, squared, nullptr);
        std::int64_t changed = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(open[i]);
            if (!(squared[i] < result_.squared[at]))
                continue;
            result_.squared[at] = squared[i];
            result_.label[at] = static_cast<std::int32_t>(before_) + index[i];
            ++changed;
        }
        return changed;
    }

    const WeightedPoints& points_;
    const std::vector<float>& rows_;
    std::int64_t before_;
    std::int64_t count_;
    Seeding& result_;
    kernels::CenterPack pack_;
    std::vector<std::vector<float>> reach_; // packed: one for all new centers, else one for each
};

} // namespace

std::int64_t sharpDraws(std::int64_t k, bool naturalLog) {
    const double value = static_cast<double>(k);
    const double log = naturalLog ? std::log(value) : std::log2(value);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(3 * log)));
}

std::int64_t paperRepetitions(std::int64_t n, bool naturalLog) {
    return sharpDraws(n, naturalLog);
}

std::int64_t drawByWeight(const std::vector<double>& weights, double u) {
    WeightedPoints points;
    points.dims = 1;
    points.values.resize(weights.size());
    points.weights = weights;
    Masses masses(points);
    for (std::int64_t block = 0; block < masses.blocks(); ++block)
        masses.sumBlock(block, nullptr);
    return masses.draw(u, nullptr);
}

Seeding seedCenters(const WeightedPoints& points, const SeedRule& rule,
                    const RandomStream& random) {
    const std::int64_t n = points.count();
    const std::int64_t dims = points.dims;
    assert(n > 0);
    Seeding result;
    result.label.assign(static_cast<std::size_t>(n), 0);
    result.squared.assign(static_cast<std::size_t>(n), std::numeric_limits<float>::infinity());
    Masses masses(points);
    for (std::int64_t block = 0; block < masses.blocks(); ++block)
        masses.sumBlock(block, nullptr);
    assert(masses.total() > 0);
    std::vector<float> rows; // of the chosen centers
    for (std::int64_t round = 0; round < rule.k; ++round) {
        RandomStream draws = random.split(static_cast<std::uint64_t>(round));
        const float* frozen = round == 0 ? nullptr : result.squared.data();
        const auto before = static_cast<std::int64_t>(result.chosen.size());
        for (std::int64_t i = 0; i < rule.perRound; ++i) {
            result.chosen.push_back(masses.draw(draws.uniform(), frozen));
            const float* row = points.row(result.chosen.back());
            rows.insert(rows.end(), row, row + dims);
        }
        const Round covering(points, rows, before, result);
        kernels::parallelFor(masses.blocks(), 4, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t block = first; block < last; ++block) {
                const std::int64_t begin = block * kBlock;
                if (covering.cover(begin, std::min(kBlock, n - begin)) > 0)
                    masses.sumBlock(block, result.squared.data());
            }
        });
        result.cost = masses.total();
        if (!(result.cost > 0)) {
            result.ranOut = round + 1 < rule.k;
            break;
        }
    }
    return result;
}

Seeding bestSeeding(const WeightedPoints& points, const SeedRule& rule, std::int64_t repetitions,
                    const RandomStream& random) {
    const auto seed = [&](std::int64_t repetition) {
        return seedCenters(points, rule, random.split(static_cast<std::uint64_t>(repetition)));
    };
    if (repetitions > 1 && points.count() * points.dims < kSmall) {
        std::vector<Seeding> all(static_cast<std::size_t>(repetitions));
        kernels::parallelFor(repetitions, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                all[static_cast<std::size_t>(i)] = seed(i);
        });
        return *std::min_element(all.begin(), all.end(), [](const Seeding& a, const Seeding& b) {
            return a.cost < b.cost;
        });
    }
    Seeding best = seed(0);
    for (std::int64_t i = 1; i < repetitions; ++i) {
        Seeding next = seed(i);
        if (next.cost < best.cost)
            best = std::move(next);
    }
    return best;
}

WeightedPoints weightedCenters(const WeightedPoints& points, const Seeding& seeding) {
    std::vector<double> weights(seeding.chosen.size());
    for (std::int64_t i = 0; i < points.count(); ++i)
        weights[static_cast<std::size_t>(seeding.label[static_cast<std::size_t>(i)])] +=
            points.weight(i);
    WeightedPoints centers;
    centers.dims = points.dims;
    for (std::size_t c = 0; c < weights.size(); ++c) {
        if (!(weights[c] > 0))
            continue;
        const float* row = points.row(seeding.chosen[c]);
        centers.values.insert(centers.values.end(), row, row + points.dims);
        centers.weights.push_back(weights[c]);
    }
    return centers;
}

} // namespace inlay::engine::kmeans

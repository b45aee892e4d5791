#include "engine/experiments/streaming_kmeans/lloyd.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "engine/experiments/streaming_kmeans/device_points.h"
#include "engine/experiments/streaming_kmeans/lloyd_bounds.h"
#include "engine/tensor/out_of_memory.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine::kmeans {
namespace {

constexpr std::int64_t kBlock = 256;             // points handed to the kernel at once
constexpr std::int64_t kMostChunks = 64;         // partial sums
constexpr std::int64_t kPartialBytes = 64 << 20; // of all partial sums together
constexpr double kWorthwhile = 0.3;              // share of skipped points that pays for bounds

struct Partial {
    std::vector<double> sums;
    std::vector<double> weights;
    double cost = 0;
    std::int64_t skipped = 0;
    std::int64_t changed = 0;
};

bool isElsewhere(const LloydOptions& options) {
    return options.device && DevicePoints::serves(*options.device);
}

Bounds boundsOf(const LloydOptions& options) {
    return isElsewhere(options) ? Bounds::Never : options.bounds;
}

class Iteration {
public:
    Iteration(const WeightedPoints& points, const LloydOptions& options)
        : points_(points)
        , options_(options)
        , label_(static_cast<std::size_t>(points.count()), -1)
        , squared_(static_cast<std::size_t>(points.count()))
        , lower_(
              static_cast<std::size_t>(boundsOf(options) == Bounds::Never ? 0 : points.count())) {
        if (!isElsewhere(options))
            return;
        device_.emplace(*options.device);
        try {
            device_->set(points.values.data(), points.count(), points.dims);
            before_.resize(label_.size());
        } catch (const OutOfMemory&) {
            device_.reset();
        }
    }

    // Assigns every point and sums up clusters and cost.
    void assign(const std::vector<double>& centers) {
        const std::int64_t dims = points_.dims;
        count_ = static_cast<std::int64_t>(centers.size()) / dims;
        const std::vector<float> rounded(centers.begin(), centers.end());
        if (device_) {
            std::swap(label_, before_);
            device_->assign(rounded, label_.data(), squared_.data());
        } else {
            pack_ = kernels::CenterPack(rounded.data(), count_, dims);
        }
        std::optional<CenterBounds> bounds;
        if (wantsBounds() && previous_.size() == rounded.size())
            bounds.emplace(previous_, rounded, dims);
        previous_ = rounded;
        const std::int64_t n = points_.count();
        const std::int64_t perPartial = count_ * (dims + 1) * 8;
        const std::int64_t chunks = std::clamp<std::int64_t>(
            std::min(kPartialBytes / perPartial, n / 4096), 1, kMostChunks);
        const std::int64_t grain = (n + chunks - 1) / chunks;
        std::vector<Partial> partials(static_cast<std::size_t>((n + grain - 1) / grain));
        kernels::parallelFor(n, grain, [&](std::int64_t begin, std::int64_t end) {
            Partial& partial = partials[static_cast<std::size_t>(begin / grain)];
            partial.sums.assign(static_cast<std::size_t>(count_ * dims), 0);
            partial.weights.assign(static_cast<std::size_t>(count_), 0);
            for (std::int64_t at = begin; at < end; at += kBlock)
                assignBlock(at, std::min(kBlock, end - at), bounds, partial);
        });
        total_ = std::move(partials[0]);
        for (std::size_t i = 1; i < partials.size(); ++i)
            add(partials[i]);
        ++assignments_;
        if (assignments_ > 1)
            skipShare_ = static_cast<double>(total_.skipped) / static_cast<double>(n);
        // Tried in the second iteration, and again from time to time: bounds get better late.
        useBounds_ = assignments_ == 1 || skipShare_ >= kWorthwhile || assignments_ % 8 == 0;
        allSkipped_ += total_.skipped;
    }

    double cost() const { return total_.cost; }
    bool withoutRoom() const { return isElsewhere(options_) && !device_; }
    bool changed() const { return total_.changed > 0; }
    double skippedShare() const {
        const double seen = static_cast<double>(points_.count()) *
                            static_cast<double>(std::max<std::int64_t>(assignments_ - 1, 1));
        return static_cast<double>(allSkipped_) / seen;
    }
    std::vector<std::int32_t> takeLabels() { return std::move(label_); }

    // The means; empty clusters by the rule.
    std::vector<double> update(const std::vector<double>& centers, LloydResult& result) {
        std::vector<double> next;
        std::vector<bool> taken;
        for (std::int64_t c = 0; c < count_; ++c) {
            const double weight = total_.weights[static_cast<std::size_t>(c)];
            const auto first = static_cast<std::ptrdiff_t>(c * points_.dims);
            if (weight > 0) {
                for (std::int64_t p = 0; p < points_.dims; ++p)
                    next.push_back(total_.sums[static_cast<std::size_t>(first + p)] / weight);
            } else if (options_.empty == EmptyRule::Keep) {
                next.insert(next.end(), centers.begin() + first,
                            centers.begin() + first + points_.dims);
            } else if (const std::int64_t far =
                           options_.empty == EmptyRule::Drop ? -1 : farthest(taken);
                       far >= 0) {
                next.insert(next.end(), points_.row(far), points_.row(far) + points_.dims);
                ++result.moved;
            } else {
                ++result.dropped;
            }
        }
        return next;
    }

private:
    bool wantsBounds() const {
        switch (boundsOf(options_)) {
        case Bounds::Never:
            return false;
        case Bounds::Always:
            return true;
        case Bounds::Auto:
            break;
        }
        return useBounds_ && CenterBounds::pays(count_, points_.count());
    }

    void add(const Partial& partial) {
        for (std::size_t i = 0; i < total_.sums.size(); ++i)
            total_.sums[i] += partial.sums[i];
        for (std::size_t i = 0; i < total_.weights.size(); ++i)
            total_.weights[i] += partial.weights[i];
        total_.cost += partial.cost;
        total_.skipped += partial.skipped;
        total_.changed += partial.changed;
    }

    void assignBlock(std::int64_t begin, std::int64_t rows,
                     const std::optional<CenterBounds>& bounds, Partial& partial) {
        std::int32_t kept[kBlock];
        const std::int32_t* before = kept;
        std::int32_t* label = label_.data() + begin;
        float* squared = squared_.data() + begin;
        if (device_)
            before = before_.data() + begin;
        else
            std::copy_n(label, rows, kept);
        if (bounds)
            assignOpen(begin, rows, *bounds, partial);
        else if (!device_)
            kernels::nearestCenters(pack_, points_.row(begin), rows, label, squared,
                                    lower_.empty() ? nullptr : lower_.data() + begin);
        if (!bounds && !lower_.empty())
            for (std::int64_t i = begin; i < begin + rows; ++i)
                lower_[static_cast<std::size_t>(i)] =
                    std::sqrt(lower_[static_cast<std::size_t>(i)]);
        const double* weights = points_.weights.empty() ? nullptr : points_.weights.data() + begin;
        for (std::int64_t i = 0; i < rows; ++i) {
            partial.cost += (weights ? weights[i] : 1.0) * static_cast<double>(squared[i]);
            partial.changed += label[i] != before[i] && (!weights || weights[i] > 0);
        }
        kernels::accumulateRows(points_.row(begin), rows, points_.dims, label, weights,
                                partial.sums.data(), partial.weights.data());
    }

    // Points whose bounds leave the assignment open are gathered for the kernel.
    void assignOpen(std::int64_t begin, std::int64_t rows, const CenterBounds& bounds,
                    Partial& partial) {
        const std::int64_t dims = points_.dims;
        std::int64_t open[kBlock];
        std::int64_t openCount = 0;
        thread_local std::vector<float> gathered;
        gathered.resize(static_cast<std::size_t>(kBlock * dims));
        for (std::int64_t i = begin; i < begin + rows; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const float own = kernels::squaredDistance(points_.row(i), pack_.row(label_[at]), dims);
            if (bounds.staysNearest(label_[at], own, lower_[at])) {
                squared_[at] = own;
                continue;
            }
            std::copy_n(points_.row(i), dims, gathered.data() + openCount * dims);
            open[openCount++] = i;
        }
        partial.skipped += rows - openCount;
        std::int32_t label[kBlock];
        float squared[kBlock];
        float second[kBlock];
        kernels::nearestCenters(pack_, gathered.data(), openCount, label, squared, second);
        for (std::int64_t i = 0; i < openCount; ++i) {
            const auto at = static_cast<std::size_t>(open[i]);
            label_[at] = label[i];
            squared_[at] = squared[i];
            lower_[at] = std::sqrt(second[i]);
        }
    }

    // The point that costs most and is not taken yet; -1 when none costs anything.
    std::int64_t farthest(std::vector<bool>& taken) const {
        taken.resize(static_cast<std::size_t>(points_.count()));
        std::int64_t best = -1;
        double most = 0;
        for (std::int64_t i = 0; i < points_.count(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double cost = points_.weight(i) * static_cast<double>(squared_[at]);
            if (!taken[at] && cost > most) {
                most = cost;
                best = i;
            }
        }
        if (best >= 0)
            taken[static_cast<std::size_t>(best)] = true;
        return best;
    }

    const WeightedPoints& points_;
    const LloydOptions& options_;
    std::optional<DevicePoints> device_;
    std::vector<std::int32_t> label_;
    std::vector<std::int32_t> before_; // with a device
    std::vector<float> squared_;
    std::vector<float> lower_; // of the distance to any other center
    std::vector<float> previous_;
    kernels::CenterPack pack_;
    Partial total_;
    std::int64_t count_ = 0;
    std::int64_t assignments_ = 0;
    std::int64_t allSkipped_ = 0;
    double skipShare_ = 0;
    bool useBounds_ = false;
};

} // namespace

std::vector<double> asCenters(const WeightedPoints& points) {
    return {points.values.begin(), points.values.end()};
}

LloydResult lloyd(const WeightedPoints& points, std::vector<double> centers,
                  const LloydOptions& options, const LloydWatch& watch) {
    assert(points.count() > 0 && !centers.empty());
    LloydResult result;
    result.centers = std::move(centers);
    Iteration iteration(points, options);
    double before = std::numeric_limits<double>::infinity();
    for (;;) {
        iteration.assign(result.centers);
        result.cost = iteration.cost();
        const double change = before - result.cost;
        result.converged = !iteration.changed() || change <= options.relativeChange * result.cost ||
                           change < options.absoluteChange;
        if (watch && !watch(result.iterations, result.cost, result.centers)) {
            result.interrupted = true;
            break;
        }
        if (result.converged || result.iterations == options.maxIterations)
            break;
        before = result.cost;
        result.centers = iteration.update(result.centers, result);
        ++result.iterations;
    }
    result.skipped = iteration.skippedShare();
    result.withoutRoom = iteration.withoutRoom();
    result.label = iteration.takeLabels();
    return result;
}

} // namespace inlay::engine::kmeans

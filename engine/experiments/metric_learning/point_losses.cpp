#include "engine/experiments/metric_learning/point_losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/experiments/metric_learning/metric_step.h"
#include "kernels/parallel.h"

namespace inlay::engine::metric_learning {
namespace {

double distance(PointsView points, std::int64_t i, std::int64_t j) {
    double squares = 0;
    for (std::int64_t k = 0; k < points.dimension; ++k) {
        const double by = static_cast<double>(points.row(i)[k]) - points.row(j)[k];
        squares += by * by;
    }
    return std::sqrt(squares);
}

/// Of the drawn distances of one anchor.
double lossOf(const LossConfig& loss, std::span<const double> positives,
              std::span<const double> negatives) {
    double sum = 0;
    if (const auto* contrast = std::get_if<InfoNceConfig>(&loss)) {
        const auto similarity = [&](double distance) {
            return similarityOf(contrast->similarity, distance, contrast->temperature).value;
        };
        const double nearest = similarity(*std::min_element(negatives.begin(), negatives.end()));
        for (const double positive : positives) {
            const double own = similarity(positive);
            const double largest = std::max(own, nearest);
            double terms = std::exp(own - largest);
            for (const double negative : negatives)
                terms += std::exp(similarity(negative) - largest);
            sum += largest + std::log(terms) - own;
        }
    } else {
        const TripletForm form = formOf(loss);
        for (std::size_t t = 0; t < positives.size(); ++t)
            sum += tripletLoss(form.kind, positives[t], negatives[t], form.margin, form.temperature)
                       .value;
    }
    return sum / static_cast<double>(positives.size());
}

} // namespace

std::vector<float> pointLosses(const LossConfig& loss, PointsView points,
                               std::span<const std::int32_t> labels, const RandomStream& stream) {
    // Points by label; those of one label lie side by side.
    std::vector<std::int64_t> sorted;
    for (std::int64_t i = 0; i < points.count; ++i)
        if (labels[static_cast<std::size_t>(i)] >= 0)
            sorted.push_back(i);
    const auto labelOf = [&](std::int64_t i) {
        return labels[static_cast<std::size_t>(i)];
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](std::int64_t a, std::int64_t b) { return labelOf(a) < labelOf(b); });
    std::vector<float> losses(static_cast<std::size_t>(points.count),
                              std::numeric_limits<float>::quiet_NaN());
    kernels::parallelFor(std::ssize(sorted), 64, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t at = begin; at < end; ++at) {
            const std::int64_t anchor = sorted[static_cast<std::size_t>(at)];
            const auto before = [&](std::int64_t a, std::int64_t b) {
                return labelOf(a) < labelOf(b);
            };
            const auto [from, to] = std::equal_range(sorted.begin(), sorted.end(), anchor, before);
            const std::int64_t first = from - sorted.begin();
            const std::int64_t own = to - from;
            const std::int64_t others = std::ssize(sorted) - own;
            if (own < 2 || others < 1)
                continue;
            RandomStream draw = stream.split(static_cast<std::uint64_t>(anchor));
            double positives[kPointTriplets];
            double negatives[kPointTriplets];
            for (int t = 0; t < kPointTriplets; ++t) {
                auto same =
                    static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(own - 1)));
                same += first + same >= at ? 1 : 0; // not itself
                auto other =
                    static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(others)));
                other += other >= first ? own : 0; // not of its class
                positives[t] =
                    distance(points, anchor, sorted[static_cast<std::size_t>(first + same)]);
                negatives[t] = distance(points, anchor, sorted[static_cast<std::size_t>(other)]);
            }
            losses[static_cast<std::size_t>(anchor)] =
                static_cast<float>(lossOf(loss, positives, negatives));
        }
    });
    return losses;
}

} // namespace inlay::engine::metric_learning

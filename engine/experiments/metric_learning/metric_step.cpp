#include "engine/experiments/metric_learning/metric_step.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace inlay::engine::metric_learning {
namespace {

/// Listed triplets are independent: a table of all their distances would be mostly unused.
constexpr std::int64_t kListedTriplets = 64;

/// Adds the triplets' losses and slopes, each with `weight`.
void addTriplets(const TripletForm& form, std::span<const Triplet> triplets,
                 const DistanceTable& distances, double weight, DistanceSlopes& slopes,
                 BatchLoss& result) {
    for (const Triplet& t : triplets) {
        const double positive = distances(t.anchor, t.positive);
        const double negative = distances(t.anchor, t.negative);
        const TripletLoss own =
            tripletLoss(form.kind, positive, negative, form.margin, form.temperature);
        result.loss += weight * own.value;
        result.wrong += positive >= negative ? 1 : 0;
        slopes(t.anchor, t.positive) += weight * own.positiveSlope;
        slopes(t.anchor, t.negative) += weight * own.negativeSlope;
    }
}

void listedLoss(const TripletForm& form, const EmbeddedRows& points, BatchLoss& result) {
    const std::int64_t triplets = points.count / 3;
    result.triplets = triplets;
    result.gradient.reserve(points.values.size());
    for (std::int64_t first = 0; first < triplets; first += kListedTriplets) {
        const std::int64_t count = std::min(kListedTriplets, triplets - first);
        const EmbeddedRows block{
            points.values.subspan(static_cast<std::size_t>(3 * first * points.width),
                                  static_cast<std::size_t>(3 * count * points.width)),
            3 * count, points.width};
        const DistanceTable distances(block);
        DistanceSlopes slopes(block.count, block.count);
        std::vector<Triplet> own;
        for (std::int64_t i = 0; i < count; ++i) {
            own.push_back({3 * i, 3 * i + 1, 3 * i + 2});
            result.positives.push_back(distances(3 * i, 3 * i + 1));
            result.negatives.push_back(distances(3 * i, 3 * i + 2));
        }
        addTriplets(form, own, distances, 1.0 / static_cast<double>(triplets), slopes, result);
        const std::vector<double> gradient = slopes.gradient(block, distances);
        result.gradient.insert(result.gradient.end(), gradient.begin(), gradient.end());
    }
}

/// Mean over ordered pairs (a, p) of one class of -s_ap + log(e^{s_ap} + sum e^{s_an}), n over the
/// rows of other classes.
void infoNceLoss(const InfoNceConfig& config, std::span<const std::int32_t> labels,
                 const DistanceTable& distances, DistanceSlopes& slopes, BatchLoss& result) {
    const std::int64_t count = distances.rows();
    const auto label = [&](std::int64_t i) {
        return labels[static_cast<std::size_t>(i)];
    };
    std::vector<Triplet> pairs;
    for (std::int64_t a = 0; a < count; ++a)
        for (std::int64_t p = 0; p < count; ++p)
            if (a != p && label(a) == label(p))
                pairs.push_back({a, p, 0});
    if (pairs.empty() ||
        std::all_of(labels.begin(), labels.end(), [&](auto l) { return l == labels.front(); }))
        return;
    result.triplets = std::ssize(pairs);
    const double weight = 1.0 / static_cast<double>(pairs.size());
    const auto similarity = [&](std::int64_t i, std::int64_t j) {
        return similarityOf(config.similarity, distances(i, j), config.temperature);
    };
    for (const Triplet& pair : pairs) {
        const std::int64_t a = pair.anchor;
        const SimilarityValue own = similarity(a, pair.positive);
        double nearest = -std::numeric_limits<double>::infinity(); // of another class
        std::int64_t candidates = 1;
        for (std::int64_t n = 0; n < count; ++n)
            if (label(n) != label(a)) {
                nearest = std::max(nearest, similarity(a, n).value);
                ++candidates;
            }
        const double largest = std::max(own.value, nearest);
        double sum = std::exp(own.value - largest);
        for (std::int64_t n = 0; n < count; ++n)
            if (label(n) != label(a))
                sum += std::exp(similarity(a, n).value - largest);
        result.loss += weight * (largest + std::log(sum) - own.value);
        result.wrong += own.value <= nearest ? 1 : 0;
        result.candidates = std::max(result.candidates, candidates);
        slopes(a, pair.positive) +=
            weight * (std::exp(own.value - largest) / sum - 1.0) * own.slope;
        for (std::int64_t n = 0; n < count; ++n)
            if (label(n) != label(a)) {
                const SimilarityValue other = similarity(a, n);
                slopes(a, n) += weight * std::exp(other.value - largest) / sum * other.slope;
            }
    }
}

void batchedLoss(const MetricConfig& config, const EmbeddedRows& points,
                 std::span<const std::int32_t> labels, const RandomStream& stream,
                 BatchLoss& result) {
    const DistanceTable distances(points);
    DistanceSlopes slopes(points.count, points.count);
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::int64_t j = 0; j < i; ++j)
            (labels[static_cast<std::size_t>(i)] == labels[static_cast<std::size_t>(j)]
                 ? result.positives
                 : result.negatives)
                .push_back(distances(i, j));
    if (const auto* contrast = std::get_if<InfoNceConfig>(&config.loss)) {
        infoNceLoss(*contrast, labels, distances, slopes, result);
    } else {
        const std::vector<Triplet> triplets =
            chooseTriplets(config.triplets, labels, distances, stream);
        result.triplets = std::ssize(triplets);
        if (!triplets.empty())
            addTriplets(formOf(config.loss), triplets, distances,
                        1.0 / static_cast<double>(triplets.size()), slopes, result);
    }
    result.gradient = slopes.gradient(points, distances);
}

} // namespace

TripletForm formOf(const LossConfig& loss) {
    if (const auto* ratio = std::get_if<MseRatioConfig>(&loss))
        return {TripletLossKind::MseRatio, 0.0, ratio->temperature};
    if (const auto* ratio = std::get_if<NllRatioConfig>(&loss))
        return {TripletLossKind::NllRatio, 0.0, ratio->temperature};
    if (const auto* hinge = std::get_if<HingeConfig>(&loss))
        return {TripletLossKind::Hinge, hinge->margin, 1.0};
    return {TripletLossKind::Contrastive, std::get<ContrastiveConfig>(loss).margin, 1.0};
}

BatchLoss batchLoss(const MetricConfig& config, const EmbeddedRows& points,
                    std::span<const std::int32_t> labels, bool listed, const RandomStream& stream) {
    BatchLoss result;
    result.largestNorm = largestNorm(points);
    const std::vector<double> unit = unitRows(points);
    const EmbeddedRows unitPoints{unit, points.count, points.width};
    result.largestSpread = largestSpread(unitPoints);
    const EmbeddedRows& seen = config.embedding.normalize ? unitPoints : points;
    if (listed)
        listedLoss(formOf(config.loss), seen, result);
    else
        batchedLoss(config, seen, labels, stream, result);
    if (config.embedding.normalize)
        result.gradient = unitRowsBackward(points, result.gradient);
    return result;
}

} // namespace inlay::engine::metric_learning

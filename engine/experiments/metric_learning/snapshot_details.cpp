// What a snapshot tells beside the points: filters, distances, the hardest triplets.

#include <algorithm>
#include <cmath>

#include "engine/experiments/metric_learning/snapshots.h"
#include "engine/runner/point_frames.h"
#include "kernels/parallel.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr std::int64_t kBins = 64;
constexpr std::size_t kHardest = 40;

} // namespace

// filters x side x side, the mean over input channels.
void Snapshots::recordFilters(Network& network, std::int64_t step) {
    if (!std::holds_alternative<ConvNetConfig>(config_.network.model))
        return;
    const NetworkInput input = embeddingInput(config_, data_.training.shape);
    const auto side = firstWindow(config_, input);
    const auto operators = network.operators();
    if (!side || operators.empty())
        return;
    std::string refusal;
    const Tensor weight = operators.front().op->materialize(refusal);
    if (weight.empty())
        return;
    const std::vector<float> values = weight.toFloats();
    const std::int64_t filters = weight.cols();
    std::vector<float> pictures;
    for (std::int64_t f = 0; f < filters; ++f)
        for (std::int64_t tap = 0; tap < *side * *side; ++tap) {
            float sum = 0;
            for (std::int64_t c = 0; c < input.channels; ++c)
                sum += values[static_cast<std::size_t>((tap * input.channels + c) * filters + f)];
            pictures.push_back(sum / static_cast<float>(input.channels));
        }
    context_.recorder().frame(
        point_frames::floats("filters", step, {filters, *side, *side}, pictures));
}

void Snapshots::recordDistances(const BatchLoss& batch, std::int64_t step) {
    double range = 0;
    for (const auto* all : {&batch.positives, &batch.negatives})
        for (const double distance : *all)
            range = std::max(range, distance);
    if (!(range > 0) || !std::isfinite(range))
        return;
    std::vector<float> counts(2 * kBins, 0.0f);
    const auto add = [&](const std::vector<double>& distances, std::int64_t row) {
        for (const double distance : distances) {
            const auto bin = std::min<std::int64_t>(
                kBins - 1, static_cast<std::int64_t>(distance / range * double(kBins)));
            counts[static_cast<std::size_t>(row * kBins + bin)] += 1.0f;
        }
    };
    add(batch.positives, 0);
    add(batch.negatives, 1);
    context_.recorder().frame(point_frames::floats("distances", step, {2, kBins}, counts));
    context_.recorder().record("distance_range", step, range);
}

bool Snapshots::recordHardest(Network& network) {
    const Embedded points = embed(network, data_.test, points_);
    if (!points.complete)
        return false;
    struct Hard {
        Triplet triplet;
        double positive = 0;
        double negative = 0;
    };
    // For each anchor its farthest positive and nearest negative.
    std::vector<Hard> hardest(static_cast<std::size_t>(points.count));
    kernels::parallelFor(points.count, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            Hard own{{i, -1, -1}, -1.0, 0.0};
            for (std::int64_t j = 0; j < points.count; ++j) {
                if (i == j)
                    continue;
                const float* a = points.view().row(i);
                const float* b = points.view().row(j);
                float squares = 0;
                for (std::int64_t k = 0; k < points.width; ++k)
                    squares += (a[k] - b[k]) * (a[k] - b[k]);
                const double distance = std::sqrt(static_cast<double>(squares));
                const bool same =
                    labels_[static_cast<std::size_t>(i)] == labels_[static_cast<std::size_t>(j)];
                if (same && distance > own.positive) {
                    own.positive = distance;
                    own.triplet.positive = j;
                } else if (!same && (own.triplet.negative < 0 || distance < own.negative)) {
                    own.negative = distance;
                    own.triplet.negative = j;
                }
            }
            hardest[static_cast<std::size_t>(i)] = own;
        }
    });
    std::erase_if(hardest,
                  [](const Hard& h) { return h.triplet.positive < 0 || h.triplet.negative < 0; });
    std::stable_sort(hardest.begin(), hardest.end(), [](const Hard& a, const Hard& b) {
        return a.positive - a.negative > b.positive - b.negative;
    });
    for (std::size_t i = 0; i < std::min(kHardest, hardest.size()); ++i)
        context_.recorder().resultRow("hardest_triplets", static_cast<std::int64_t>(i),
                                      {{"anchor", hardest[i].triplet.anchor},
                                       {"positive", hardest[i].triplet.positive},
                                       {"negative", hardest[i].triplet.negative},
                                       {"d_positive", hardest[i].positive},
                                       {"d_negative", hardest[i].negative}});
    return true;
}

} // namespace inlay::engine::metric_learning

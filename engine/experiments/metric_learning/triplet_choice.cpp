#include "engine/experiments/metric_learning/triplet_choice.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace inlay::engine::metric_learning {
namespace {

/// Chooses the negative of a pair among the rows of other classes, which are not empty.
class NegativeChoice {
public:
    NegativeChoice(const TripletConfig& config, const DistanceTable& distances,
                   RandomStream& stream)
        : config_(config)
        , distances_(distances)
        , stream_(stream) {}

    std::int64_t choose(std::int64_t anchor, std::int64_t positive,
                        const std::vector<std::int64_t>& others) {
        switch (config_.source) {
        case TripletSource::SemiHard:
            return semiHard(anchor, positive, others);
        case TripletSource::DistanceWeighted:
            return weighted(anchor, others);
        default:
            return uniform(others);
        }
    }

private:
    std::int64_t uniform(const std::vector<std::int64_t>& others) {
        return others[static_cast<std::size_t>(stream_.below(others.size()))];
    }

    // Schroff, Kalenichenko and Philbin 2015 (FaceNet).
    std::int64_t semiHard(std::int64_t anchor, std::int64_t positive,
                          const std::vector<std::int64_t>& others) {
        const double least = distances_(anchor, positive);
        double best = std::numeric_limits<double>::infinity();
        std::int64_t chosen = -1;
        for (const std::int64_t other : others) {
            const double distance = distances_(anchor, other);
            if (distance > least && distance < best) {
                best = distance;
                chosen = other;
            }
        }
        if (chosen >= 0 && best < least + config_.margin)
            return chosen;
        return uniform(others);
    }

    std::int64_t weighted(std::int64_t anchor, const std::vector<std::int64_t>& others) {
        const auto weight = [&](std::int64_t other) {
            return 1.0 / std::max(distances_(anchor, other), kLeastDistance);
        };
        double total = 0.0;
        for (const std::int64_t other : others)
            total += weight(other);
        double left = stream_.uniform() * total;
        for (const std::int64_t other : others) {
            left -= weight(other);
            if (left < 0.0)
                return other;
        }
        return others.back();
    }

    const TripletConfig& config_;
    const DistanceTable& distances_;
    RandomStream& stream_;
};

} // namespace

std::vector<Triplet> chooseTriplets(const TripletConfig& config,
                                    std::span<const std::int32_t> labels,
                                    const DistanceTable& distances, RandomStream stream) {
    const auto count = static_cast<std::int64_t>(labels.size());
    assert(distances.rows() == count);
    const auto label = [&](std::int64_t i) {
        return labels[static_cast<std::size_t>(i)];
    };
    std::vector<Triplet> triplets;
    NegativeChoice choice(config, distances, stream);
    std::vector<std::int64_t> others;
    for (std::int64_t anchor = 0; anchor < count; ++anchor) {
        others.clear();
        for (std::int64_t i = 0; i < count; ++i)
            if (label(i) != label(anchor))
                others.push_back(i);
        if (others.empty())
            continue;
        for (std::int64_t positive = 0; positive < count; ++positive) {
            if (positive == anchor || label(positive) != label(anchor))
                continue;
            if (config.source == TripletSource::InBatchAll) {
                for (const std::int64_t other : others)
                    triplets.push_back({anchor, positive, other});
            } else {
                triplets.push_back({anchor, positive, choice.choose(anchor, positive, others)});
            }
        }
    }
    return triplets;
}

} // namespace inlay::engine::metric_learning

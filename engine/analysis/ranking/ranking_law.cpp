#include "engine/analysis/ranking/ranking_law.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace inlay::engine {

double logistic(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

double uniformDifference(double x) {
    if (x <= -1)
        return 0;
    if (x >= 1)
        return 1;
    return x < 0 ? (1 + x) * (1 + x) / 2 : 1 - (1 - x) * (1 - x) / 2;
}

double pairProbability(LawKind kind, double rate, double difference) {
    switch (kind) {
    case LawKind::Logistic:
        return logistic(rate * difference);
    case LawKind::UniformNoise:
        return uniformDifference(rate * difference);
    case LawKind::Sorted:
        return difference > 0 ? 1.0 : (difference < 0 ? 0.0 : 0.5);
    default:
        return 0.5;
    }
}

void LawSampler::draw(const RankingLaw& law, RandomStream& stream, std::span<std::int32_t> order) {
    assert(law.kind != LawKind::Unknown && order.size() == law.values.size());
    if (law.kind == LawKind::Logistic) {
        weights_.resize(law.values.size());
        for (std::size_t i = 0; i < weights_.size(); ++i)
            weights_[i] = law.rate * law.values[i];
        weighted_.plackettLuce(weights_, stream, order);
        return;
    }
    if (law.kind == LawKind::Rounded) {
        permutahedron_.round(law.values, stream, order);
        return;
    }
    // A second uniform number breaks ties at random.
    keys_.resize(law.values.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        double key = law.kind == LawKind::Uniform ? 0.0 : law.values[i];
        if (law.kind == LawKind::UniformNoise)
            key += openUniform(stream) / law.rate;
        keys_[i] = {key, openUniform(stream)};
    }
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [this](std::int32_t a, std::int32_t b) {
        return keys_[static_cast<std::size_t>(a)] > keys_[static_cast<std::size_t>(b)];
    });
}

} // namespace inlay::engine

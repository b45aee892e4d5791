#include "engine/experiments/active_ranking/confidence.h"

#include <algorithm>
#include <cmath>

namespace inlay::engine::active_ranking {
namespace {

constexpr std::int64_t kFewestRepeats = 5;
constexpr double kTail = 0.05;
constexpr double kLeastDoubt = 0.1;

double logOdds(double noise) {
    return std::log((1 - noise) / noise);
}

/// Nets of one item against the places of the order.
std::vector<double> netsByPlace(const std::vector<Item>& position, const LabelBook& labels,
                                Item item) {
    std::vector<double> nets(position.size(), 0);
    for (const LabelBook::Partner& partner : labels.partners(item))
        nets[static_cast<std::size_t>(position[static_cast<std::size_t>(partner.other)])] =
            partner.net;
    return nets;
}

/// Contradicted weight added when the item at `place` moves to each place.
std::vector<double> movingCosts(const std::vector<double>& nets, std::size_t place) {
    std::vector<double> costs(nets.size(), 0);
    for (std::size_t j = place + 1; j < nets.size(); ++j)
        costs[j] = costs[j - 1] + nets[j];
    for (std::size_t j = place; j-- > 0;)
        costs[j] = costs[j + 1] - nets[j];
    return costs;
}

} // namespace

double estimatedNoise(const Order& order, const LabelBook& labels, std::int64_t repeats,
                      std::int64_t agreeing) {
    double noise = (labels.loss(order) + 1) / (static_cast<double>(labels.labels()) + 2);
    if (repeats >= kFewestRepeats) {
        const double agreement = static_cast<double>(agreeing) / static_cast<double>(repeats);
        noise = std::max(noise, (1 - std::sqrt(std::max(0.0, 2 * agreement - 1))) / 2);
    }
    return std::clamp(noise, 0.01, 0.45);
}

std::vector<PlaceConfidence> placeConfidences(const Order& order, const LabelBook& labels,
                                              double noise) {
    const std::vector<Item> position = positionsOf(order);
    const double odds = logOdds(noise);
    std::vector<PlaceConfidence> confidences(order.size());
    for (std::size_t place = 0; place < order.size(); ++place) {
        const std::vector<double> costs =
            movingCosts(netsByPlace(position, labels, order[place]), place);
        const double least = *std::min_element(costs.begin(), costs.end());
        std::vector<double> weights;
        double sum = 0;
        for (const double cost : costs)
            sum += weights.emplace_back(std::exp(-odds * (cost - least)));
        PlaceConfidence& confidence = confidences[place];
        confidence.here = weights[place] / sum;
        std::size_t low = 0;
        for (double below = weights[0]; below < kTail * sum; below += weights[++low]) {
        }
        std::size_t high = order.size() - 1;
        for (double above = weights[high]; above < kTail * sum; above += weights[--high]) {
        }
        confidence.low = static_cast<Item>(std::min(low, place));
        confidence.high = static_cast<Item>(std::max(high, place));
    }
    return confidences;
}

std::vector<DoubtfulPair> doubtfulPairs(const Order& order, const LabelBook& labels, double noise,
                                        std::size_t most) {
    const std::vector<Item> position = positionsOf(order);
    const double odds = logOdds(noise);
    std::vector<std::vector<double>> costs;
    for (std::size_t place = 0; place < order.size(); ++place)
        costs.push_back(movingCosts(netsByPlace(position, labels, order[place]), place));
    std::vector<DoubtfulPair> pairs;
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            const double cost = std::min(costs[i][j], costs[j][i]);
            const double probability = 1 / (1 + std::exp(odds * cost));
            if (probability >= kLeastDoubt)
                pairs.push_back({order[i], order[j], probability});
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const DoubtfulPair& a, const DoubtfulPair& b) {
        return a.probability > b.probability;
    });
    if (pairs.size() > most)
        pairs.resize(most);
    return pairs;
}

} // namespace inlay::engine::active_ranking

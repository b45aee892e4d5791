#include "engine/experiments/online_ranking/feedback.h"

#include <algorithm>
#include <functional>

namespace inlay::engine::online_ranking {

double pairMass(const Feedback& feedback, std::int64_t n) {
    // Differences to the background: the mass does not change when all scores are shifted.
    double sum = 0;
    double squares = 0;
    for (const double value : feedback.values) {
        const double relative = value - feedback.background;
        sum += relative;
        squares += relative * relative;
    }
    return static_cast<double>(n) * squares - sum * sum;
}

double unavoidableLoss(const Feedback& feedback, std::int64_t n) {
    std::vector<double> sorted = feedback.values;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    const auto others = static_cast<double>(n) - static_cast<double>(sorted.size());
    double position = 0;
    double loss = 0;
    bool placed = false;
    const auto placeOthers = [&] {
        loss += feedback.background * (others * position + others * (others - 1) / 2);
        position += others;
        placed = true;
    };
    for (const double value : sorted) {
        if (!placed && value <= feedback.background)
            placeOthers();
        loss += value * position;
        position += 1;
    }
    if (!placed)
        placeOthers();
    return loss;
}

} // namespace inlay::engine::online_ranking

#include "engine/experiments/graph_clustering/predictor.h"

#include <cassert>
#include <cmath>
#include <limits>

namespace inlay::engine::graph_clustering {
namespace {

double lambdaOf(const ProgramSetting& setting) {
    assert(setting.nodes >= 2);
    const auto n = static_cast<double>(setting.nodes);
    return setting.b1 / (setting.kappa * std::sqrt(n * std::log(n)));
}

} // namespace

double thresholdOf(double inside, double across) {
    return inside / 4 + 3 * across / 4;
}

ProgramWeights programWeights(const ProgramSetting& setting) {
    const double lambda = lambdaOf(setting);
    const double t = setting.threshold;
    assert(t > 0 && t < 1);
    return {lambda * std::sqrt((1 - t) / t), lambda * std::sqrt(t / (1 - t))};
}

double smallestRecoverable(const ProgramSetting& setting) {
    const double t = setting.threshold;
    if (setting.inside <= t)
        return std::numeric_limits<double>::infinity();
    return std::sqrt(t * (1 - t)) / (lambdaOf(setting) * (setting.inside - t));
}

double noiseNumber(const ProgramSetting& setting) {
    const double t = setting.threshold;
    const double q = setting.across;
    if (q >= 1)
        return std::numeric_limits<double>::infinity();
    return 2 * lambdaOf(setting) * std::sqrt(static_cast<double>(setting.nodes)) *
           std::sqrt((1 - t) * q / (t * (1 - q)));
}

bool canBeClean(const ProgramSetting& setting) {
    const ProgramWeights weights = programWeights(setting);
    const auto s = static_cast<double>(setting.nodes);
    const double p = setting.inside;
    const double needed = (1 + s * weights.absentEdge) / (weights.missedEdge + weights.absentEdge);
    return 1 + (s - 1) * p - 3 * std::sqrt(s * p * (1 - p)) >= needed;
}

double largestKappa(const ProgramSetting& setting) {
    return setting.kappa * static_cast<double>(setting.nodes) / smallestRecoverable(setting);
}

double quietKappa(const ProgramSetting& setting) {
    return setting.kappa * noiseNumber(setting);
}

} // namespace inlay::engine::graph_clustering

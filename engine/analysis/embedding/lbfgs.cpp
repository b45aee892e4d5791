#include "engine/analysis/embedding/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "engine/analysis/embedding/dot.h"

namespace inlay::engine {
namespace {

constexpr std::size_t kPairs = 10;
constexpr double kSufficient = 1e-4;
constexpr int kHalvings = 30;

void add(std::vector<double>& to, double scale, const std::vector<double>& x) {
    for (std::size_t i = 0; i < to.size(); ++i)
        to[i] += scale * x[i];
}

double largestEntry(const std::vector<double>& x) {
    double largest = 0;
    for (const double value : x)
        largest = std::max(largest, std::abs(value));
    return largest;
}

/// One step made and how the gradient changed over it.
struct Pair {
    std::vector<double> step;
    std::vector<double> change;
    double inverse = 0; // 1 / (step · change)
};

/// -H gradient, by the two loops.
std::vector<double> direction(const std::deque<Pair>& pairs, const std::vector<double>& gradient) {
    std::vector<double> q = gradient;
    std::vector<double> alpha(pairs.size());
    for (std::size_t i = pairs.size(); i-- > 0;) {
        alpha[i] = pairs[i].inverse * dot(pairs[i].step, q);
        add(q, -alpha[i], pairs[i].change);
    }
    if (!pairs.empty()) {
        const Pair& last = pairs.back();
        const double scale = 1 / (last.inverse * dot(last.change, last.change));
        for (double& value : q)
            value *= scale;
    }
    for (std::size_t i = 0; i < pairs.size(); ++i)
        add(q, alpha[i] - pairs[i].inverse * dot(pairs[i].change, q), pairs[i].step);
    for (double& value : q)
        value = -value;
    return q;
}

} // namespace

LbfgsResult lbfgs(const SmoothFunction& function, std::vector<double> start,
                  std::int64_t iterations, double tolerance,
                  const std::function<bool()>& keepGoing) {
    LbfgsResult result;
    result.x = std::move(start);
    std::vector<double> gradient(result.x.size());
    result.value = function(result.x, gradient);
    std::deque<Pair> pairs;
    std::vector<double> nextGradient(gradient.size());
    while (result.iterations < iterations && largestEntry(gradient) > tolerance &&
           (!keepGoing || keepGoing())) {
        const std::vector<double> along = direction(pairs, gradient);
        const double slope = dot(along, gradient);
        double size = pairs.empty() ? std::min(1.0, 1 / std::sqrt(dot(gradient, gradient))) : 1;
        std::vector<double> next;
        double value = 0;
        int halvings = 0;
        for (; halvings < kHalvings; ++halvings, size /= 2) {
            next = result.x;
            add(next, size, along);
            value = function(next, nextGradient);
            if (value <= result.value + kSufficient * size * slope)
                break;
        }
        if (halvings == kHalvings)
            break;
        Pair pair;
        pair.step = next;
        add(pair.step, -1, result.x);
        pair.change = nextGradient;
        add(pair.change, -1, gradient);
        const double curvature = dot(pair.step, pair.change);
        if (curvature > 0) {
            pair.inverse = 1 / curvature;
            pairs.push_back(std::move(pair));
            if (pairs.size() > kPairs)
                pairs.pop_front();
        }
        result.x = std::move(next);
        result.value = value;
        std::swap(gradient, nextGradient);
        ++result.iterations;
    }
    return result;
}

} // namespace inlay::engine

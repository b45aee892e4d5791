#include "engine/analysis/ranking/permutahedron.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include "engine/analysis/ranking/rank_orders.h"

namespace inlay::engine {

void Permutahedron::sortDescending(std::span<const double> values) {
    descending_.resize(values.size());
    std::iota(descending_.begin(), descending_.end(), 0);
    std::sort(descending_.begin(), descending_.end(), [&](std::int32_t a, std::int32_t b) {
        const double left = values[static_cast<std::size_t>(a)];
        const double right = values[static_cast<std::size_t>(b)];
        return left != right ? left > right : a < b;
    });
}

void Permutahedron::project(std::span<const double> point, std::span<double> nearest) {
    assert(point.size() == nearest.size());
    const std::size_t n = point.size();
    sortDescending(point);
    pools_.clear();
    for (std::size_t i = 0; i < n; ++i) {
        const double difference =
            point[static_cast<std::size_t>(descending_[i])] - static_cast<double>(n - 1 - i);
        Pool pool{difference, 1};
        // Means of the pools must not rise from left to right.
        while (!pools_.empty() && pools_.back().sum * static_cast<double>(pool.count) <
                                      pool.sum * static_cast<double>(pools_.back().count)) {
            pool.sum += pools_.back().sum;
            pool.count += pools_.back().count;
            pools_.pop_back();
        }
        pools_.push_back(pool);
    }
    std::size_t i = 0;
    for (const Pool& pool : pools_) {
        const double mean = pool.sum / static_cast<double>(pool.count);
        for (std::int64_t j = 0; j < pool.count; ++j, ++i) {
            const auto item = static_cast<std::size_t>(descending_[i]);
            nearest[item] = point[item] - mean;
        }
    }
}

void Permutahedron::round(std::span<const double> positions, RandomStream& stream,
                          std::span<std::int32_t> order) {
    assert(positions.size() == order.size());
    const std::size_t n = positions.size();
    sortDescending(positions);
    current_.resize(n);
    drawn_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        current_[i] = static_cast<double>(n - 1 - i);
        drawn_[i] = static_cast<std::int32_t>(n - 1 - i);
    }
    const auto wanted = [&](std::size_t i) {
        return positions[static_cast<std::size_t>(descending_[i])];
    };
    // Positions above their mean wait on a stack for later ones that lie below theirs. Each
    // exchange moves the same amount of mean as probability, so every mean ends where it is wanted.
    surplus_.clear();
    for (std::size_t k = 0; k < n; ++k) {
        while (current_[k] < wanted(k) && !surplus_.empty()) {
            const auto j = static_cast<std::size_t>(surplus_.back());
            const double above = current_[j] - wanted(j);
            const double below = wanted(k) - current_[k];
            const double moved = std::min(above, below);
            const double gap = current_[j] - current_[k];
            if (gap > 0 && openUniform(stream) * gap < moved)
                std::swap(drawn_[j], drawn_[k]);
            if (above <= below) {
                current_[j] = wanted(j);
                surplus_.pop_back();
            } else {
                current_[j] -= moved;
            }
            current_[k] = below <= above ? wanted(k) : current_[k] + moved;
        }
        if (current_[k] > wanted(k))
            surplus_.push_back(static_cast<std::int32_t>(k));
    }
    for (std::size_t i = 0; i < n; ++i)
        order[static_cast<std::size_t>(drawn_[i])] = descending_[i];
}

} // namespace inlay::engine

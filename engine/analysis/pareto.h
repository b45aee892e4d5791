#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inlay::engine {

enum class Goal { Minimize, Maximize };

/// Indices, increasing, of the points that no other point dominates. `values` holds one row of
/// goals.size() >= 1 criteria a point. A point dominates another when it is at least as good in
/// every criterion and better in one, so equal points stay together. Points with a NaN are never on
/// the front. O(n log n) for up to two criteria, O(n * front) beyond.
std::vector<std::size_t> paretoFront(std::span<const double> values, std::span<const Goal> goals);

} // namespace inlay::engine

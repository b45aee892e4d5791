#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.h"

namespace inlay::engine {

/// The permutahedron of n items: the convex hull of all ways to give them the positions 0..n-1.
/// One object per thread, its memory is kept between calls.
class Permutahedron {
public:
    /// The point of the permutahedron nearest to `point` (Euclidean), in O(n log n): sorted in
    /// descending order, the difference to (n-1, …, 0) is pooled to a non-increasing sequence and
    /// taken off (isotonic reduction of Lim and Wright, AISTATS 2016). `nearest` may be `point`.
    void project(std::span<const double> point, std::span<double> nearest);

    /// Draws a ranking whose expected positions are `positions`, a point of the permutahedron, by
    /// at most n-1 random exchanges. `order` lists the items, best (position 0) first.
    void round(std::span<const double> positions, RandomStream& stream,
               std::span<std::int32_t> order);

private:
    void sortDescending(std::span<const double> values);

    struct Pool {
        double sum;
        std::int64_t count;
    };
    std::vector<std::int32_t> descending_;
    std::vector<Pool> pools_;
    std::vector<double> sorted_;
    std::vector<double> current_;
    std::vector<std::int32_t> drawn_;
    std::vector<std::int32_t> surplus_;
};

} // namespace inlay::engine

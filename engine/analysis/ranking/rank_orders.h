#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.h"

namespace inlay::engine {

/// Indices of `keys` sorted by key, largest first; equal keys keep the order of their indices. A
/// least-significant-digit radix sort of three 11-bit passes over an order-preserving image of the
/// float: O(n), no comparisons. One object per thread, its memory is kept between calls.
class RadixOrder {
public:
    /// `order` has the size of `keys`; no key is NaN.
    void sortDescending(std::span<const float> keys, std::span<std::int32_t> order);

private:
    struct Entry {
        std::uint32_t key;
        std::int32_t index;
    };
    std::vector<Entry> from_;
    std::vector<Entry> to_;
};

/// A uniform number in (0, 1): 53 bits at the middle of their cell, so that neither log fails.
double openUniform(RandomStream& stream);

/// Draws rankings whose pair law is P(u before v) = e^{w(u)} / (e^{w(u)} + e^{w(v)}), in two ways
/// with different joint laws and the same law of every pair, hence the same expected linear loss.
class WeightedOrder {
public:
    /// Plackett-Luce: sorts w + Gumbel noise. O(n).
    void plackettLuce(std::span<const double> weights, RandomStream& stream,
                      std::span<std::int32_t> order);
    /// QuickSort with a uniform pivot p, where v goes before p with probability
    /// e^{w(v)} / (e^{w(v)} + e^{w(p)}). Expected O(n log n).
    void quickSort(std::span<const double> weights, RandomStream& stream,
                   std::span<std::int32_t> order);

private:
    RadixOrder radix_;
    std::vector<float> keys_;
    std::vector<std::int32_t> right_;
    std::vector<std::pair<std::size_t, std::size_t>> open_;
};

} // namespace inlay::engine

#include "engine/analysis/ranking/rank_orders.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

namespace inlay::engine {
namespace {

constexpr int kDigitBits = 11;
constexpr std::uint32_t kDigits = 1u << kDigitBits;
// Below, clearing the counters would cost more than comparing.
constexpr std::size_t kSmall = 512;

// Larger floats become smaller integers: ascending integers are descending floats. Adding zero
// makes one of the two zeros.
std::uint32_t descendingImage(float key) {
    const auto bits = std::bit_cast<std::uint32_t>(key + 0.0f);
    const std::uint32_t ascending = bits & 0x8000'0000u ? ~bits : bits | 0x8000'0000u;
    return ~ascending;
}

} // namespace

void RadixOrder::sortDescending(std::span<const float> keys, std::span<std::int32_t> order) {
    assert(keys.size() == order.size());
    from_.resize(keys.size());
    to_.resize(keys.size());
    if (keys.size() < kSmall) {
        for (std::size_t i = 0; i < keys.size(); ++i)
            from_[i] = {descendingImage(keys[i]), static_cast<std::int32_t>(i)};
        std::sort(from_.begin(), from_.end(), [](const Entry& a, const Entry& b) {
            return a.key != b.key ? a.key < b.key : a.index < b.index;
        });
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = from_[i].index;
        return;
    }
    std::array<std::array<std::uint32_t, kDigits>, 3> counts{};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::uint32_t key = descendingImage(keys[i]);
        from_[i] = {key, static_cast<std::int32_t>(i)};
        ++counts[0][key & (kDigits - 1)];
        ++counts[1][(key >> kDigitBits) & (kDigits - 1)];
        ++counts[2][key >> (2 * kDigitBits)];
    }
    for (int pass = 0; pass < 3; ++pass) {
        std::array<std::uint32_t, kDigits>& starts = counts[static_cast<std::size_t>(pass)];
        std::uint32_t sum = 0;
        for (std::uint32_t& start : starts)
            sum += std::exchange(start, sum);
        const int shift = pass * kDigitBits;
        for (const Entry& entry : from_)
            to_[starts[(entry.key >> shift) & (kDigits - 1)]++] = entry;
        from_.swap(to_);
    }
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = from_[i].index;
}

double openUniform(RandomStream& stream) {
    return (static_cast<double>(stream.next64() >> 11) + 0.5) * 0x1.0p-53;
}

void WeightedOrder::plackettLuce(std::span<const double> weights, RandomStream& stream,
                                 std::span<std::int32_t> order) {
    keys_.resize(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i)
        keys_[i] = static_cast<float>(weights[i] - std::log(-std::log(openUniform(stream))));
    radix_.sortDescending(keys_, order);
}

void WeightedOrder::quickSort(std::span<const double> weights, RandomStream& stream,
                              std::span<std::int32_t> order) {
    assert(weights.size() == order.size());
    std::iota(order.begin(), order.end(), 0);
    open_.assign(1, {0, order.size()});
    while (!open_.empty()) {
        const auto [begin, end] = open_.back();
        open_.pop_back();
        if (end - begin < 2)
            continue;
        const std::size_t chosen = begin + stream.below(end - begin);
        const std::int32_t pivot = order[chosen];
        const double pivotWeight = weights[static_cast<std::size_t>(pivot)];
        right_.clear();
        std::size_t left = begin;
        for (std::size_t i = begin; i < end; ++i) {
            const std::int32_t item = order[i];
            if (item == pivot)
                continue;
            // Never e^w alone, which overflows: this comparison is right for infinite exponents.
            const double gap = pivotWeight - weights[static_cast<std::size_t>(item)];
            if (openUniform(stream) * (1.0 + std::exp(gap)) < 1.0)
                order[left++] = item;
            else
                right_.push_back(item);
        }
        order[left] = pivot;
        std::copy(right_.begin(), right_.end(),
                  order.begin() + static_cast<std::ptrdiff_t>(left) + 1);
        open_.emplace_back(begin, left);
        open_.emplace_back(left + 1, end);
    }
}

} // namespace inlay::engine

#include "engine/base/random.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "kernels/philox.h"

namespace inlay::engine {
namespace {

// SplitMix64's finalizer (Steele, Lea, Flood 2014): spreads every input bit over the key.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

// FNV-1a, then mixed with the parent's key.
std::uint64_t derive(std::uint64_t parent, std::string_view purpose) {
    std::uint64_t hash = 0xCBF29CE484222325ull;
    for (const char c : purpose) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001B3ull;
    }
    return mix(mix(parent) ^ hash);
}

} // namespace

RandomStream::RandomStream(std::uint64_t key)
    : key_(key) {}

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose)
    : key_(derive(seed, purpose)) {}

RandomStream RandomStream::split(std::string_view purpose) const {
    return RandomStream(derive(key_, purpose));
}

RandomStream RandomStream::split(std::uint64_t index) const {
    return RandomStream(mix(mix(key_) ^ mix(index + 0x51ED270B35AF3D1Bull)));
}

std::uint32_t RandomStream::next() {
    const std::uint64_t lane = position_ & 3;
    if (lane == 0) {
        const kernels::PhiloxBlock block = kernels::philox(key_, 0, position_ >> 2);
        std::copy(std::begin(block.word), std::end(block.word), words_);
    }
    ++position_;
    return words_[lane];
}

std::uint64_t RandomStream::next64() {
    const std::uint64_t low = next();
    return low | (static_cast<std::uint64_t>(next()) << 32);
}

double RandomStream::uniform() {
    return static_cast<double>(next64() >> 11) * 0x1.0p-53;
}

double RandomStream::uniform(double low, double high) {
    return low + (high - low) * uniform();
}

double RandomStream::normal() {
    const double u = 1.0 - uniform(); // (0, 1]
    const double v = uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586476925 * v);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    assert(bound > 0);
    // Rejects the incomplete last interval, so that every remainder is equally likely.
    const std::uint64_t threshold = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t word = next64();
        if (word >= threshold)
            return word % bound;
    }
}

void RandomStream::shuffle(std::span<std::int64_t> items) {
    for (std::size_t i = items.size(); i > 1; --i)
        std::swap(items[i - 1], items[below(i)]);
}

std::vector<std::int64_t> RandomStream::sample(std::int64_t total, std::int64_t count) {
    assert(count >= 0 && count <= total);
    std::vector<std::int64_t> items(static_cast<std::size_t>(total));
    std::iota(items.begin(), items.end(), std::int64_t{0});
    for (std::int64_t i = 0; i < count; ++i) {
        const auto other =
            i + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(total - i)));
        std::swap(items[static_cast<std::size_t>(i)], items[static_cast<std::size_t>(other)]);
    }
    items.resize(static_cast<std::size_t>(count));
    std::sort(items.begin(), items.end());
    return items;
}

void RandomStream::seek(std::uint64_t position) {
    position_ = position & ~std::uint64_t{3};
    while (position_ < position)
        next();
}

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// A counter-based random stream named by its purpose. Streams of different names (or seeds) are
/// independent, so adding a consumer never shifts the numbers of another. The position is one
/// integer, which is what a checkpoint stores.
class RandomStream {
public:
    /// Stream `purpose` of `seed`; `purpose` is a dotted path such as "train.order".
    RandomStream(std::uint64_t seed, std::string_view purpose);

    /// An independent stream below this one; does not advance this stream.
    RandomStream split(std::string_view purpose) const;
    RandomStream split(std::uint64_t index) const;

    std::uint32_t next();
    std::uint64_t next64();
    /// Uniform in [0, 1), 53 bits.
    double uniform();
    double uniform(double low, double high);
    /// Standard normal (Box-Muller; consumes a fixed number of words per call).
    double normal();
    /// Uniform integer in [0, bound), without modulo bias; bound > 0.
    std::uint64_t below(std::uint64_t bound);
    /// Fisher-Yates shuffle.
    void shuffle(std::span<std::int64_t> items);
    /// `count` distinct values of [0, total) in increasing order; count <= total.
    std::vector<std::int64_t> sample(std::int64_t total, std::int64_t count);

    std::uint64_t key() const { return key_; }
    /// Words consumed so far; seek() continues from such a position.
    std::uint64_t position() const { return position_; }
    void seek(std::uint64_t position);

private:
    explicit RandomStream(std::uint64_t key);

    std::uint64_t key_ = 0;
    std::uint64_t position_ = 0;
    std::uint32_t words_[4] = {};
};

} // namespace inlay::engine

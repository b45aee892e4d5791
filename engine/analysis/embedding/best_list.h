#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace inlay::engine {

/// The k best of a search so far, by value, then by index, in memory that somebody else owns.
/// Candidates may come in any order.
class BestList {
public:
    BestList(std::int32_t* index, float* value, std::int64_t k)
        : index_(index)
        , value_(value)
        , k_(k) {}

    bool full() const { return size_ == k_; }
    std::int64_t size() const { return size_; }
    float worst() const { return full() ? value_[k_ - 1] : std::numeric_limits<float>::infinity(); }

    void offer(std::int32_t index, float value) {
        if (full() && !before(value, index, k_ - 1))
            return;
        const std::int64_t last = full() ? k_ - 1 : size_++;
        std::int64_t low = 0;
        std::int64_t high = last;
        while (low < high) {
            const std::int64_t middle = (low + high) / 2;
            if (before(value, index, middle))
                high = middle;
            else
                low = middle + 1;
        }
        std::copy_backward(index_ + low, index_ + last, index_ + last + 1);
        std::copy_backward(value_ + low, value_ + last, value_ + last + 1);
        index_[low] = index;
        value_[low] = value;
    }

private:
    bool before(float value, std::int32_t index, std::int64_t at) const {
        return value < value_[at] || (value == value_[at] && index < index_[at]);
    }

    std::int32_t* index_;
    float* value_;
    std::int64_t k_;
    std::int64_t size_ = 0;
};

} // namespace inlay::engine

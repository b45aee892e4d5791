#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

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

/// The same for large k: candidates gather unsorted and are thinned to the k best when they are
/// twice as many, so that one costs a few steps whatever k is. worst() lies above the k-th best by
/// then, never below.
class BestPool {
public:
    explicit BestPool(std::int64_t k)
        : k_(static_cast<std::size_t>(k)) {
        entries_.reserve(2 * k_);
    }

    float worst() const { return worst_; }

    void offer(std::int32_t index, float value) {
        if (value > worst_)
            return;
        entries_.emplace_back(value, index);
        if (entries_.size() >= 2 * k_)
            thin();
    }

    /// Writes the k best in order and forgets everything.
    void take(std::int32_t* index, float* value) {
        std::sort(entries_.begin(), entries_.end());
        for (std::size_t i = 0; i < k_; ++i) {
            value[i] = entries_[i].first;
            index[i] = entries_[i].second;
        }
        entries_.clear();
        worst_ = std::numeric_limits<float>::infinity();
    }

private:
    void thin() {
        const auto last = entries_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
        std::nth_element(entries_.begin(), last, entries_.end());
        entries_.resize(k_);
        worst_ = entries_.back().first;
    }

    std::size_t k_;
    std::vector<std::pair<float, std::int32_t>> entries_; // by value, then by index
    float worst_ = std::numeric_limits<float>::infinity();
};

} // namespace inlay::engine

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "app/gpu_check/training.h"

namespace inlay::app {

inline constexpr std::int64_t kDigitBatch = 128;
inline const engine::NetworkInput kDigitImages{28, 28, 1, 10};

/// Adds the first `count` of `total` batches of built-in digits of this part ("training", "test").
/// They are normalized by what the `total` are like.
void addDigits(Training& training, std::string_view part, int count, int total);

/// Losses of steps as means over ten.
std::vector<double> lossWindows(const std::vector<double>& losses);

/// The largest relative distance of two series of the same length from the second one. NaN where
/// one has a NaN.
double largestDifference(const std::vector<double>& own, const std::vector<double>& wanted);

} // namespace inlay::app

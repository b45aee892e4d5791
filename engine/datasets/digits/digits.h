#pragma once

#include <cstdint>
#include <string_view>

#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// The generated handwritten-like digits: 28 x 28 gray pixels, white ink on black, ten classes in
/// equal shares, no wrong labels, any number of them.
///
/// How hard they are, measured for seeds 1, 2 and 3 on 10,000 test images of the same seed:
/// multinomial logistic regression on 10,000 training images reaches 91.5, 91.7 and 91.1 %; an
/// MLP 784-256-10 (ReLU, Adam) 97.6, 97.7 and 97.7 % on 10,000 training images (25 epochs) and
/// 99.4, 99.5 and 99.5 % on 50,000 (20 epochs).
struct DigitsConfig : SplitConfig {
    /// Strength of everything that bends a digit (points, slant, rotation, size, displacement
    /// field): 0 draws the plain templates.
    double deformation = 1.0;
    /// Standard deviation of the pixel noise, in gray levels of 255.
    double noise = 8.0;
};

inline constexpr int kDigitSide = 28;
inline constexpr int kDigitPixels = kDigitSide * kDigitSide;

/// Draws image `index` of part `part` ("training", "test") into `pixels` (28 x 28, row-major) and
/// returns its class. The image depends on config.deformation, .noise and .seed, part and index
/// alone: it is the same whatever the number of images, their order or the thread. Only +, -, *, /
/// and square roots are used, which IEEE 754 rounds exactly, so every machine draws the same.
std::int32_t drawDigit(const DigitsConfig& config, std::string_view part, std::int64_t index,
                       std::uint8_t* pixels);

/// Images first … first + count - 1 of a part.
Dataset makeDigits(const DigitsConfig& config, std::string_view part, std::int64_t first,
                   std::int64_t count);

/// The split: images of part "training" in order (validation in front), and of part "test".
DatasetSplit loadDigits(const DigitsConfig& config);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/bench/bench_cases.h"
#include "engine/tensor/device.h"

namespace inlay::engine::bench {

/// Side of the small layer whose matrix is shown.
inline constexpr std::int64_t kPictureSize = 32;

/// What a layer is, at its start: the matrix of a small layer of its family (kPictureSize inputs
/// and outputs), row-major; for a Strassen-Tile layer, which is no matrix acting on rows, its
/// encoder E_X, a row a product and a column an element of the tile.
struct LayerPicture {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<float> values;
    /// The butterfly network of that layer, of a gadget the first of its two: a row a stage in the
    /// order of application (stages x (1 + 2n)). First the exponent s of the stage, which joins
    /// features i and i + 2^s, then the blocks a, b, c, d of its n / 2 pairs in the order of i; NaN
    /// for weights on no path from an input to an output that is kept. Empty for other families.
    std::int64_t stages = 0;
    std::vector<float> wiring;
};

/// Empty where the family cannot be built at that size (more blocks than columns).
LayerPicture pictureOf(const BenchLayer& layer, const Device& device, const RandomStream& stream);

} // namespace inlay::engine::bench

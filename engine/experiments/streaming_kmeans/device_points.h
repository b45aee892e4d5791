#pragma once

#include <cstdint>
#include <vector>

#include "engine/tensor/tensor.h"

namespace inlay::engine::kmeans {

/// Points on a device that finds their nearest centers there; labels and distances come back. Sums
/// over clusters stay with the processor, so that their order is the same on every device.
class DevicePoints {
public:
    /// Whether points are worth bringing there: the processor assigns them where they lie.
    static bool serves(const Device& device);

    explicit DevicePoints(const Device& device)
        : device_(device) {}

    /// `values` is rows x dims, row-major, finite. Throws OutOfMemory.
    void set(const float* values, std::int64_t rows, std::int64_t dims);

    /// The nearest of `centers` (row-major, dims wide) to each point and its squared distance as a
    /// sum of squared differences in f32; ties go to the lowest index.
    void assign(const std::vector<float>& centers, std::int32_t* label, float* squared);

private:
    Device device_;
    std::int64_t rows_ = 0;
    std::int64_t dims_ = 0;
    Tensor points_;
    Tensor label_;
    Tensor squared_;
};

} // namespace inlay::engine::kmeans

#include "engine/experiments/streaming_kmeans/device_points.h"

#include "kernels/backend.h"

namespace inlay::engine::kmeans {

bool DevicePoints::serves(const Device& device) {
    return device.name() != "cpu";
}

void DevicePoints::set(const float* values, std::int64_t rows, std::int64_t dims) {
    if (rows != rows_ || dims != dims_) {
        points_ = Tensor(device_, {rows, dims}, DType::F32);
        label_ = Tensor(device_, {rows, 1}, DType::I32);
        squared_ = Tensor(device_, {rows, 1}, DType::F32);
        rows_ = rows;
        dims_ = dims;
    }
    if (rows > 0)
        device_.backend().copyToDevice(points_.view().data, values,
                                       static_cast<std::size_t>(rows * dims) * sizeof(float));
}

void DevicePoints::assign(const std::vector<float>& centers, std::int32_t* label, float* squared) {
    if (rows_ == 0)
        return;
    kernels::Backend& backend = device_.backend();
    const auto count = static_cast<std::int64_t>(centers.size()) / dims_;
    const Tensor candidates = Tensor::fromHost(device_, {count, dims_}, DType::F32, centers);
    backend.nearestRows(points_.view(), candidates.view(), label_.view(), squared_.view());
    const auto rows = static_cast<std::size_t>(rows_);
    backend.copyToHost(label, label_.view().data, rows * sizeof(std::int32_t));
    backend.copyToHost(squared, squared_.view().data, rows * sizeof(float));
}

} // namespace inlay::engine::kmeans

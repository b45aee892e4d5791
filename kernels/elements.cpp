#include "kernels/elements.h"

#include "kernels/bf16.h"

namespace inlay::kernels {

double loadElement(const void* data, DType dtype, std::int64_t index) {
    switch (dtype) {
    case DType::F32:
        return static_cast<const float*>(data)[index];
    case DType::BF16:
        return fromBf16(static_cast<const std::uint16_t*>(data)[index]);
    case DType::F64:
        return static_cast<const double*>(data)[index];
    case DType::I32:
        return static_cast<const std::int32_t*>(data)[index];
    case DType::U8:
        return static_cast<const std::uint8_t*>(data)[index];
    }
    return 0.0;
}

void storeElement(void* data, DType dtype, std::int64_t index, double value) {
    switch (dtype) {
    case DType::F32:
        static_cast<float*>(data)[index] = static_cast<float>(value);
        break;
    case DType::BF16:
        static_cast<std::uint16_t*>(data)[index] = toBf16(static_cast<float>(value));
        break;
    case DType::F64:
        static_cast<double*>(data)[index] = value;
        break;
    case DType::I32:
        static_cast<std::int32_t*>(data)[index] = static_cast<std::int32_t>(value);
        break;
    case DType::U8:
        static_cast<std::uint8_t*>(data)[index] = static_cast<std::uint8_t>(value);
        break;
    }
}

} // namespace inlay::kernels

#include "kernels/views.h"

namespace inlay::kernels {

const char* nameOf(DType dtype) {
    switch (dtype) {
    case DType::F32:
        return "f32";
    case DType::BF16:
        return "bf16";
    case DType::F64:
        return "f64";
    case DType::I32:
        return "i32";
    case DType::U8:
        return "u8";
    }
    return "";
}

} // namespace inlay::kernels

#include "engine/tensor/parameter.h"

#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

kernels::ConstView computeView(Parameter& parameter) {
    const Device& device = parameter.value.device();
    const DType dtype = device.computeType();
    if (parameter.value.dtype() == dtype)
        return std::as_const(parameter.value).view();
    if (parameter.computeCopy.empty())
        parameter.computeCopy = Tensor(device, parameter.value.shape(), dtype);
    if (parameter.copyVersion != parameter.version) {
        device.backend().convert(parameter.value.view(), parameter.computeCopy.view());
        parameter.copyVersion = parameter.version;
    }
    return std::as_const(parameter.computeCopy).view();
}

} // namespace inlay::engine

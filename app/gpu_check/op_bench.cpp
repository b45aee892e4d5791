#include "app/gpu_check/op_bench.h"

#include <utility>

#include "app/gpu_check/timing.h"

namespace inlay::app {

using namespace engine;
using kernels::Transpose;

Tensor normalTensor(const Device& device, Shape shape, double deviation) {
    return normalTensor(device, std::move(shape), device.computeType(), deviation);
}

Tensor normalTensor(const Device& device, Shape shape, DType dtype, double deviation) {
    static std::uint64_t stream = 0;
    Tensor tensor(device, std::move(shape), dtype);
    device.backend().fillNormal(tensor.view(), {0x6B5, ++stream, 0}, {}, 0.0, deviation);
    return tensor;
}

DenseTwin::DenseTwin(const Device& device, std::int64_t rows, std::int64_t in, std::int64_t out)
    : device_(device)
    , x_(normalTensor(device, {rows, in}))
    , w_(normalTensor(device, {in, out}, 0.02))
    , y_(device, {rows, out}, device.computeType())
    , g_(normalTensor(device, {rows, out}))
    , gx_(device, {rows, in}, device.computeType())
    , gw_(Tensor::zeros(device, {in, out}, device.parameterType())) {}

void DenseTwin::forward() {
    device_.backend().gemm({}, x_.view(), w_.view(), y_.view(), {});
}

void DenseTwin::train() {
    forward();
    kernels::Backend& backend = device_.backend();
    backend.gemm({.b = Transpose::Yes}, g_.view(), w_.view(), gx_.view(), {});
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, x_.view(), g_.view(), gw_.view(), {});
}

Ceilings measureCeilings(const Device& device, Scale scale) {
    kernels::Backend& backend = device.backend();
    Ceilings ceilings;
    {
        const std::size_t bytes = std::size_t{1} << (scale == Scale::Real ? 30 : 16);
        void* from = device.allocate(bytes);
        void* to = device.allocate(bytes);
        backend.zero(from, bytes);
        const auto timings = timeInTurns(backend, {[&] {
                                             backend.copy(to, from, bytes);
                                         }});
        ceilings.bytesPerSecond = 2.0 * static_cast<double>(bytes) / timings[0].median();
        device.release(from, bytes);
        device.release(to, bytes);
    }
    const std::int64_t n = scale == Scale::Real ? 8192 : 32;
    DenseTwin dense(device, n, n, n);
    const auto timings = timeInTurns(backend, {[&] {
                                         dense.forward();
                                     }});
    const auto size = static_cast<double>(n);
    ceilings.flopsPerSecond = 2.0 * size * size * size / timings[0].median();
    return ceilings;
}

} // namespace inlay::app

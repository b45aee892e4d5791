#include "kernels/devices.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

std::unique_ptr<Backend> makeReferenceBackend() {
    return std::make_unique<ReferenceBackend>();
}

} // namespace inlay::kernels

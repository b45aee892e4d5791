#include "kernels/error.h"

namespace inlay::kernels {

Error::Error(const std::string& message)
    : std::runtime_error(message) {}

} // namespace inlay::kernels

#pragma once

#include <cstddef>

namespace inlay::kernels {

/// Scratch memory on the device, lent to one op at a time. Ops never allocate: their caller asks
/// the backend's …Scratch() query and lends at least that many bytes, aligned to 64.
struct Workspace {
    void* data = nullptr;
    std::size_t bytes = 0;
};

} // namespace inlay::kernels

#pragma once

#include "kernels/error.h"

namespace inlay::kernels {

/// Device memory was asked for that is not there. The message says how much was wanted and how much
/// is free.
class OutOfMemory : public Error {
public:
    using Error::Error;
};

} // namespace inlay::kernels

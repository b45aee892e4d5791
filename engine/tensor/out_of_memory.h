#pragma once

#include "engine/base/error.h"

namespace inlay::engine {

/// A device has no memory left for a tensor or for scratch. The message says how much was wanted
/// and how much is free.
class OutOfMemory : public Error {
public:
    using Error::Error;
};

} // namespace inlay::engine

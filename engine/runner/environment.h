#pragma once

#include "engine/base/json.h"
#include "engine/tensor/device.h"

namespace inlay::engine {

/// What a run's results may depend on besides its configuration: versions, device, hardware and
/// library, threads, system.
Json describeEnvironment(const Device& device);

} // namespace inlay::engine

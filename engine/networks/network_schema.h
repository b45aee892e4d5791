#pragma once

#include "engine/networks/network_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine {

/// The keys of `network`: kind with its own keys, then operator, apply and layers beside them.
Schema<NetworkConfig> networkSchema();

} // namespace inlay::engine

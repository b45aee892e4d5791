#pragma once

#include <vector>

#include "engine/networks/network_config.h"
#include "engine/operators/stl/stl_triple.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

/// The files that STL layers with a fitted start begin with. Throws Error as readTriple() does.
FittedTriples loadTriples(const NetworkConfig& config);

/// What keeps layers from beginning with those files; keys relative to the network's config
/// ("operator.triple", "layers[1].operator.triple").
std::vector<Issue> checkTriples(const NetworkConfig& config);

/// The same network with drawn starts in the place of fitted ones: for networks whose numbers are
/// filled in from elsewhere, so that no triple has to be there any more.
NetworkConfig withoutTriples(NetworkConfig config);

} // namespace inlay::engine

#pragma once

#include <cstdint>

#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"
#include "engine/tensor/device.h"

namespace inlay::engine {

/// For a network whose step ran out of memory with `batch` samples: the most samples, to within an
/// eighth of it, whose forward and backward pass the device has room for, found by trying with the
/// first samples of the feed; 0 where one alone is too many. Gradients are added to, so the network
/// is not to be trained further.
std::int64_t largestBatchBelow(std::int64_t batch, Network& network, BatchFeed& feed,
                               const Device& device);

} // namespace inlay::engine

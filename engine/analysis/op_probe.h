#pragma once

#include <functional>
#include <string_view>

#include "engine/operators/plan.h"
#include "engine/tensor/device.h"

namespace inlay::engine {

/// Makes the operands of one call of a plan on a device and returns what enqueues it, any number of
/// times. Sizes that a call does not tell (heads, the width columns are gathered from) take usual
/// values. Empty for an op that no plan has.
std::function<void()> prepareCall(const Device& device, const KernelCall& call);

} // namespace inlay::engine

#pragma once

#include <span>

#include "engine/analysis/machine_profile.h"

namespace inlay::engine {

struct NetworkPlan;

/// All calls of a network's forward pass and loss. The activation that a product applies while its
/// result is in cache is no call of its own in a plan; it is added here as "activate", with the
/// size of its backward call.
std::vector<KernelCall> forwardCalls(const NetworkPlan& plan);
/// What a training step adds to them before the optimizer.
std::vector<KernelCall> backwardCalls(const NetworkPlan& plan);

/// Seconds of the calls, one after the other: the sum of max(flops / rate, bytes / bandwidth) +
/// overhead. The rate is that of the same op's nearest probe by the logarithms of its sizes; ops
/// that multiply nothing have a rate in bytes. An op that was not probed goes at the speed of a
/// copy.
double predictSeconds(const MachineProfile& profile, std::span<const KernelCall> calls);

/// Bytes a second of a copy that moves so many, between the measured sizes on a log scale.
double copyRate(const MachineProfile& profile, double bytes);

} // namespace inlay::engine

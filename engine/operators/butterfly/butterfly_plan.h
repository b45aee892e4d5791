#pragma once

#include <vector>

#include "engine/operators/operator_config.h"
#include "engine/operators/plan.h"
#include "engine/schema/issue.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// What is wrong with the keys by themselves, whatever the layer.
std::vector<Issue> butterflyIssues(const ButterflyConfig& config);

/// The networks of a layer and how many of their outputs are kept. The square form uses `input`
/// alone, with the outputs of the layer as kept ones.
struct ButterflySizes {
    kernels::Butterfly input;
    kernels::Butterfly output; // gadget: J2, applied transposed
    std::int64_t keptIn = 0;   // k1
    std::int64_t keptOut = 0;  // k2
    double inputScale = 1.0;   // factors on the networks at the start
    double outputScale = 1.0;
};
ButterflySizes butterflySizes(const ButterflyConfig& config, std::int64_t in, std::int64_t out);

/// With the gadget `parameters` is the mean over the random truncations; the operator's own plan
/// has the exact number.
OperatorPlan planButterfly(const ButterflyConfig& config, std::int64_t in, std::int64_t out,
                           const RowLayout& rows);

} // namespace inlay::engine

#pragma once

#include <vector>

#include "engine/operators/operator_config.h"
#include "engine/operators/plan.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

/// What is wrong with the keys by themselves, whatever the layer.
std::vector<Issue> twoFourIssues(const TwoFourConfig& config);

/// Weights that a mask keeps on an in x out matrix padded with zeros to multiples of four.
std::int64_t twoFourKept(const TwoFourConfig& config, std::int64_t in, std::int64_t out);

/// Whether the forward product runs on the compressed form; inputs that are no multiple of four run
/// on the masked matrix instead.
bool twoFourCompresses(std::int64_t in);

OperatorPlan planTwoFour(const TwoFourConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows);

} // namespace inlay::engine

#pragma once

#include <memory>

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"

namespace inlay::engine {

/// Family id of a configuration: "dense", "low_rank", "block_diagonal", "stl", "butterfly",
/// "two_four", "monarch", "btt".
const char* familyOf(const OperatorConfig& config);

/// Cost, flags and issues of an operator on a shape; allocates nothing.
OperatorPlan planOperator(const OperatorConfig& config, std::int64_t in, std::int64_t out,
                          const RowLayout& rows);

/// Builds the operator with its start values. Precondition: planOperator(...).issues is empty.
std::unique_ptr<LinearOperator> makeOperator(const OperatorConfig& config,
                                             const OperatorBuild& build);

} // namespace inlay::engine

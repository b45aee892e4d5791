#pragma once

#include <vector>

#include "engine/operators/operator_config.h"
#include "engine/operators/plan.h"
#include "engine/schema/issue.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// Largest tile edge.
inline constexpr std::int64_t kLargestStlTile = 8;

/// What is wrong with the keys by themselves, whatever the layer.
std::vector<Issue> stlIssues(const StlConfig& config);

/// The grouping used for these rows: groups of one row leave each row alone in its tile.
kernels::Grouping stlGrouping(const StlConfig& config, const RowLayout& rows);

/// How X (rows x in), W (in x out) and Y (rows x out) fall into tiles.
struct StlLayouts {
    kernels::TileLayout x;
    kernels::TileLayout w;
    kernels::TileLayout y;
};
StlLayouts stlLayouts(const StlConfig& config, std::int64_t in, std::int64_t out,
                      const RowLayout& rows);

OperatorPlan planStl(const StlConfig& config, std::int64_t in, std::int64_t out,
                     const RowLayout& rows);

} // namespace inlay::engine

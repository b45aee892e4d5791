#pragma once

#include "engine/operators/operator_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine {

// The declaration of each family's keys, in its folder.
Schema<DenseConfig> denseSchema();
Schema<LowRankConfig> lowRankSchema();
Schema<BlockDiagonalConfig> blockDiagonalSchema();
Schema<StlConfig> stlSchema();
Schema<ButterflyConfig> butterflySchema();
Schema<TwoFourConfig> twoFourSchema();
Schema<MonarchConfig> monarchSchema();
Schema<BttConfig> bttSchema();

} // namespace inlay::engine

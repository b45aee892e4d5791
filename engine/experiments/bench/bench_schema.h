#pragma once

#include "engine/experiments/bench/bench_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::bench {

/// The keys of kind `bench`.
const Schema<BenchConfig>& benchSchema();

} // namespace inlay::engine::bench

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/experiments/bench/bench_config.h"
#include "engine/operators/operator_config.h"
#include "engine/operators/row_layout.h"
#include "engine/schema/issue.h"

namespace inlay::engine::bench {

/// A layer to time, without its size.
struct BenchLayer {
    std::string label; // "STL 4x24", unique in a run
    std::string key;   // key of the family's group, for issues
    OperatorConfig config;
    std::vector<std::int64_t> sizes;
    std::int64_t rows = 0; // 0: as many as inputs
};

/// A layer at a size.
struct BenchCase {
    BenchLayer layer;
    std::int64_t rows = 0;
    std::int64_t in = 0;
    std::int64_t out = 0;

    RowLayout layout() const { return {1, rows, false}; }
};

/// The layers that are measured, family by family.
std::vector<BenchLayer> benchLayers(const BenchConfig& config);

/// All layers at all their sizes.
std::vector<BenchCase> benchCases(const BenchConfig& config);

/// What the families say against a shape, with the key of the family's group, each once.
std::vector<Issue> checkCases(const BenchConfig& config);

} // namespace inlay::engine::bench

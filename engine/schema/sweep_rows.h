#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/schema/assignments.h"

namespace inlay::engine {

/// A named set of assignments: one row of a project's `variants`.
struct ProjectVariant {
    std::string name;
    std::vector<Assignment> set;

    bool operator==(const ProjectVariant&) const = default;
};

/// One key and the values it takes in turn.
struct GridAxis {
    std::string key;
    std::vector<Json> values;

    bool operator==(const GridAxis&) const = default;
};

struct ParsedGrid {
    std::vector<GridAxis> axes;
    std::vector<Issue> issues;
};
/// Reads "key=v1,v2" texts. Commas inside brackets, braces and double quotes do not separate.
ParsedGrid parseGrid(const std::vector<std::string>& texts);

/// One run of a sweep.
struct SweepRow {
    /// "STL r=24 · learning_rate=0.01 · seed 2"; parts that do not vary are left out, so a single
    /// run has an empty name.
    std::string name;
    /// Index into the variants; empty when there are none.
    std::optional<std::size_t> variant;
    /// The variant's and the grid's assignments as one step; the grid counts where both set a key.
    std::vector<Assignment> set;
    std::int64_t seed = 1;
};

/// How many rows sweepRows() makes; saturates instead of overflowing.
std::size_t sweepSize(const std::vector<ProjectVariant>& variants,
                      const std::vector<GridAxis>& grid, std::int64_t seeds);

/// Variants x grid x seeds, seeds fastest, then the last axis. No variants: one without
/// assignments. The seeds are firstSeed, firstSeed + 1, …
std::vector<SweepRow> sweepRows(const std::vector<ProjectVariant>& variants,
                                const std::vector<GridAxis>& grid, std::int64_t firstSeed,
                                std::int64_t seeds);

} // namespace inlay::engine

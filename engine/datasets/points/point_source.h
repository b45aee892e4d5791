#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/datasets/points/generated_points.h"
#include "engine/datasets/points/point_stream.h"
#include "engine/interop/row_reader.h"
#include "engine/schema/any_schema.h"

namespace inlay::engine {

/// Rows of a file (CSV, TSV, NPY, IDX, each also gzipped) or of standard input ("/dev/stdin").
struct TableConfig {
    std::filesystem::path path;
    BadRows badRows = BadRows::Refuse;
    /// Columns left out, from 1.
    std::vector<std::int64_t> skipColumns;
};

/// The value of `source.kind`, `source.…` in a configuration.
using PointSource = std::variant<Norm25Config, MixtureConfig, TableConfig>;

/// The kinds of sources as the alternatives of a variant field.
std::vector<Alternative> pointSourceAlternatives();

/// Throws Error where checkPointSource() has an issue.
std::unique_ptr<PointStream> openPoints(const PointSource& source);

/// What keeps a source from being read, keys starting with `source`. Small files are read through;
/// of large ones (above 256 MiB) the first 100,000 rows; standard input is not touched. `count`
/// gets the number of points where it is known by then.
std::vector<Issue> checkPointSource(const PointSource& source, std::optional<std::int64_t>& count);

} // namespace inlay::engine

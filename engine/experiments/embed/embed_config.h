#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "engine/analysis/embedding/tsne.h"
#include "engine/datasets/catalog.h"
#include "engine/interop/vector_table.h"

namespace inlay::engine::embed {

enum class DatasetPart { Training, Test, Both };

/// Images or features of a dataset; its labels are shown, never used.
struct DatasetSource {
    DatasetConfig dataset;
    DatasetPart part = DatasetPart::Test;
};

struct TableSource {
    std::string path;
    std::string labels;
    std::string labelColumn;
    std::string vectorColumn;
    std::string array;
    BadValues badValues = BadValues::Stop;
};

using SourceConfig = std::variant<DatasetSource, TableSource>;

struct PcaConfig {
    std::int64_t dimension = 2;
};

struct TsneConfig {
    std::int64_t dimension = 2;
    double perplexity = 30;
    std::int64_t iterations = 1000;
    double exaggeration = 12;
    std::int64_t exaggeratedIterations = 250;
    double learningRate = 0;
    TsneMethod method = TsneMethod::Auto;
    bool acceptLong = false;
};

struct UmapConfig {
    std::int64_t dimension = 2;
    std::int64_t neighbors = 15;
    double minDistance = 0.1;
    double spread = 1;
    std::int64_t epochs = 0;
    double learningRate = 1;
    std::int64_t negatives = 5;
};

using ProjectionConfig = std::variant<PcaConfig, TsneConfig, UmapConfig>;

enum class Scaling { None, Standardize };

struct QualityConfig {
    std::int64_t neighbors = 12;
    std::int64_t kept = 10;
    std::int64_t mostPoints = 5'000;
};

struct EmbedCheckpointConfig {
    double everySeconds = 30;
};

struct EmbedConfig {
    SourceConfig source = TableSource();
    std::int64_t count = 0; // 0 = all
    Scaling scaling = Scaling::None;
    std::int64_t reduce = 64; // 0 = never
    ProjectionConfig projection = TsneConfig();
    QualityConfig quality;
    EmbedCheckpointConfig checkpoint;
};

std::int64_t layoutDimension(const ProjectionConfig& projection);

} // namespace inlay::engine::embed

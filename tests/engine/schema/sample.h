#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "engine/schema/schema.h"

/// A config with every type of field, shaped like the ones of the experiments.
namespace sample {

enum class Rule { Sgd, Adamw };
struct OptimizerConfig {
    Rule kind = Rule::Adamw;
    double momentum = 0.9;
    double weightDecay = 0.01;
    int warmup = 0;
};
struct DenseConfig {};
struct LowRankConfig {
    int rank = 16;
};
enum class Start { Random, Strassen };
struct StlConfig {
    int tile = 4;
    int rank = 24;
    Start start = Start::Random;
    std::string group;
    bool trainEncoders = true;
    float factor = 0.1F;
};
using OperatorConfig = std::variant<DenseConfig, LowRankConfig, StlConfig>;
struct LayerRule {
    std::string match = "**";
    OperatorConfig op;
};
struct NetworkConfig {
    int width = 96;
    int heads = 4;
    std::vector<int> hidden = {256, 128};
    OperatorConfig op = LowRankConfig{.rank = 12};
    std::vector<LayerRule> layers;
};
struct BlobsConfig {
    std::int64_t count = 1000;
};
struct FileConfig {
    std::filesystem::path path;
    std::uint16_t port = 80;
};
struct Config {
    double learningRate = 1e-3;
    int epochs = 10;
    std::int64_t big = 0;
    double dropout = 0;
    std::string title;
    std::string mode = "fast";
    std::string folder;
    std::vector<double> shares = {0.5, 0.5};
    bool early = false;
    int patience = 3;
    OptimizerConfig optimizer;
    NetworkConfig network;
    std::variant<BlobsConfig, FileConfig> dataset;
};

inline inlay::engine::Schema<OptimizerConfig> optimizerSchema() {
    inlay::engine::Schema<OptimizerConfig> schema;
    schema.field("kind", &OptimizerConfig::kind)
        .choices({{Rule::Sgd, "sgd", "SGD", "Momentum descent"},
                  {Rule::Adamw, "adamw", "AdamW", "Adaptive steps"}});
    schema.field("momentum", &OptimizerConfig::momentum)
        .range(0, 0.999)
        .enabledWhen("kind", {"sgd"});
    schema.field("weight_decay", &OptimizerConfig::weightDecay).minimum(0).advanced();
    schema.field("warmup", &OptimizerConfig::warmup).minimum(0);
    return schema;
}

inline std::vector<inlay::engine::Alternative> operators() {
    using namespace inlay::engine;
    Schema<LowRankConfig> lowRank;
    lowRank.field("rank", &LowRankConfig::rank).range(1, 4096).help("Inner width.");
    Schema<StlConfig> stl;
    stl.field("tile", &StlConfig::tile).range(1, 8);
    stl.field("rank", &StlConfig::rank).minimum(1).help("Products a tile.");
    stl.field("start", &StlConfig::start)
        .choices({{Start::Random, "random", "Random", ""},
                  {Start::Strassen, "strassen", "Strassen", "Known triples"}});
    stl.field("group", &StlConfig::group);
    stl.field("train_encoders", &StlConfig::trainEncoders);
    stl.field("factor", &StlConfig::factor)
        .above(0)
        .maximum(10)
        .enabledWhen("train_encoders", {true});
    stl.check([](const StlConfig& config, std::vector<Issue>& issues) {
        const int most = config.tile * config.tile * config.tile;
        if (config.rank > most)
            issues.push_back({"rank", "rank is " + std::to_string(config.rank) +
                                          ", allowed is 1 to " + std::to_string(most) +
                                          " (tile³)"});
    });
    return {alternative<DenseConfig>("dense", "Dense", "The plain layer", Schema<DenseConfig>()),
            alternative<LowRankConfig>("low_rank", "Low rank", "Two thin factors", lowRank),
            alternative<StlConfig>("stl", "STL", "Tiles", stl)};
}

inline inlay::engine::Schema<NetworkConfig> networkSchema() {
    using namespace inlay::engine;
    Schema<LayerRule> rule;
    rule.field("match", &LayerRule::match).required();
    rule.variant("operator", &LayerRule::op, operators());
    Schema<NetworkConfig> schema;
    schema.field("width", &NetworkConfig::width).range(1, 4096).unit("px");
    schema.field("heads", &NetworkConfig::heads).range(1, 64);
    schema.field("hidden", &NetworkConfig::hidden).range(1, 9999).length(1, 4);
    schema.variant("operator", &NetworkConfig::op, operators()).title("Operator");
    schema.list("layers", &NetworkConfig::layers, rule).title("Layer rules");
    schema.check([](const NetworkConfig& config, std::vector<Issue>& issues) {
        if (config.width % config.heads != 0)
            issues.push_back({"width", "width is " + std::to_string(config.width) +
                                           ", allowed are multiples of heads (" +
                                           std::to_string(config.heads) + ")"});
    });
    return schema;
}

inline inlay::engine::Schema<Config> schema() {
    using namespace inlay::engine;
    Schema<BlobsConfig> blobs;
    blobs.field("count", &BlobsConfig::count).range(1, 1e9);
    Schema<FileConfig> file;
    file.field("path", &FileConfig::path).path(PathKind::Directory).required();
    file.field("port", &FileConfig::port);
    Schema<Config> schema;
    schema.field("learning_rate", &Config::learningRate)
        .help("Step size | at the peak.")
        .range(1e-7, 10)
        .logScale();
    schema.field("epochs", &Config::epochs).range(1, 1000).help("Passes over the data.");
    schema.field("big", &Config::big);
    schema.field("dropout", &Config::dropout).minimum(0).below(1);
    schema.field("title", &Config::title);
    schema.field("mode", &Config::mode)
        .choices({Choice{"fast", "Fast", ""}, Choice{"exact", "Exact", ""}});
    schema.field("folder", &Config::folder).path(PathKind::Directory);
    schema.field("shares", &Config::shares).range(0, 1);
    schema.field("early", &Config::early);
    schema.field("patience", &Config::patience).range(1, 50).enabledWhen("early", {true});
    schema.group("optimizer", &Config::optimizer, optimizerSchema()).title("Optimizer");
    schema.group("network", &Config::network, networkSchema()).title("Network");
    schema
        .variant("dataset", &Config::dataset,
                 {alternative<BlobsConfig>("blobs", "Blobs", "Made up", blobs),
                  alternative<FileConfig>("idx", "IDX files", "Read", file)})
        .title("Data");
    return schema;
}

} // namespace sample

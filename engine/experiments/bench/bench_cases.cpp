#include "engine/experiments/bench/bench_cases.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/operators/make.h"

namespace inlay::engine::bench {
namespace {

class LayerList {
public:
    explicit LayerList(const BenchConfig& config)
        : config_(config) {}

    void add(std::string label, const char* key, OperatorConfig layer, const FamilyShapes& own) {
        layers.push_back({std::move(label), key, std::move(layer),
                          own.sizes.empty() ? config_.sizes : own.sizes,
                          own.rows == 0 ? config_.rows : own.rows});
    }

    std::vector<BenchLayer> layers;

private:
    const BenchConfig& config_;
};

/// The field of a family's group that an operator's key comes from.
std::string fieldOf(const std::string& key) {
    if (key == "rank")
        return "ranks";
    return key == "tile" || key == "blocks" ? key : "sizes";
}

} // namespace

std::vector<BenchLayer> benchLayers(const BenchConfig& config) {
    LayerList list(config);
    if (config.stl.measure)
        for (const std::int64_t rank : config.stl.ranks) {
            StlConfig stl;
            stl.tile = config.stl.tile;
            stl.rank = rank;
            stl.weights = config.stl.weights;
            stl.start = StlStart::Random; // the time does not depend on the numbers
            list.add(fmt::format("STL {}x{}", stl.tile, rank), "stl", stl, config.stl);
        }
    if (config.butterfly.measure) {
        ButterflyConfig butterfly;
        butterfly.form = config.butterfly.form;
        list.add(butterfly.form == ButterflyForm::Square ? "Butterfly" : "Butterfly gadget",
                 "butterfly", butterfly, config.butterfly);
    }
    if (config.twoFour.measure) {
        TwoFourConfig twoFour;
        twoFour.transposable = config.twoFour.transposable;
        twoFour.training = TwoFourTraining::Ste;
        list.add(twoFour.transposable ? "2:4 transposable" : "2:4", "two_four", twoFour,
                 config.twoFour);
    }
    if (config.lowRank.measure)
        for (const std::int64_t rank : config.lowRank.ranks)
            list.add(fmt::format("Low rank {}", rank), "low_rank", LowRankConfig{rank},
                     config.lowRank);
    if (config.blockDiagonal.measure)
        for (const std::int64_t blocks : config.blockDiagonal.blocks)
            list.add(fmt::format("Blocks {}", blocks), "block_diagonal",
                     BlockDiagonalConfig{blocks}, config.blockDiagonal);
    if (config.monarch.measure)
        for (const std::int64_t blocks : config.monarch.blocks)
            list.add(fmt::format("Monarch {}", blocks), "monarch", MonarchConfig{blocks},
                     config.monarch);
    if (config.btt.measure)
        for (const std::int64_t rank : config.btt.ranks)
            list.add(fmt::format("BTT {}", rank), "btt", BttConfig{.rank = rank}, config.btt);
    return list.layers;
}

std::vector<BenchCase> benchCases(const BenchConfig& config) {
    std::vector<BenchCase> cases;
    for (const BenchLayer& layer : benchLayers(config))
        for (const std::int64_t size : layer.sizes)
            cases.push_back({layer, layer.rows == 0 ? size : layer.rows, size,
                             config.outputs == 0 ? size : config.outputs});
    return cases;
}

std::vector<Issue> checkCases(const BenchConfig& config) {
    std::vector<Issue> issues;
    const std::vector<BenchLayer> layers = benchLayers(config);
    if (layers.empty())
        issues.push_back({"stl.measure", "no family is measured; set at least one of stl.measure, "
                                         "butterfly.measure, two_four.measure, low_rank.measure, "
                                         "block_diagonal.measure, monarch.measure and btt.measure "
                                         "to true"});
    for (std::size_t i = 0; i < layers.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (layers[i].label == layers[j].label)
                issues.push_back({layers[i].key, fmt::format("{} is listed twice; every layer is "
                                                             "measured once",
                                                             layers[i].label)});
    std::vector<std::pair<std::string, std::string>> said; // of a layer, whatever its size
    for (const BenchCase& one : benchCases(config))
        for (const Issue& issue :
             planOperator(one.layer.config, one.in, one.out, one.layout()).issues) {
            const std::pair words(one.layer.label, issue.message);
            if (std::find(said.begin(), said.end(), words) != said.end())
                continue;
            said.push_back(words);
            const std::string key = one.layer.key + "." + fieldOf(issue.key);
            issues.push_back({key, fmt::format("{}: {} at {} x {}: {}", key, one.layer.label,
                                               one.in, one.out, issue.message)});
        }
    return issues;
}

} // namespace inlay::engine::bench

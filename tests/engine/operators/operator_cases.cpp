#include "operator_cases.h"

#include <tuple>
#include <utility>

namespace inlay::operator_cases {

using namespace engine;

namespace {

class Cases {
public:
    void add(std::string what, OperatorConfig config, std::int64_t in, std::int64_t out,
             RowLayout rows) {
        std::string name = std::string(familyOf(config)) + " " + what + " " + std::to_string(in) +
                           "x" + std::to_string(out) + " rows " + std::to_string(rows.groups) +
                           "x" + std::to_string(rows.rowsPerGroup) + (rows.causal ? " causal" : "");
        cases_.push_back({std::move(name), std::move(config), in, out, rows});
    }
    std::vector<OperatorCase> take() { return std::move(cases_); }

private:
    std::vector<OperatorCase> cases_;
};

constexpr RowLayout kOneRow{1, 1};
constexpr RowLayout kSamples{5, 1};
constexpr RowLayout kSequences{3, 7};
constexpr RowLayout kCausal{2, 6, true};

StlConfig stl(std::int64_t tile, std::int64_t rank, StlStart start) {
    StlConfig config;
    config.tile = tile;
    config.rank = rank;
    config.start = start;
    return config;
}

void addStl(Cases& cases) {
    const StlConfig usual = stl(4, 24, StlStart::Strassen);
    cases.add("strassen", usual, 13, 10, kSequences);
    cases.add("strassen", usual, 8, 12, kCausal);
    cases.add("strassen", usual, 7, 5, kSamples);
    cases.add("strassen", usual, 1, 1, kOneRow);
    StlConfig tied = usual;
    tied.weights = StlWeights::Tied;
    cases.add("tied", tied, 13, 10, kSequences);
    StlConfig frozen = usual;
    frozen.trainEncoders = false;
    cases.add("frozen", frozen, 9, 6, kSequences);
    frozen.weights = StlWeights::Tied;
    cases.add("frozen tied", frozen, 9, 6, kSequences);
    StlConfig across = usual;
    across.grouping = StlGrouping::Across;
    cases.add("across", across, 6, 9, kSequences);
    cases.add("across", across, 5, 8, kSamples);
    StlConfig single = usual;
    single.grouping = StlGrouping::Single;
    cases.add("single", single, 6, 9, kSequences);
    for (const auto& [tile, rank] : {std::pair{1, 1}, {2, 5}, {3, 11}, {5, 30}, {8, 20}}) {
        cases.add("random t" + std::to_string(tile), stl(tile, rank, StlStart::Random), 11, 7,
                  kSequences);
    }
    for (const auto& [tile, rank] : {std::pair{2, 7}, {3, 23}, {4, 49}}) {
        StlConfig exact = stl(tile, rank, StlStart::Exact);
        cases.add("exact t" + std::to_string(tile), exact, 7, 9, kSequences);
        exact.weights = StlWeights::Tied;
        exact.trainEncoders = false;
        cases.add("exact tied frozen t" + std::to_string(tile), exact, 7, 9, kCausal);
    }
    StlConfig grouped = usual;
    grouped.group = "mlp";
    grouped.encoderLearningRateFactor = 0.1;
    cases.add("group", grouped, 8, 8, kSequences);
}

void addButterfly(Cases& cases) {
    const ButterflyConfig square;
    for (const auto& [in, out] : {std::pair{8, 8}, {5, 3}, {3, 8}, {13, 16}, {16, 7}, {1, 2}})
        cases.add("square", square, in, out, kSequences);
    for (const ButterflyStart start :
         {ButterflyStart::Ortho, ButterflyStart::Randn, ButterflyStart::Identity}) {
        const ButterflyConfig config{.order = ButterflyStageOrder::Decreasing, .start = start};
        cases.add("square decreasing " + std::to_string(static_cast<int>(start)), config, 11, 6,
                  kSamples);
    }
    ButterflyConfig gadget{.form = ButterflyForm::Gadget};
    for (const auto& [in, out] : {std::pair{16, 16}, {13, 10}, {2, 5}, {20, 8}})
        cases.add("gadget", gadget, in, out, kSequences);
    gadget.order = ButterflyStageOrder::Decreasing;
    gadget.scaling = ButterflyScaling::Paper;
    gadget.kRule = ButterflyWidthRule::Custom;
    gadget.kIn = 3;
    gadget.kOut = 5;
    cases.add("gadget custom", gadget, 7, 12, kOneRow);
    gadget.kRule = ButterflyWidthRule::Fifth;
    cases.add("gadget fifth", gadget, 24, 9, kSamples);
}

void addTwoFour(Cases& cases) {
    for (const TwoFourTraining training :
         {TwoFourTraining::Fixed, TwoFourTraining::Ste, TwoFourTraining::SrSte}) {
        const std::string name = "training " + std::to_string(static_cast<int>(training));
        const TwoFourConfig config{.training = training};
        cases.add(name, config, 8, 8, kSequences);
        cases.add(name, config, 7, 5, kSamples);
        cases.add(name, config, 13, 3, kSequences);
        TwoFourConfig transposable = config;
        transposable.transposable = true;
        cases.add(name + " transposable", transposable, 8, 12, kSequences);
        cases.add(name + " transposable", transposable, 7, 5, kSamples);
    }
    cases.add("decoupled", TwoFourConfig{.lambdaOn = TwoFourLambdaOn::Decoupled}, 9, 4, kOneRow);
}

} // namespace

std::vector<OperatorCase> all() {
    Cases cases;
    for (const auto& [in, out] : {std::pair{5, 7}, {16, 12}, {1, 1}})
        cases.add("", DenseConfig{}, in, out, kSequences);
    cases.add("1", LowRankConfig{1}, 5, 7, kSequences);
    cases.add("4", LowRankConfig{4}, 8, 13, kSamples);
    cases.add("5", LowRankConfig{5}, 5, 5, kOneRow);
    cases.add("1", BlockDiagonalConfig{1}, 5, 7, kSequences);
    cases.add("2", BlockDiagonalConfig{2}, 6, 10, kSamples);
    cases.add("7", BlockDiagonalConfig{7}, 7, 14, kSequences);
    for (const auto& [blocks, in, out] :
         {std::tuple{1, 5, 7}, {2, 6, 10}, {3, 12, 9}, {4, 16, 16}, {7, 7, 14}})
        cases.add(std::to_string(blocks), MonarchConfig{blocks}, in, out, kSequences);
    for (const auto& [rank, in, out] :
         {std::tuple{1, 12, 12}, {2, 12, 18}, {3, 16, 9}, {2, 7, 12}, {1, 1, 1}})
        cases.add(std::to_string(rank), BttConfig{.rank = rank}, in, out, kSamples);
    cases.add("even rates", BttConfig{.rank = 2, .coreRates = false}, 8, 6, kOneRow);
    addStl(cases);
    addButterfly(cases);
    addTwoFour(cases);
    return cases.take();
}

} // namespace inlay::operator_cases

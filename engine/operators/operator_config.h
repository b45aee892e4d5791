#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

// The families' parameters as plain values. Their schemas (titles, help, ranges) are in each
// family's folder; the keys are the members' names in snake_case.
namespace inlay::engine {

struct DenseConfig {
    bool operator==(const DenseConfig&) const = default;
};

struct LowRankConfig {
    std::int64_t rank = 16;
    bool operator==(const LowRankConfig&) const = default;
};

struct BlockDiagonalConfig {
    std::int64_t blocks = 4;
    bool operator==(const BlockDiagonalConfig&) const = default;
};

enum class StlWeights { Encoded, Tied };
enum class StlStart { Random, Strassen, Fitted, Exact };
enum class StlGrouping { Within, Across, Single };

struct StlConfig {
    std::int64_t tile = 4;
    std::int64_t rank = 24;
    StlWeights weights = StlWeights::Encoded;
    StlStart start = StlStart::Strassen;
    std::filesystem::path triple; // of a fitted start: a file that holds E_X, E_W and D
    std::string group;            // layers with the same non-empty group share their encoders
    bool trainEncoders = true;
    double encoderLearningRateFactor = 1.0;
    std::int64_t rebalanceEvery = 0;
    StlGrouping grouping = StlGrouping::Within;
    bool operator==(const StlConfig&) const = default;
};

enum class ButterflyForm { Square, Gadget };
enum class ButterflyStart { Fjlt, Ortho, Randn, Identity };
enum class ButterflyStageOrder { Increasing, Decreasing };
enum class ButterflyScaling { Matched, Paper };
enum class ButterflyWidthRule { Log2, Log2Squared, SquareRoot, Fifth, Custom };

struct ButterflyConfig {
    ButterflyForm form = ButterflyForm::Square;
    ButterflyWidthRule kRule = ButterflyWidthRule::Log2;
    std::int64_t kIn = 16; // with the custom rule
    std::int64_t kOut = 16;
    ButterflyStageOrder order = ButterflyStageOrder::Increasing;
    ButterflyStart start = ButterflyStart::Fjlt;
    ButterflyScaling scaling = ButterflyScaling::Matched;
    bool operator==(const ButterflyConfig&) const = default;
};

enum class TwoFourTraining { Fixed, Ste, SrSte };
enum class TwoFourScores { Magnitude };
enum class TwoFourLambdaOn { Gradient, Decoupled };

struct TwoFourConfig {
    TwoFourTraining training = TwoFourTraining::SrSte;
    TwoFourScores scores = TwoFourScores::Magnitude;
    double lambda = 2e-4;
    TwoFourLambdaOn lambdaOn = TwoFourLambdaOn::Gradient;
    bool transposable = false;
    bool operator==(const TwoFourConfig&) const = default;
};

struct MonarchConfig {
    std::int64_t blocks = 4;
    bool operator==(const MonarchConfig&) const = default;
};

struct BttConfig {
    std::int64_t rank = 1;
    bool coreRates = true;
    bool operator==(const BttConfig&) const = default;
};

/// One line a family; the catalog has the same order.
using OperatorConfig = std::variant<DenseConfig, LowRankConfig, BlockDiagonalConfig, StlConfig,
                                    ButterflyConfig, TwoFourConfig, MonarchConfig, BttConfig>;

} // namespace inlay::engine

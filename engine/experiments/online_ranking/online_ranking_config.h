#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

namespace inlay::engine::online_ranking {

/// Every item is as likely as any other.
struct UniformConfig {
    bool operator==(const UniformConfig&) const = default;
};
/// Item i (from 1) is chosen with probability proportional to i^-exponent.
struct ZipfConfig {
    double exponent = 1;
    bool operator==(const ZipfConfig&) const = default;
};
/// Scores that fall evenly from item to item by `spread` over all; chosen by e^score.
struct BradleyTerryConfig {
    double spread = 5;
    bool operator==(const BradleyTerryConfig&) const = default;
};
/// Zipf whose order is reversed at `count` moments that cut the run into equal parts.
struct SwitchConfig {
    double exponent = 1;
    std::int64_t count = 1;
    bool operator==(const SwitchConfig&) const = default;
};
/// Zipf that turns, round by round, into its reverse.
struct DriftConfig {
    double exponent = 1;
    bool operator==(const DriftConfig&) const = default;
};
enum class Target { LeastChosen, LowestRanked };
/// Chooses what hurts.
struct AdversaryConfig {
    Target target = Target::LeastChosen;
    bool operator==(const AdversaryConfig&) const = default;
};
/// Item after item, each in one stretch of rounds.
struct BlockConfig {
    bool operator==(const BlockConfig&) const = default;
};
/// Rounds of a CSV file, or the orders of a PrefLib file.
struct ReplayConfig {
    std::filesystem::path path;
    bool shuffle = false;
    bool rescale = false;
    bool operator==(const ReplayConfig&) const = default;
};
using EnvironmentConfig = std::variant<UniformConfig, ZipfConfig, BradleyTerryConfig, SwitchConfig,
                                       DriftConfig, AdversaryConfig, BlockConfig, ReplayConfig>;

enum class FeedbackKind {
    Choice,   // `chosen` distinct items
    Subset,   // 1 to `chosen` distinct items
    Pair,     // winner and loser of one pair
    Ranking,  // a whole ranking, linear loss
    Spearman, // a whole ranking, losses in Spearman distance
};

struct AlgorithmsConfig {
    bool anytime = true;
    bool fixed = true;
    bool smallLoss = false;
    bool manual = false;
    bool rateGrid = false;
    bool permutahedron = true;
    bool fpl = true;
    bool permELearn = false;
    bool followLeader = true;
    bool random = false;
};

enum class Sampler { PlackettLuce, QuickSort };

struct OnlineRankConfig {
    Sampler sampler = Sampler::PlackettLuce;
    double rate = 0.1; // of `manual`
    double multiplier = 1;
};

struct FplConfig {
    double epsilon = 0; // 0 = tuned
};

struct PermELearnConfig {
    double tolerance = 1e-9;
    std::int64_t sweeps = 500;
    double multiplier = 1;
};

enum class LossCurve { Expected, Sampled };

struct CheckpointConfig {
    double everySeconds = 30; // 0 = only when stopped
};

struct OnlineRankingConfig {
    EnvironmentConfig environment = ZipfConfig{};
    std::int64_t items = 50;
    std::int64_t rounds = 10000;
    FeedbackKind feedback = FeedbackKind::Choice;
    std::int64_t chosen = 1;
    AlgorithmsConfig algorithms;
    OnlineRankConfig onlineRank;
    FplConfig fpl;
    PermELearnConfig permELearn;
    LossCurve lossCurve = LossCurve::Expected;
    std::int64_t replicates = 5;
    std::int64_t points = 400;
    CheckpointConfig checkpoint;
};

} // namespace inlay::engine::online_ranking

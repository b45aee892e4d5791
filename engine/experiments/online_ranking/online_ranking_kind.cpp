#include "engine/experiments/online_ranking/online_ranking_kind.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/online_ranking/online_ranking_outputs.h"
#include "engine/experiments/online_ranking/online_ranking_schema.h"
#include "engine/experiments/online_ranking/online_ranking_session.h"
#include "engine/experiments/online_ranking/perm_elearn.h"

namespace inlay::engine::online_ranking {
namespace {

constexpr std::int64_t kMostItemsExpected = 100'000;
constexpr std::int64_t kMostItemsOfRankings = 2'000;

bool isRanking(FeedbackKind feedback) {
    return feedback == FeedbackKind::Ranking || feedback == FeedbackKind::Spearman;
}

void checkGenerated(const OnlineRankingConfig& config, std::vector<Issue>& issues) {
    const bool sets =
        config.feedback == FeedbackKind::Choice || config.feedback == FeedbackKind::Subset;
    if (sets && config.chosen >= config.items)
        issues.push_back({"chosen", fmt::format("chosen is {}, k must be between 1 and {} (n={})",
                                                config.chosen, config.items - 1, config.items)});
    const bool adversary = std::holds_alternative<AdversaryConfig>(config.environment);
    if (!sets && (adversary || std::holds_alternative<BlockConfig>(config.environment)))
        issues.push_back({"feedback", fmt::format("feedback must be choice or subset where the "
                                                  "environment is {}",
                                                  adversary ? "adversary" : "block")});
    const auto* target = std::get_if<AdversaryConfig>(&config.environment);
    if (config.algorithms.smallLoss && target && target->target == Target::LowestRanked)
        issues.push_back({"algorithms.small_loss",
                          "algorithms.small_loss plays the rounds ahead and needs an environment "
                          "that does not answer to the algorithm; environment.target is "
                          "lowest_ranked, allowed is least_chosen"});
}

void checkSizes(const OnlineRankingConfig& config, std::int64_t n, bool rankings,
                std::vector<Issue>& issues) {
    const auto issue = [&](const char* key, const std::string& message) {
        issues.push_back({key, message});
    };
    if (config.lossCurve == LossCurve::Expected && n > kMostItemsExpected)
        issue("loss_curve",
              fmt::format("loss_curve is expected, which is allowed up to {} items, here are {}; "
                          "sampled is allowed for all",
                          kMostItemsExpected, n));
    if (config.lossCurve == LossCurve::Expected && rankings && n > kMostItemsOfRankings)
        issue("loss_curve",
              fmt::format("loss_curve is expected, which for whole rankings is allowed up to {} "
                          "items (n² terms a round), here are {}; sampled is allowed for all",
                          kMostItemsOfRankings, n));
    if (config.algorithms.permELearn && n > PermELearn::kMostItems)
        issue("algorithms.perm_elearn",
              fmt::format("algorithms.perm_elearn is on, which is allowed up to {} items, here are "
                          "{}: its matrix would take {:.3g} MB and about {:.3g} s a round",
                          PermELearn::kMostItems, n, 8e-6 * static_cast<double>(n) * double(n),
                          // About 40 sweeps of 2 ns an entry.
                          40 * 2e-9 * static_cast<double>(n) * double(n)));
}

class OnlineRankingKind final : public ExperimentKind {
public:
    const char* id() const override { return "online_ranking"; }
    const char* title() const override { return "Online ranking"; }
    const char* summary() const override {
        return "Ranks items before each round's choice is known and measures the regret against "
               "the best fixed ranking, with its bound.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return onlineRankingSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override {
        return onlineRankingOutputs();
    }
    std::vector<std::string> headlines() const override {
        return {"regret/online_rank_anytime", "regret/online_rank_fixed", "regret/{algorithm}"};
    }

    std::vector<Issue> check(const Json& values, const std::string& device) const override {
        const OnlineRankingConfig config = onlineRankingSchema().read(values);
        std::vector<Issue> issues;
        if (device.starts_with("cuda"))
            issues.push_back(
                {"device", fmt::format("device is {}; online ranking runs on the cpu", device)});
        if (chosenAlgorithms(config.algorithms).empty())
            issues.push_back({"algorithms", "algorithms are all off; at least one must be on"});
        if (!std::holds_alternative<ReplayConfig>(config.environment)) {
            checkGenerated(config, issues);
            checkSizes(config, config.items, isRanking(config.feedback), issues);
            return issues;
        }
        try {
            const Game game = makeGame(config);
            checkSizes(config, game.n, game.steps() == Steps::Real, issues);
            if (game.totalMass <= 0)
                issues.push_back({"environment.path",
                                  "environment.path names a file whose rounds prefer no item to "
                                  "another; there is nothing to learn"});
        } catch (const Error& error) {
            issues.push_back({"environment.path", error.what()});
        }
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return OnlineRankingSession(onlineRankingSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& onlineRankingKind() {
    static const OnlineRankingKind kind;
    return kind;
}

} // namespace inlay::engine::online_ranking

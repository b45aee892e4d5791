#include "engine/experiments/active_ranking/active_ranking_kind.h"

#include "engine/experiments/active_ranking/active_ranking_outputs.h"
#include "engine/experiments/active_ranking/active_ranking_schema.h"
#include "engine/experiments/active_ranking/file_labels.h"
#include "engine/experiments/active_ranking/item_list.h"
#include "engine/experiments/active_ranking/machine_session.h"
#include "engine/experiments/active_ranking/person_session.h"

namespace inlay::engine::active_ranking {
namespace {

class ActiveRankingKind final : public ExperimentKind {
public:
    const char* id() const override { return "active_ranking"; }
    const char* title() const override { return "Active ranking"; }
    const char* summary() const override {
        return "Ranks items from pairwise preferences that it asks for, by simulated labels or by "
               "a person, and measures the loss against the labels bought.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return activeRankingSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override {
        return activeRankingOutputs();
    }
    std::vector<std::string> headlines() const override {
        return {"regret/active_ring", "regret/{strategy}", "loss/active_ring", "loss/{strategy}",
                "contradictions"};
    }

    std::vector<Issue> check(const Json& values, const std::string& /*device*/) const override {
        const ActiveRankingConfig config = activeRankingSchema().read(values);
        if (const auto* file = std::get_if<FileOracle>(&config.oracle)) {
            std::vector<Issue> issues = checkFile(*file);
            if (issues.empty() && config.strategies.sampleAndRank &&
                readFileLabels(*file).tournament.items() > kMostLiteralItems)
                issues.push_back(
                    {"strategies.sample_and_rank", "sample_and_rank is on, it runs to 500 items"});
            return issues;
        }
        const auto* person = std::get_if<PersonOracle>(&config.oracle);
        if (!person)
            return {};
        const ItemList items = readItems(person->items, person->count);
        if (items.problem.empty())
            return {};
        return {{"oracle.items", "items: " + items.problem}};
    }

    std::vector<std::string> flags(const Json& /*values*/) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        const ActiveRankingConfig config = activeRankingSchema().read(values);
        if (const auto* person = std::get_if<PersonOracle>(&config.oracle))
            return PersonSession(*person, context).run();
        return MachineSession(config, context).run();
    }
};

} // namespace

const ExperimentKind& activeRankingKind() {
    static const ActiveRankingKind kind;
    return kind;
}

} // namespace inlay::engine::active_ranking

#include "engine/experiments/amm/amm_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/experiments/amm/amm_schema.h"
#include "engine/experiments/amm/amm_session.h"

namespace inlay::engine::amm {
namespace {

const std::vector<OutputDeclaration>& ammOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Series,
         "error/{start}/{rank}/{statistic}",
         "Squared relative error",
         "",
         Better::Lower,
         {}},
        {Metric, "error/{start}/{rank}", "Squared relative error, median", "", Better::Lower, {}},
        {Metric,
         "error/{start}/{rank}/best",
         "Squared relative error, best",
         "",
         Better::Lower,
         {}},
        {Metric, "max_coefficient/{start}/{rank}", "Largest coefficient", "", Better::Lower, {}},
        {Metric, "keep_r/{rank}", "Squared error of keeping r products", "", Better::Lower, {}},
        {Metric,
         "low_rank/{rank}",
         "Squared error of low rank at the same count",
         "",
         Better::Lower,
         {}},
        {Metric, "two_four/{mask}", "Squared error of 2:4 pruning", "", Better::Lower, {}},
        {Table, "references", "References", "", Better::Lower, {"name", "error"}},
        {Table,
         "triples",
         "Triples saved",
         "",
         Better::Neither,
         {"rank", "start", "error", "max_coefficient", "artifact"}},
        {Frame, "triple/{start}/{rank}", "Best encoders and decoder", "", Better::Neither, {}},
    };
    return outputs;
}

class AmmKind final : public ExperimentKind {
public:
    const char* id() const override { return "amm"; }
    const char* title() const override { return "Approximate product"; }
    const char* summary() const override {
        return "Fits r products a tile to the exact matrix product, from Strassen's triple and "
               "from "
               "random starts, beside keeping r products, low rank and 2:4 pruning.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return ammSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return ammOutputs(); }
    std::vector<std::string> headlines() const override {
        return {"error/theory/{rank}", "error/{start}/{rank}"};
    }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const AmmConfig config = ammSchema().read(values);
        std::vector<Issue> issues;
        const std::int64_t cube = config.tile * config.tile * config.tile;
        for (const std::int64_t rank : config.ranks)
            if (rank > cube)
                issues.push_back(
                    {"ranks", fmt::format("ranks has {} with tile = {}; allowed: 1 to {}, the rank "
                                          "of the exact product by definition (tile cubed)",
                                          rank, config.tile, cube)});
        for (std::size_t i = 0; i < config.ranks.size(); ++i)
            if (std::find(config.ranks.begin(),
                          config.ranks.begin() + static_cast<std::ptrdiff_t>(i),
                          config.ranks[i]) != config.ranks.begin() + static_cast<std::ptrdiff_t>(i))
                issues.push_back(
                    {"ranks", fmt::format("ranks has {} twice; allowed is each rank once",
                                          config.ranks[i])});
        if (startsOf(config).empty())
            issues.push_back({"theory",
                              "theory, random, alternating, naive, polynomial and cyclic are "
                              "all false; set at least one start to true"});
        const std::int64_t strassen = config.tile == 2 ? 7 : config.tile == 4 ? 49 : 0;
        if (config.theory && strassen == 0)
            issues.push_back({"theory", fmt::format("theory is true with tile = {}; Strassen's "
                                                    "triple exists for tile 2 and 4",
                                                    config.tile)});
        else if (config.theory)
            for (const std::int64_t rank : config.ranks)
                if (rank > strassen && rank <= cube)
                    issues.push_back(
                        {"ranks", fmt::format("ranks has {} with theory = true; Strassen's triple "
                                              "of tile {} has {} rows, allowed: 1 to {}",
                                              rank, config.tile, strassen, strassen)});
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return AmmSession(ammSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& ammKind() {
    static const AmmKind kind;
    return kind;
}

} // namespace inlay::engine::amm

#include "engine/experiments/sketch/sketch_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/experiments/sketch/sketch_schema.h"
#include "engine/experiments/sketch/sketch_session.h"

namespace inlay::engine::sketch {
namespace {

const std::vector<OutputDeclaration>& sketchOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "error/{arm}/{kept}", "Test error, squared norm", "", Better::Lower, {}},
        {Series, "plain_error/{arm}/{kept}", "Test error, norm", "", Better::Lower, {}},
        {Metric, "error/{arm}/{kept}", "Test error, squared norm", "", Better::Lower, {}},
        {Metric, "plain_error/{arm}/{kept}", "Test error, norm", "", Better::Lower, {}},
        {Metric, "best/squared", "Best squared norm left", "", Better::Neither, {}},
        {Metric, "best/plain", "Best norm left", "", Better::Neither, {}},
        {Table,
         "sketches",
         "Sketches",
         "",
         Better::Neither,
         {"arm", "kept", "rank", "numbers", "error", "plain_error"}},
        {Table,
         "lengths",
         "Squared lengths under random butterflies",
         "",
         Better::Neither,
         {"kept", "draws", "mean", "exact_mean", "variance", "exact_variance"}},
        {Frame, "lengths/{kept}", "Squared lengths", "", Better::Neither, {}},
    };
    return outputs;
}

class SketchKind final : public ExperimentKind {
public:
    const char* id() const override { return "sketch"; }
    const char* title() const override { return "Learned sketch"; }
    const char* summary() const override {
        return "Learns butterfly and sparse sketches for low-rank approximation from training "
               "matrices and measures them on others, beside random sketches.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return sketchSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return sketchOutputs(); }
    std::vector<std::string> headlines() const override {
        return {"error/butterfly/{kept}", "error/{arm}/{kept}"};
    }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const SketchConfig config = sketchSchema().read(values);
        std::int64_t coordinates = 0;
        std::int64_t columns = 0;
        std::vector<Issue> issues =
            prefixed(checkMatrixSet(config.matrices, coordinates, columns), "matrices");
        if (!issues.empty())
            return issues;
        const std::int64_t most = std::min(coordinates, columns);
        if (config.rank > most)
            issues.push_back({"rank", fmt::format("rank is {}, allowed is 1 to {}, the smaller of "
                                                  "rows and columns",
                                                  config.rank, most)});
        for (auto kept = config.kept.begin(); kept != config.kept.end(); ++kept) {
            if (*kept > coordinates || *kept < std::min(config.rank, coordinates))
                issues.push_back({"kept", fmt::format("kept has {}, allowed is {} (the rank) to "
                                                      "{} (the rows)",
                                                      *kept, config.rank, coordinates)});
            if (std::find(config.kept.begin(), kept, *kept) != kept)
                issues.push_back(
                    {"kept", fmt::format("kept has {} twice; allowed is each once", *kept)});
            for (const std::int64_t nonzeros : config.sparse)
                if (nonzeros > *kept)
                    issues.push_back({"sparse", fmt::format("sparse has {}, more than the {} rows "
                                                            "of a sketch",
                                                            nonzeros, *kept)});
        }
        for (auto one = config.sparse.begin(); one != config.sparse.end(); ++one)
            if (std::find(config.sparse.begin(), one, *one) != one)
                issues.push_back(
                    {"sparse", fmt::format("sparse has {} twice; allowed is each once", *one)});
        if (jobsOf(config).empty())
            issues.push_back({"butterfly", "butterfly is false and sparse is empty: nothing is "
                                           "learned; set one of them"});
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return SketchSession(sketchSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& sketchKind() {
    static const SketchKind kind;
    return kind;
}

} // namespace inlay::engine::sketch

#include "engine/experiments/embed/embed_kind.h"

#include <fmt/format.h>

#include "engine/experiments/embed/embed_outputs.h"
#include "engine/experiments/embed/embed_schema.h"
#include "engine/experiments/embed/embed_session.h"
#include "engine/experiments/embed/embed_source.h"

namespace inlay::engine::embed {
namespace {

class EmbedKind final : public ExperimentKind {
public:
    const char* id() const override { return "embed"; }
    const char* title() const override { return "Project vectors"; }
    const char* summary() const override {
        return "Lays vectors out in two or three dimensions by PCA, t-SNE or UMAP and says what of "
               "their neighborhoods the picture keeps.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return embedSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return embedOutputs(); }
    std::vector<std::string> headlines() const override {
        return {"trustworthiness", "explained_variance"};
    }

    std::vector<Issue> check(const Json& values, const std::string& device) const override {
        std::vector<Issue> issues = checkSource(embedSchema().read(values));
        if (device.starts_with("cuda") || device.starts_with("check:cuda"))
            issues.push_back({"device", fmt::format("device is {}; projections compute on the cpu, "
                                                    "allowed are auto and cpu",
                                                    device)});
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return EmbedSession(embedSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& embedKind() {
    static const EmbedKind kind;
    return kind;
}

} // namespace inlay::engine::embed

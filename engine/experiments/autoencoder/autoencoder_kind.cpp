#include "engine/experiments/autoencoder/autoencoder_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/experiments/autoencoder/autoencoder_schema.h"
#include "engine/experiments/autoencoder/autoencoder_session.h"

namespace inlay::engine::autoencoder {
namespace {

const std::vector<OutputDeclaration>& autoencoderOutputs() {
    using enum OutputType;
    const auto loss = [](const char* name, const char* title) {
        return OutputDeclaration{Metric, name, title, "", Better::Lower, {}};
    };
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "loss/{arm}/{rank}", "Squared error", "", Better::Lower, {}},
        {Metric, "energy", "Squared norm of the matrix", "", Better::Neither, {}},
        loss("pca/{rank}", "Squared error of PCA"),
        loss("bound/{rank}", "(1 + epsilon) times PCA"),
        loss("fjlt_pca/{rank}", "Squared error of FJLT and PCA"),
        loss("phase1/{rank}", "Squared error after phase 1"),
        loss("phase2/{rank}", "Squared error after phase 2"),
        loss("best/{rank}", "Least squared error of phase 2"),
        loss("together/{rank}", "Squared error, all trained together"),
        {Table,
         "cases",
         "Ranks",
         "",
         Better::Neither,
         {"rank", "kept", "live_weights", "encoder_numbers", "dense_encoder_numbers", "energy",
          "numbers", "pca", "bound", "fjlt_pca", "first_step", "first_step_together"}},
        {Table, "levels", "Critical levels", "", Better::Neither, {"rank", "chosen", "loss"}},
        {Table,
         "results",
         "Results",
         "",
         Better::Neither,
         {"rank", "phase1", "phase2", "best", "phase1_mean", "phase2_mean", "together",
          "together_best"}},
    };
    return outputs;
}

class AutoencoderKind final : public ExperimentKind {
public:
    const char* id() const override { return "autoencoder"; }
    const char* title() const override { return "Butterfly autoencoder"; }
    const char* summary() const override {
        return "Trains encoder-decoder networks that begin with a truncated butterfly, in two "
               "phases, beside PCA, a fixed butterfly with PCA and the theory's levels.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return autoencoderSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return autoencoderOutputs(); }
    std::vector<std::string> headlines() const override {
        return {"best/{rank}", "phase2/{rank}", "together/{rank}", "phase1/{rank}"};
    }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const AutoencoderConfig config = autoencoderSchema().read(values);
        std::int64_t coordinates = 0;
        std::int64_t samples = 0;
        std::vector<Issue> issues = checkMatrix(config.matrix, "matrix", coordinates, samples);
        if (!issues.empty())
            return issues;
        const std::int64_t most = std::min(coordinates, samples);
        if (config.kept > coordinates)
            issues.push_back({"kept", fmt::format("kept is {}, allowed is 0 (by epsilon) to {}, "
                                                  "the coordinates",
                                                  config.kept, coordinates)});
        for (auto rank = config.ranks.begin(); rank != config.ranks.end(); ++rank) {
            if (*rank > most)
                issues.push_back({"ranks", fmt::format("ranks has {}, allowed is 1 to {}, the "
                                                       "smaller of coordinates and samples",
                                                       *rank, most)});
            else if (config.kept > 0 && *rank > config.kept)
                issues.push_back({"kept", fmt::format("kept is {} with rank {}; a code of {} "
                                                      "numbers needs as many kept outputs or "
                                                      "more",
                                                      config.kept, *rank, *rank)});
            if (std::find(config.ranks.begin(), rank, *rank) != rank)
                issues.push_back({"ranks", fmt::format("ranks has {} twice; allowed is each rank "
                                                       "once",
                                                       *rank)});
        }
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return AutoencoderSession(autoencoderSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& autoencoderKind() {
    static const AutoencoderKind kind;
    return kind;
}

} // namespace inlay::engine::autoencoder

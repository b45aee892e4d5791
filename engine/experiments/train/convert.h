#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/train/train_config.h"
#include "engine/runner/launch.h"
#include "engine/schema/assignments.h"
#include "engine/schema/schema.h"
#include "engine/store/run_store.h"

namespace inlay::engine::train {

/// A trained run with other operators, fine-tuned.
struct ConvertRequest {
    /// Layers by dotted patterns ("blocks.*.mlp.*"), or one word of network.apply: blocks, mlp,
    /// attention, head, all.
    std::vector<std::string> layers = {"blocks"};
    /// {"kind": family, key: value…}
    Json op = Json::object();
    std::optional<std::int64_t> epochs; // of fine-tuning; those of the run otherwise
    /// Further changes of the configuration, made last.
    std::vector<Assignment> assignments;
};

/// Which layers a form offers.
enum class ConvertTarget { Blocks, Mlp, Attention, Head, All, Pattern };

/// A request as a form asks for it.
struct ConvertConfig {
    ConvertTarget target = ConvertTarget::Blocks;
    std::string pattern = "blocks.*.mlp.*";
    OperatorConfig op = StlConfig{};
    PruneScores scores = PruneScores::SparseGpt;
    std::int64_t epochs = 3;
    double learningRate = 1e-3;
};
const Schema<ConvertConfig>& convertSchema();
ConvertRequest requestOf(const Json& values);
/// The key of the form that an issue of prepareConversion() belongs to; empty where there is none.
std::string formKeyOf(const std::string& issueKey, const Json& values);

/// Sizes of a network before and after a conversion.
struct ConversionPreview {
    std::int64_t layers = 0; // that are fitted
    std::int64_t parametersBefore = 0;
    std::int64_t parametersAfter = 0;
    double multiplyAddsBefore = 0; // a sample, forward
    double multiplyAddsAfter = 0;
};
ConversionPreview previewConversion(const Json& before, const Json& after);

/// The one run that this asks for, checked and with its parent named, or what is wrong: the run is
/// no finished training run, its model is gone, layers or operator do not fit, nothing would
/// change. Writes nothing.
Launch prepareConversion(RunStore& store, const RunRecord& parent, const ConvertRequest& request,
                         const LaunchOptions& options);

} // namespace inlay::engine::train

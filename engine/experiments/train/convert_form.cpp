// The request as a form sees it.
#include "engine/experiments/train/convert.h"
#include "engine/experiments/train/train_config.h"
#include "engine/operators/catalog.h"

namespace inlay::engine::train {
namespace {

Schema<ConvertConfig> makeSchema() {
    Schema<ConvertConfig> schema;
    schema.field("target", &ConvertConfig::target)
        .title("Layers")
        .section("Layers")
        .help("Which layers get the family below.")
        .choices({{ConvertTarget::Blocks, "blocks", "All blocks",
                   "Attention and MLP projections of every block."},
                  {ConvertTarget::Mlp, "mlp", "MLP", "The MLP layers of every block."},
                  {ConvertTarget::Attention, "attention", "Attention",
                   "The query, key, value and output projections."},
                  {ConvertTarget::Head, "head", "Head", "The last layer."},
                  {ConvertTarget::All, "all", "All", "Every layer, embedding and head too."},
                  {ConvertTarget::Pattern, "pattern", "By name", "Layers that a pattern names."}});
    schema.field("pattern", &ConvertConfig::pattern)
        .title("Pattern")
        .section("Layers")
        .help("Dotted name; * stands for one part, ** for any number, e.g. blocks.*.mlp.*")
        .required()
        .enabledWhen("target", {"pattern"});
    schema.variant("operator", &ConvertConfig::op, operatorVariant())
        .title("Family")
        .help("What the dense matrices are fitted with.");
    schema.field("scores", &ConvertConfig::scores)
        .title("Pruning")
        .section("Fit")
        .help("What decides which two of four weights are kept.")
        .choices({{PruneScores::Magnitude, "magnitude", "Magnitude", "The two largest."},
                  {PruneScores::Wanda, "wanda", "Wanda",
                   "The largest products of weight and size of the input."},
                  {PruneScores::SparseGpt, "sparsegpt", "SparseGPT",
                   "The cheapest by the inverse moments; what is pruned moves to later inputs."}})
        .enabledWhen("operator.kind", {"two_four"});
    schema.field("epochs", &ConvertConfig::epochs)
        .title("Epochs")
        .section("Fine-tuning")
        .help("Passes over the training data after the fit.")
        .range(1, 100000);
    schema.field("learning_rate", &ConvertConfig::learningRate)
        .title("Learning rate")
        .section("Fine-tuning")
        .help("Peak of the schedule; begins at that of the run.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    return schema;
}

} // namespace

const Schema<ConvertConfig>& convertSchema() {
    static const Schema<ConvertConfig> schema = makeSchema();
    return schema;
}

ConvertRequest requestOf(const Json& values) {
    const Json full = convertSchema().complete(values);
    ConvertRequest request;
    const auto target = full.at("target").get<std::string>();
    request.layers = {target == "pattern" ? full.at("pattern").get<std::string>() : target};
    request.op = full.at("operator");
    request.epochs = full.at("epochs").get<std::int64_t>();
    request.assignments.push_back({"learning_rate", full.at("learning_rate")});
    if (request.op.at("kind") == "two_four")
        request.assignments.push_back({"start_from.scores", full.at("scores")});
    return request;
}

std::string formKeyOf(const std::string& issueKey, const Json& values) {
    const Json full = convertSchema().complete(values);
    const std::string layers = full.at("target") == "pattern" ? "pattern" : "target";
    if (const auto at = issueKey.find("operator"); at != std::string::npos)
        return issueKey.substr(at);
    if (issueKey == "start_from.scores")
        return "scores";
    if (issueKey == "epochs" || issueKey == "learning_rate")
        return issueKey;
    if (issueKey == "layers" || issueKey.starts_with("network."))
        return layers;
    return {};
}

} // namespace inlay::engine::train

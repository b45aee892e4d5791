#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<ButterflyConfig> butterflySchema() {
    Schema<ButterflyConfig> schema;
    schema.field("form", &ButterflyConfig::form)
        .title("Form")
        .help("One network for the whole layer, or two truncated ones around a small core.")
        .choices({{ButterflyForm::Square, "square", "Square",
                   "One network of the next power of two; every output sees every input."},
                  {ButterflyForm::Gadget, "gadget", "Gadget",
                   "Truncated network, small full core, transposed network: low rank."}});
    schema.field("k_rule", &ButterflyConfig::kRule)
        .title("Core widths")
        .help("How many outputs each truncated network of width n keeps.")
        .choices({{ButterflyWidthRule::Log2, "log2", "log2 n", "The paper's choice, rounded up."},
                  {ButterflyWidthRule::Log2Squared, "log2_squared", "(log2 n)^2 + 1", ""},
                  {ButterflyWidthRule::SquareRoot, "square_root", "Square root of n", ""},
                  {ButterflyWidthRule::Fifth, "fifth", "n / 5", "At least (log2 n)^2 + 1."},
                  {ButterflyWidthRule::Custom, "custom", "Custom", "k_in and k_out."}})
        .enabledWhen("form", {"gadget"});
    schema.field("k_in", &ButterflyConfig::kIn)
        .title("Core inputs")
        .help("Outputs that the first network keeps.")
        .minimum(1)
        .enabledWhen("form", {"gadget"})
        .enabledWhen("k_rule", {"custom"});
    schema.field("k_out", &ButterflyConfig::kOut)
        .title("Core outputs")
        .help("Outputs that the second network keeps; they limit the rank with the core inputs.")
        .minimum(1)
        .enabledWhen("form", {"gadget"})
        .enabledWhen("k_rule", {"custom"});
    schema.field("order", &ButterflyConfig::order)
        .title("Stride order")
        .help("Distance of the numbers that a stage joins: growing or shrinking.")
        .choices({{ButterflyStageOrder::Increasing, "increasing", "Increasing", "1, 2, 4, …"},
                  {ButterflyStageOrder::Decreasing, "decreasing", "Decreasing", "n/2, …, 2, 1"}})
        .advanced();
    schema.field("start", &ButterflyConfig::start)
        .title("Start")
        .help("The weights of the stages at the start.")
        .choices({{ButterflyStart::Fjlt, "fjlt", "FJLT",
                   "Random signs and a Hadamard transform: keeps lengths."},
                  {ButterflyStart::Ortho, "ortho", "Orthogonal",
                   "A random rotation or reflection in each block."},
                  {ButterflyStart::Randn, "randn", "Normal", "Normal numbers of variance 1/2."},
                  {ButterflyStart::Identity, "identity", "Identity", "Passes numbers through."}});
    schema.field("scaling", &ButterflyConfig::scaling)
        .title("Scaling")
        .help("Size of the outputs at the start.")
        .choices({{ButterflyScaling::Matched, "matched", "Matched",
                   "As large as those of a full matrix at its default start."},
                  {ButterflyScaling::Paper, "paper", "Paper",
                   "The Johnson-Lindenstrauss scale on every network."}})
        .enabledWhen("start", {"fjlt", "ortho", "randn"})
        .advanced();
    schema.check([](const ButterflyConfig& config, std::vector<Issue>& issues) {
        for (Issue& issue : butterflyIssues(config))
            issues.push_back(std::move(issue));
    });
    return schema;
}

} // namespace inlay::engine

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/datasets/catalog.h"
#include "engine/networks/network_schema.h"
#include "engine/optimizers/optimizer_schema.h"
#include "engine/runner/experiment_kind.h"
#include "engine/schema/schema.h"

namespace inlay::test {

using namespace engine;

struct Inner {
    double strength = 0.5;
};
struct Plain {
    std::int64_t size = 4;
};
struct Nested {
    std::variant<Plain, Inner> part = Plain{};
    bool loud = false;
};
enum class Mode { Fast, Exact, Off };

/// Every type of field, a variant within a variant, and what a training config has, so that the
/// cost card has something to count.
struct SampleConfig {
    DatasetConfig dataset;
    NetworkConfig network;
    std::variant<Nested, Plain> shape = Nested{};
    std::int64_t epochs = 3;
    std::int64_t batchSize = 128;
    double learningRate = 1e-3;
    Mode mode = Mode::Fast;
    bool shuffle = true;
    std::vector<double> decays{0.5, 0.25};
    std::string group;
    std::filesystem::path folder;
    OptimizerConfig optimizer = AdamWConfig{};
    std::int64_t logEvery = 0;
};

inline const Schema<SampleConfig>& sampleSchema() {
    static const Schema<SampleConfig> schema = [] {
        Schema<Inner> inner;
        inner.field("strength", &Inner::strength).title("Strength").help("How much.").range(0, 1);
        Schema<Plain> plain;
        plain.field("size", &Plain::size).title("Size").help("How large.").unit("px").range(1, 64);
        Schema<Nested> nested;
        nested
            .variant("part", &Nested::part,
                     {alternative<Plain>("plain", "Plain", "One size.", plain),
                      alternative<Inner>("inner", "Inner", "One strength.", inner)})
            .title("Part")
            .help("What it is made of.");
        nested.field("loud", &Nested::loud).title("Loud").help("Says so.");
        Schema<SampleConfig> made;
        made.variant("dataset", &SampleConfig::dataset, datasetAlternatives())
            .title("Data")
            .help("What is learned.");
        made.group("network", &SampleConfig::network, networkSchema()).title("Network");
        made.variant("shape", &SampleConfig::shape,
                     {alternative<Nested>("nested", "Nested", "Has a part.", nested),
                      alternative<Plain>("plain", "Plain", "Has a size.", plain)})
            .title("Shape")
            .help("The outer shape.");
        made.field("epochs", &SampleConfig::epochs).title("Epochs").help("Passes.").range(1, 1000);
        made.field("batch_size", &SampleConfig::batchSize)
            .title("Batch size")
            .help("Samples in one step.")
            .range(1, 65536)
            .logScale();
        made.field("learning_rate", &SampleConfig::learningRate)
            .title("Learning rate")
            .help("Peak of the schedule.")
            .above(0)
            .maximum(10)
            .logScale();
        made.field("mode", &SampleConfig::mode)
            .title("Mode")
            .help("How it is done.")
            .choices({{Mode::Fast, "fast", "Fast", "Quick."},
                      {Mode::Exact, "exact", "Exact", "Slow."},
                      {Mode::Off, "off", "Off", "Not at all."}});
        made.field("shuffle", &SampleConfig::shuffle).title("Shuffle").help("Anew each epoch.");
        made.field("decays", &SampleConfig::decays)
            .title("Decays")
            .help("One a stage.")
            .range(0, 1)
            .length(1, 8);
        made.field("group", &SampleConfig::group).title("Shared name").help("Free text.");
        made.field("folder", &SampleConfig::folder)
            .title("Folder")
            .help("Where files lie.")
            .path(PathKind::Directory);
        made.variant("optimizer", &SampleConfig::optimizer, optimizerAlternatives())
            .title("Optimizer")
            .help("How parameters follow their gradients.");
        made.field("log_every", &SampleConfig::logEvery)
            .title("Record every")
            .help("Steps between points; 0 = by device.")
            .unit("steps")
            .range(0, 1000)
            .advanced();
        made.check([](const SampleConfig& config, std::vector<Issue>& issues) {
            if (config.epochs == 13)
                issues.push_back({"epochs", "epochs is 13, allowed is any other number"});
        });
        return made;
    }();
    return schema;
}

class SampleKind : public ExperimentKind {
public:
    explicit SampleKind(const char* name = "sample")
        : id_(name) {}
    const char* id() const override { return id_; }
    const char* title() const override { return "Train a sample"; }
    const char* summary() const override { return "For tests of forms."; }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return sampleSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override {
        static const std::vector<OutputDeclaration> none;
        return none;
    }
    std::vector<Issue> check(const Json& values, const std::string&) const override {
        // What only the kind itself sees, as a missing file would be.
        if (sampleSchema().read(values).batchSize == 77)
            return {{"batch_size", "batch_size is 77, more than the data have"}};
        return {};
    }
    std::vector<std::string> flags(const Json&) const override { return {}; }
    RunOutcome run(const Json&, RunContext&) const override { return {}; }

private:
    const char* id_;
};

} // namespace inlay::test

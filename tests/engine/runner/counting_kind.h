#pragma once

#include <chrono>
#include <thread>

#include "engine/base/error.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/schema/schema.h"

#include <fstream>

namespace inlay::engine {

struct CountingConfig {
    std::int64_t steps = 100;
    std::int64_t checkpointEvery = 10;
    std::int64_t milliseconds = 0; // a step takes
    std::int64_t failAt = -1;
    double rate = 1.0;
};

/// The smallest experiment with a state: value(step) = value(step - 1) * rate + draw(step). It
/// checkpoints, resumes, takes settings and fails on demand, so that the runner is tested without
/// a network.
class CountingKind : public ExperimentKind {
public:
    const char* id() const override { return "counting"; }
    const char* title() const override { return "Counting"; }
    const char* summary() const override { return "Adds random numbers."; }
    int version() const override { return 1; }
    const AnySchema& schema() const override {
        static const Schema<CountingConfig> made = [] {
            Schema<CountingConfig> schema;
            schema.field("steps", &CountingConfig::steps).title("Steps").range(1, 1e9);
            schema.field("checkpoint_every", &CountingConfig::checkpointEvery)
                .title("Checkpoint every")
                .range(0, 1e9);
            schema.field("milliseconds", &CountingConfig::milliseconds)
                .title("Step time")
                .range(0, 1000);
            schema.field("fail_at", &CountingConfig::failAt).title("Fail at").range(-1, 1e9);
            schema.field("rate", &CountingConfig::rate).title("Rate").range(0, 2);
            return schema;
        }();
        return made;
    }
    const std::vector<OutputDeclaration>& outputs() const override {
        static const std::vector<OutputDeclaration> made = {
            {OutputType::Series, "value", "Value", "", Better::Neither, {}},
            {OutputType::Series, "part/{name}", "Part", "", Better::Neither, {}},
            {OutputType::Metric, "final", "Final value", "", Better::Higher, {}}};
        return made;
    }
    std::vector<Issue> check(const Json&, const std::string&) const override { return {}; }
    std::vector<std::string> flags(const Json&) const override { return {}; }
    std::vector<std::string> settableKeys() const override { return {"rate"}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        CountingConfig config = static_cast<const Schema<CountingConfig>&>(schema()).read(values);
        std::int64_t step = 0;
        double value = 0;
        if (context.restore()) {
            std::ifstream file(context.restore()->path);
            file >> step >> std::hexfloat;
            std::string text;
            file >> text;
            value = std::strtod(text.c_str(), nullptr);
        }
        const auto save = [&] {
            context.checkpoint(step, [&](const std::string& path) {
                std::ofstream(path) << step << ' ' << std::hexfloat << value;
            });
        };
        const RandomStream draws = context.stream("draws");
        for (; step < config.steps;) {
            if (!context.proceed()) {
                save();
                return {RunEnd::Stopped, {}};
            }
            for (const SettingChange& change : context.settingsDue(step)) {
                const Json old = config.rate;
                config.rate = change.value.get<double>();
                context.settingApplied(change, step, old);
            }
            if (step == config.failAt)
                throw Error("The count broke.");
            RandomStream draw = draws.split(static_cast<std::uint64_t>(step));
            value = value * config.rate + draw.normal();
            context.recorder().record("value", step, value);
            if (config.milliseconds > 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(config.milliseconds));
            ++step;
            context.progress(step, config.steps);
            if (config.checkpointEvery > 0 && step % config.checkpointEvery == 0)
                save();
        }
        context.recorder().metric("final", value);
        return {RunEnd::Finished, {}};
    }
};

} // namespace inlay::engine

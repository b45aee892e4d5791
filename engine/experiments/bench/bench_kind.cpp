#include "engine/experiments/bench/bench_kind.h"

#include "engine/experiments/bench/bench_row.h"
#include "engine/experiments/bench/bench_schema.h"
#include "engine/experiments/bench/bench_session.h"

namespace inlay::engine::bench {
namespace {

const std::vector<OutputDeclaration>& benchOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Table, "bench", "Layers beside dense", "", Better::Neither, benchColumns()},
        {Table,
         "break_even",
         "Break-even sizes",
         "",
         Better::Neither,
         {"label", "family", "size", "searched_up_to"}},
        {Frame, "matrix/{layer}", "What a layer is at its start", "", Better::Neither, {}},
        {Frame, "wiring/{layer}", "Stages of a butterfly at its start", "", Better::Neither, {}},
        {Metric, "speedup/{pass}/{layer}", "Speed-up over dense", "x", Better::Higher, {}},
        {Metric, "speedup/best", "Best speed-up", "x", Better::Higher, {}},
        {Metric, "break_even/{layer}", "Break-even size", "", Better::Lower, {}},
        {Metric, "cells", "Measured cells", "", Better::Neither, {}},
    };
    return outputs;
}

class BenchKind final : public ExperimentKind {
public:
    const char* id() const override { return "bench"; }
    const char* title() const override { return "Operator lab"; }
    const char* summary() const override {
        return "Times layers of every family beside the dense layer of the same shape, forward and "
               "in a training step, and finds the size where they break even.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return benchSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return benchOutputs(); }
    std::vector<std::string> headlines() const override { return {"speedup/best"}; }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        return checkCases(benchSchema().read(values));
    }

    // The layers stand alone: no metric of theirs depends on other samples.
    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return BenchSession(benchSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& benchKind() {
    static const BenchKind kind;
    return kind;
}

} // namespace inlay::engine::bench

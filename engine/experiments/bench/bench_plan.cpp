#include "engine/experiments/bench/bench_plan.h"

#include "engine/analysis/predicted_time.h"
#include "engine/experiments/bench/bench_row.h"
#include "engine/experiments/bench/bench_schema.h"
#include "engine/operators/make.h"

namespace inlay::engine::bench {
namespace {

double predictedSeconds(const OperatorPlan& plan, Pass pass, const MachineProfile& profile) {
    std::vector<KernelCall> calls = plan.forward;
    if (pass == Pass::Train)
        calls.insert(calls.end(), plan.backward.begin(), plan.backward.end());
    return predictSeconds(profile, calls);
}

} // namespace

BenchPlan planBench(const Json& values, const std::string& device, int threads,
                    const MachineProfile* profile, std::uint64_t seed) {
    const BenchConfig config = benchSchema().read(values);
    std::vector<Pass> passes;
    if (config.passes != Passes::Train)
        passes.push_back(Pass::Forward);
    if (config.passes != Passes::Forward)
        passes.push_back(Pass::Train);
    BenchPlan plan;
    for (const BenchCase& shape : benchCases(config)) {
        RowFacts facts;
        facts.shape = &shape;
        facts.plan = planOperator(shape.layer.config, shape.in, shape.out, shape.layout());
        facts.device = device;
        facts.threads = threads;
        facts.profile = profile;
        const OperatorPlan dense = planOperator(DenseConfig{}, shape.in, shape.out, shape.layout());
        for (const Pass pass : passes) {
            facts.pass = pass;
            Json row = plannedRow(facts);
            row["dense_predicted_s"] =
                profile ? Json(predictedSeconds(dense, pass, *profile)) : Json(nullptr);
            plan.rows.push_back(std::move(row));
        }
    }
    const Device host = Device::open("cpu");
    const RandomStream stream = RandomStream(seed, "bench").split("picture");
    for (const BenchLayer& layer : benchLayers(config)) {
        LayerPicture picture = pictureOf(layer, host, stream);
        if (!picture.values.empty())
            plan.pictures.push_back({layer.label, std::move(picture)});
    }
    return plan;
}

} // namespace inlay::engine::bench

#include "engine/experiments/bench/bench_row.h"

#include <algorithm>

#include "engine/analysis/predicted_time.h"
#include "engine/operators/make.h"

namespace inlay::engine::bench {
namespace {

const char* nameOf(Exactness exactness) {
    switch (exactness) {
    case Exactness::Exact:
        return "exact";
    case Exactness::Approximate:
        return "approximate";
    case Exactness::Sparse:
        return "sparse";
    case Exactness::Structured:
        return "structured";
    }
    return "";
}

Json operatorJson(const OperatorConfig& config) {
    // Only what the bench varies; all other keys have the values of the family's defaults.
    Json out = Json::object();
    if (const auto* stl = std::get_if<StlConfig>(&config)) {
        out["tile"] = stl->tile;
        out["rank"] = stl->rank;
        out["weights"] = stl->weights == StlWeights::Tied ? "tied" : "encoded";
    } else if (const auto* lowRank = std::get_if<LowRankConfig>(&config)) {
        out["rank"] = lowRank->rank;
    } else if (const auto* blocks = std::get_if<BlockDiagonalConfig>(&config)) {
        out["blocks"] = blocks->blocks;
    } else if (const auto* monarch = std::get_if<MonarchConfig>(&config)) {
        out["blocks"] = monarch->blocks;
    } else if (const auto* btt = std::get_if<BttConfig>(&config)) {
        out["rank"] = btt->rank;
    } else if (const auto* butterfly = std::get_if<ButterflyConfig>(&config)) {
        out["form"] = butterfly->form == ButterflyForm::Square ? "square" : "gadget";
    } else if (const auto* twoFour = std::get_if<TwoFourConfig>(&config)) {
        out["transposable"] = twoFour->transposable;
    }
    return out;
}

} // namespace

const std::vector<std::string>& benchColumns() {
    static const std::vector<std::string> columns = {"label",
                                                     "family",
                                                     "config",
                                                     "rows",
                                                     "in",
                                                     "out",
                                                     "dtype",
                                                     "device",
                                                     "threads",
                                                     "pass",
                                                     "repeats",
                                                     "median_s",
                                                     "dense_median_s",
                                                     "spread",
                                                     "speedup",
                                                     "multiply_adds",
                                                     "dense_multiply_adds",
                                                     "bytes",
                                                     "flops_per_s",
                                                     "roofline_share",
                                                     "predicted_s",
                                                     "parameters",
                                                     "rank_cap",
                                                     "exactness",
                                                     "note",
                                                     "kernel"};
    return columns;
}

double rooflineSeconds(const MachineProfile& profile, double multiplyAdds, double bytes) {
    double peak = 0;
    for (const OpProbe& probe : profile.ops)
        if (probe.call.multiplyAdds > 0 && probe.seconds > 0)
            peak = std::max(peak, 2 * probe.call.multiplyAdds / probe.seconds);
    const double compute = peak > 0 ? 2 * multiplyAdds / peak : 0;
    return std::max(compute, bytes / copyRate(profile, bytes));
}

Json plannedRow(const RowFacts& facts) {
    const OperatorPlan& plan = facts.plan;
    const BenchCase& shape = *facts.shape;
    const bool train = facts.pass == Pass::Train;
    const double multiplyAdds = plan.multiplyAddsForward + (train ? plan.multiplyAddsBackward : 0);
    const double bytes = plan.bytesForward + (train ? plan.bytesBackward : 0);
    Json row = Json::object();
    row["label"] = shape.layer.label;
    row["family"] = familyOf(shape.layer.config);
    row["config"] = operatorJson(shape.layer.config);
    row["rows"] = shape.rows;
    row["in"] = shape.in;
    row["out"] = shape.out;
    row["dtype"] = "f32";
    row["device"] = facts.device;
    row["threads"] = facts.threads;
    row["pass"] = train ? "train" : "forward";
    for (const char* measured : {"repeats", "median_s", "dense_median_s", "spread", "speedup"})
        row[measured] = nullptr;
    row["multiply_adds"] = multiplyAdds;
    row["dense_multiply_adds"] = static_cast<double>(shape.rows) * static_cast<double>(shape.in) *
                                 static_cast<double>(shape.out) * (train ? 3 : 1);
    row["bytes"] = bytes;
    row["flops_per_s"] = nullptr;
    row["roofline_share"] = nullptr;
    row["predicted_s"] = nullptr;
    if (facts.profile) {
        std::vector<KernelCall> calls = plan.forward;
        if (train)
            calls.insert(calls.end(), plan.backward.begin(), plan.backward.end());
        row["predicted_s"] = predictSeconds(*facts.profile, calls);
    }
    row["parameters"] = plan.parameters;
    row["rank_cap"] = plan.rankCap > 0 ? plan.rankCap : std::min(plan.in, plan.out);
    row["exactness"] = nameOf(plan.exactness);
    row["note"] = plan.note;
    row["kernel"] = facts.route;
    return row;
}

Json benchRow(const RowFacts& facts, const PairTimes& times) {
    Json row = plannedRow(facts);
    const double seconds = times.layerMedian();
    const auto multiplyAdds = row["multiply_adds"].get<double>();
    row["repeats"] = times.layer.size();
    row["median_s"] = seconds;
    row["dense_median_s"] = times.denseMedian();
    row["spread"] = times.spread();
    row["speedup"] = times.speedup();
    row["flops_per_s"] = 2 * multiplyAdds / seconds;
    if (facts.profile)
        row["roofline_share"] =
            rooflineSeconds(*facts.profile, multiplyAdds, row["bytes"].get<double>()) / seconds;
    return row;
}

} // namespace inlay::engine::bench

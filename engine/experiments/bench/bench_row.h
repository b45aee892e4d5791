#pragma once

#include <optional>

#include "engine/analysis/machine_profile.h"
#include "engine/base/json.h"
#include "engine/experiments/bench/layer_timer.h"
#include "engine/operators/plan.h"

namespace inlay::engine::bench {

/// What a row needs besides the times.
struct RowFacts {
    const BenchCase* shape = nullptr;
    OperatorPlan plan;
    Pass pass = Pass::Forward;
    std::string device;
    std::string route; // the kernel a device chose and why, empty without a choice
    int threads = 1;
    const MachineProfile* profile = nullptr; // null: the machine was not measured
};

/// A row of the table "bench" as far as it is known before anything is measured; null otherwise.
Json plannedRow(const RowFacts& facts);

/// A row of the table "bench": the columns of benchColumns(). What needs a measured machine
/// (predicted_s, roofline_share) is null without one.
Json benchRow(const RowFacts& facts, const PairTimes& times);

/// Columns of a row, in order.
const std::vector<std::string>& benchColumns();

/// The least time a pass could take on the profiled machine, seconds: its flops at the best
/// product's rate or its bytes at a copy's, whichever is longer.
double rooflineSeconds(const MachineProfile& profile, double multiplyAdds, double bytes);

} // namespace inlay::engine::bench

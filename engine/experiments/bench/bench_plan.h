#pragma once

#include <string>
#include <vector>

#include "engine/analysis/machine_profile.h"
#include "engine/base/json.h"
#include "engine/experiments/bench/layer_picture.h"

namespace inlay::engine::bench {

/// What an operator lab will show, before it is run.
struct BenchPlan {
    struct Picture {
        std::string label;
        LayerPicture picture;
    };
    /// As plannedRow() has them, for every case and pass, and "dense_predicted_s", what a dense
    /// layer of that shape would take, null without a measured machine.
    std::vector<Json> rows;
    std::vector<Picture> pictures;
};

/// `values`: of the kind bench, complete and without issues. `profile`: null where the machine was
/// not measured. Takes some milliseconds; nothing is timed.
BenchPlan planBench(const Json& values, const std::string& device, int threads,
                    const MachineProfile* profile, std::uint64_t seed);

} // namespace inlay::engine::bench

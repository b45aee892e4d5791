#pragma once

#include "engine/store/run_store.h"

/// A queued run with nested parameters of every type.
inline inlay::engine::NewRun sampleRun(const std::string& name) {
    inlay::engine::NewRun run;
    run.name = name;
    run.kind = "train";
    run.config = inlay::engine::parseJson(R"({"network": {"kind": "mlp", "width": 96,
        "operator": {"kind": "stl", "rank": 24}}, "dataset": {"kind": "digits"},
        "learning_rate": 0.001, "keep": null, "bias": true})",
                                          "sample");
    run.tags = {"paper"};
    return run;
}

#pragma once

#include <fstream>
#include <functional>
#include <iterator>

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

inline void writeText(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string readText(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The fault `work` throws, and its sentence; nothing when it throws none.
struct CaughtFault {
    std::optional<inlay::engine::StoreFault> fault;
    std::string sentence;
};
inline CaughtFault faultOf(const std::function<void()>& work) {
    try {
        work();
    } catch (const inlay::engine::StoreError& error) {
        return {error.fault(), error.what()};
    }
    return {};
}

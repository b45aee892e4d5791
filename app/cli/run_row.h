#pragma once

#include <cstdint>
#include <string>

#include "engine/base/json.h"
#include "engine/store/run_record.h"

namespace inlay::app {

/// "2026-11-27 18:30", local time, of milliseconds since 1970.
std::string timeText(std::int64_t milliseconds);
/// "finished", "running 40 %".
std::string stateText(const engine::RunRecord& run);
/// The complete configuration; empty where it cannot be read.
engine::Json configOf(const engine::RunRecord& run);
/// A run with configuration and final metrics as a row of JSON output.
engine::Json rowJson(const engine::RunRecord& run, const engine::Metrics& metrics);

} // namespace inlay::app

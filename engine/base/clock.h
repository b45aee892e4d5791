#pragma once

#include <cstdint>

namespace inlay::engine {

/// Wall clock, milliseconds since the Unix epoch: for rows that people and other processes read.
std::int64_t wallMilliseconds();

/// Monotonic clock, seconds since an arbitrary start: for durations.
double monotonicSeconds();

} // namespace inlay::engine

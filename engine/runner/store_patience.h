#pragma once

namespace inlay::engine {

/// How long a run waits for a disk without room, or a store that another program holds.
inline constexpr double kStorePatienceSeconds = 30;

} // namespace inlay::engine

#pragma once

namespace inlay::engine {

/// Asks every run of this process to stop at its next step. Async-signal-safe: for SIGINT/SIGTERM.
void requestInterrupt() noexcept;
bool interruptRequested() noexcept;

} // namespace inlay::engine

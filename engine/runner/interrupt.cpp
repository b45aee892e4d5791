#include "engine/runner/interrupt.h"

#include <atomic>

namespace inlay::engine {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

} // namespace

void requestInterrupt() noexcept {
    interrupted.store(true, std::memory_order_relaxed);
}

bool interruptRequested() noexcept {
    return interrupted.load(std::memory_order_relaxed);
}

} // namespace inlay::engine

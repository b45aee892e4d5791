#include "engine/tensor/repeated_ops.h"

#include "engine/base/error.h"
#include "kernels/backend.h"
#include "kernels/error.h"

namespace inlay::engine {
namespace {

/// The first time makes what lives on (copies of parameters, prepared weights), the second finds
/// all its memory in the arena.
constexpr int kCallsBefore = 2;

} // namespace

RepeatedOps::RepeatedOps(const Device& device)
    : device_(device) {
    if (device.backend().records())
        arena_ = std::make_unique<MemoryArena>(device, [this] {
            recording_.reset();
            calls_ = 0;
        });
}

RepeatedOps::~RepeatedOps() = default;

void RepeatedOps::run(const std::function<void()>& ops, const std::function<void()>& changed) {
    if (!arena_ || !refusal_.empty())
        return ops();
    kernels::Backend& backend = device_.backend();
    if (recording_) {
        backend.replay(*recording_);
        return changed();
    }
    if (calls_++ < kCallsBefore)
        return arena_->run(ops);
    changed();
    try {
        arena_->run([&] { recording_ = backend.record(ops); });
        backend.replay(*recording_);
    } catch (const std::exception& error) {
        // Nothing was done, though the host's side may believe it.
        refusal_ = error.what();
        recording_.reset();
        arena_.reset();
        changed();
        ops();
    }
}

void RepeatedOps::forget() {
    recording_.reset();
    calls_ = 0;
    if (arena_)
        arena_->giveBack();
}

} // namespace inlay::engine

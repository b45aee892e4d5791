#pragma once

#include <functional>
#include <memory>

#include "engine/tensor/device.h"

namespace inlay::kernels {
class Recording;
}

namespace inlay::engine {

/// Ops that are enqueued over and over, alike each time: the same ones on the same memory, with the
/// same numbers (what changes from time to time lies on the device). Where the device records
/// (kernels::Backend::record), the third time is recorded and then repeated as one launch, in
/// memory of its own. Elsewhere they are called each time.
class RepeatedOps {
public:
    explicit RepeatedOps(const Device& device);
    ~RepeatedOps();
    RepeatedOps(const RepeatedOps&) = delete;
    RepeatedOps& operator=(const RepeatedOps&) = delete;

    /// `ops`: must do nothing else that counts but enqueue. `changed`: tells the host's side that
    /// what the ops change has changed (the versions of parameters); called before the ops are
    /// recorded, so that no refresh is left out, and after each repetition.
    void run(const std::function<void()>& ops, const std::function<void()>& changed);

    /// Drops the recording and gives its memory back; the ops are recorded anew later.
    void forget();

    bool recorded() const { return recording_ != nullptr; }
    /// Why the device could not record the ops; empty otherwise.
    const std::string& refusal() const { return refusal_; }

private:
    Device device_;
    std::unique_ptr<MemoryArena> arena_;
    std::unique_ptr<kernels::Recording> recording_; // destroyed before its memory
    std::string refusal_;
    int calls_ = 0;
};

} // namespace inlay::engine

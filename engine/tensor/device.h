#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "engine/tensor/kernels_forward.h"

namespace inlay::engine {

/// How networks compute: everything in f32 (f64 on reference); f32 with products whose operands are
/// rounded to TF32; or mixed, with bf16 activations and product operands, f32 accumulation and f32
/// parameters.
enum class Precision { F32, Tf32, Bf16 };

/// A named backend instance with its memory. Cheap to copy; copies share the backend. Used from
/// one thread at a time.
class Device {
public:
    /// Opens cpu, reference, check, cuda:N, check:cuda:N, or auto (cuda:0 when there is one,
    /// otherwise cpu). Throws Error with the reason and what is available.
    static Device open(const std::string& name);

    /// A device over a backend that the caller made (tests, check backends).
    explicit Device(std::unique_ptr<kernels::Backend> backend);

    const std::string& name() const;
    kernels::Backend& backend() const;

    /// Sets how networks compute here. Throws Error where the device cannot; before the first
    /// tensor is made.
    void setPrecision(Precision precision) const;
    /// The dtype of activations and of the products' operands: f64 on reference, elsewhere f32 or,
    /// in mixed precision, bf16.
    DType computeType() const;
    /// The dtype of parameters, their gradients, statistics and losses: f64 on reference, f32
    /// elsewhere.
    DType parameterType() const;

    /// Memory from a pool of released blocks: training steps repeat their allocations. Returned
    /// memory is uninitialized.
    void* allocate(std::size_t bytes) const;
    void release(void* memory, std::size_t bytes) const;

    /// The device's one scratch area, grown to at least `bytes`; valid until the next call. Work is
    /// enqueued in order, so ops may share it.
    kernels::Workspace scratch(std::size_t bytes) const;

    /// Waits for all enqueued work.
    void synchronize() const;

    /// Bytes handed out and not yet released, and the largest value this has had.
    std::size_t bytesInUse() const;
    std::size_t peakBytes() const;

    bool operator==(const Device& other) const { return state_ == other.state_; }

private:
    friend class MemoryArena;
    struct State;
    std::shared_ptr<State> state_;
};

/// Memory of a device that is set apart for ops which are recorded: what they take and give back
/// while they run is used by nobody else, however often they are repeated.
class MemoryArena {
public:
    /// `forget`: called when the device has no memory left but what the arena keeps free; nobody
    /// may use that afterwards (recordings are dropped).
    explicit MemoryArena(const Device& device, std::function<void()> forget = {});
    /// What the arena has goes to the device.
    ~MemoryArena();
    MemoryArena(const MemoryArena&) = delete;
    MemoryArena& operator=(const MemoryArena&) = delete;

    /// Calls `ops`; allocate() and scratch() of the device take from the arena meanwhile.
    void run(const std::function<void()>& ops);
    /// What is free goes to the device.
    void giveBack();

private:
    struct Blocks;
    friend class Device;
    Device device_;
    std::unique_ptr<Blocks> blocks_;
};

} // namespace inlay::engine

#include "engine/tensor/device.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/tensor/out_of_memory.h"
#include "kernels/backend.h"
#include "kernels/devices.h"
#include "kernels/out_of_memory.h"

namespace inlay::engine {
namespace {

// Blocks are handed out in multiples of this, so that nearly equal sizes share a pool entry and a
// tensor without elements still has an address.
constexpr std::size_t kBlockGrain = 256;

std::size_t roundedUp(std::size_t bytes) {
    return std::max<std::size_t>(1, (bytes + kBlockGrain - 1) / kBlockGrain) * kBlockGrain;
}

std::string resolveName(const std::string& name) {
    if (name != "auto")
        return name;
    const auto devices = kernels::listDevices();
    const bool hasCuda = std::any_of(devices.begin(), devices.end(), [](const auto& entry) {
        return entry.name == "cuda:0" && entry.available;
    });
    return hasCuda ? "cuda:0" : "cpu";
}

} // namespace

/// Memory that waits to be handed out.
struct MemoryArena::Blocks {
    std::unordered_map<std::size_t, std::vector<void*>> free; // by size
    std::function<void()> forget; // of an arena: nobody will use what is free
    void* scratch = nullptr;
    std::size_t scratchBytes = 0;
};

struct Device::State {
    using Blocks = MemoryArena::Blocks;

    std::unique_ptr<kernels::Backend> backend;
    std::string name;
    Blocks own;
    Blocks* current = &own;
    std::vector<Blocks*> arenas;
    std::unordered_map<void*, Blocks*> arenaOf; // of blocks that an arena owns
    bool bf16 = false;
    std::size_t inUse = 0; // with all that arenas own
    std::size_t peak = 0;

    explicit State(std::unique_ptr<kernels::Backend> given)
        : backend(std::move(given))
        , name(backend->name()) {}

    ~State() {
        releaseFreeBlocks();
        if (own.scratch)
            backend->release(own.scratch);
    }

    void releaseFreeBlocks() {
        for (auto& [bytes, blocks] : own.free)
            for (void* block : blocks)
                backend->release(block);
        own.free.clear();
    }

    Blocks& ownerOf(void* block) {
        const auto found = arenaOf.find(block);
        return found == arenaOf.end() ? own : *found->second;
    }

    // What is free in the arena becomes the device's own.
    void takeBack(Blocks& arena) {
        for (auto& [bytes, blocks] : arena.free) {
            for (void* block : blocks)
                arenaOf.erase(block);
            inUse -= bytes * blocks.size();
            own.free[bytes].insert(own.free[bytes].end(), blocks.begin(), blocks.end());
        }
        arena.free.clear();
        if (arena.scratch != nullptr) {
            own.free[arena.scratchBytes].push_back(arena.scratch);
            inUse -= arena.scratchBytes;
            arena.scratch = nullptr;
            arena.scratchBytes = 0;
        }
    }

    void emptyArenas() {
        for (Blocks* arena : arenas) {
            if (arena->forget)
                arena->forget();
            takeBack(*arena);
        }
    }

    // Memory of sizes that are no longer asked for is given back before an allocation fails; that
    // of arenas too, whose ops are recorded anew then.
    void* obtain(std::size_t bytes) {
        try {
            return backend->allocate(bytes);
        } catch (const kernels::OutOfMemory&) {
            if (current == &own)
                emptyArenas();
            if (own.free.empty())
                throw;
        } catch (const kernels::Error&) {
            // A backend that records refuses allocations meanwhile.
            if (own.free.empty() || backend->records())
                throw;
        }
        backend->synchronize();
        releaseFreeBlocks();
        return backend->allocate(bytes);
    }
};

Device Device::open(const std::string& name) {
    try {
        return Device(kernels::openDevice(resolveName(name)));
    } catch (const kernels::Error& error) {
        throw Error(error.what());
    }
}

Device::Device(std::unique_ptr<kernels::Backend> backend)
    : state_(std::make_shared<State>(std::move(backend))) {}

const std::string& Device::name() const {
    return state_->name;
}

kernels::Backend& Device::backend() const {
    return *state_->backend;
}

void Device::setPrecision(Precision precision) const {
    if (precision == Precision::Bf16 && !state_->backend->computes(DType::BF16))
        throw Error(state_->name + " does not compute in bf16; precision bf16 needs a cuda device, "
                                   "allowed here is f32.");
    state_->bf16 = precision == Precision::Bf16;
    state_->backend->allowTf32(precision == Precision::Tf32);
}

DType Device::computeType() const {
    return state_->bf16 ? DType::BF16 : parameterType();
}

DType Device::parameterType() const {
    return state_->name == "reference" ? DType::F64 : DType::F32;
}

void* Device::allocate(std::size_t bytes) const {
    const std::size_t size = roundedUp(bytes);
    void* memory = nullptr;
    auto& free = state_->current->free;
    if (auto found = free.find(size); found != free.end() && !found->second.empty()) {
        memory = found->second.back();
        found->second.pop_back();
        if (state_->current != &state_->own)
            return memory; // counted since the arena has it
    } else {
        try {
            memory = state_->obtain(size);
        } catch (const kernels::OutOfMemory& error) {
            throw OutOfMemory(error.what(), "in use on " + state_->name + ": " +
                                                std::to_string(state_->inUse) + " bytes");
        } catch (const kernels::Error& error) {
            throw Error(error.what());
        }
        if (state_->current != &state_->own)
            state_->arenaOf.emplace(memory, state_->current);
    }
    state_->inUse += size;
    state_->peak = std::max(state_->peak, state_->inUse);
    return memory;
}

void Device::release(void* memory, std::size_t bytes) const {
    if (!memory)
        return;
    const std::size_t size = roundedUp(bytes);
    assert(state_->inUse >= size);
    MemoryArena::Blocks& owner = state_->ownerOf(memory);
    if (&owner == &state_->own)
        state_->inUse -= size;
    owner.free[size].push_back(memory);
}

kernels::Workspace Device::scratch(std::size_t bytes) const {
    MemoryArena::Blocks& blocks = *state_->current;
    if (bytes > blocks.scratchBytes) {
        const std::size_t size = roundedUp(bytes);
        try {
            if (blocks.scratch) {
                // Enqueued work may still use the smaller area.
                state_->backend->synchronize();
                state_->backend->release(blocks.scratch);
                state_->inUse -= blocks.scratchBytes;
                blocks.scratch = nullptr;
                blocks.scratchBytes = 0;
            }
            blocks.scratch = state_->obtain(size);
        } catch (const kernels::OutOfMemory& error) {
            throw OutOfMemory(error.what(), "scratch of " + std::to_string(size) + " bytes");
        } catch (const kernels::Error& error) {
            throw Error(error.what());
        }
        blocks.scratchBytes = size;
        state_->inUse += size;
        state_->peak = std::max(state_->peak, state_->inUse);
    }
    return {blocks.scratch, blocks.scratchBytes};
}

void Device::synchronize() const {
    try {
        state_->backend->synchronize();
    } catch (const kernels::Error& error) {
        throw Error(error.what());
    }
}

std::size_t Device::bytesInUse() const {
    return state_->inUse;
}

std::size_t Device::peakBytes() const {
    return state_->peak;
}

MemoryArena::MemoryArena(const Device& device, std::function<void()> forget)
    : device_(device)
    , blocks_(std::make_unique<Blocks>()) {
    blocks_->forget = std::move(forget);
    device_.state_->arenas.push_back(blocks_.get());
}

MemoryArena::~MemoryArena() {
    Device::State& state = *device_.state_;
    state.takeBack(*blocks_);
    // What is still in use is the device's from now on.
    std::erase_if(state.arenaOf,
                  [this](const auto& entry) { return entry.second == blocks_.get(); });
    std::erase(state.arenas, blocks_.get());
}

void MemoryArena::giveBack() {
    device_.state_->takeBack(*blocks_);
}

void MemoryArena::run(const std::function<void()>& ops) {
    Blocks*& current = device_.state_->current;
    Blocks* const before = std::exchange(current, blocks_.get());
    try {
        ops();
    } catch (...) {
        current = before;
        throw;
    }
    current = before;
}

} // namespace inlay::engine

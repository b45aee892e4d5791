#pragma once

#include <cstddef>
#include <unordered_map>

#include "kernels/out_of_memory.h"
#include "kernels/reference/reference_backend.h"

/// A device with little memory: `limit` bytes, which may change while it lives.
class SmallDevice final : public inlay::kernels::ReferenceBackend {
public:
    explicit SmallDevice(const std::size_t& limit)
        : limit_(limit) {}

    void* allocate(std::size_t bytes) override {
        if (held_ + bytes > limit_)
            throw inlay::kernels::OutOfMemory("no memory left");
        void* memory = ReferenceBackend::allocate(bytes);
        sizes_[memory] = bytes;
        held_ += bytes;
        return memory;
    }
    void release(void* memory) override {
        held_ -= sizes_[memory];
        sizes_.erase(memory);
        ReferenceBackend::release(memory);
    }
    std::size_t held() const { return held_; }

private:
    const std::size_t& limit_;
    std::size_t held_ = 0;
    std::unordered_map<void*, std::size_t> sizes_;
};

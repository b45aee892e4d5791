#pragma once

#include <cstddef>
#include <cstdint>

namespace inlay::kernels::cpu {

/// Memory of the calling thread that lives until the scope ends; it is kept for the next scope, so
/// that ops allocate only while they warm up. Scopes nest like calls.
class ScratchScope {
public:
    ScratchScope();
    ~ScratchScope();
    ScratchScope(const ScratchScope&) = delete;
    ScratchScope& operator=(const ScratchScope&) = delete;

    /// 64-byte aligned, not cleared.
    float* floats(std::int64_t count);

private:
    std::size_t block_;
    std::size_t used_;
};

} // namespace inlay::kernels::cpu

#include "kernels/cpu/scratch.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "kernels/error.h"

namespace inlay::kernels::cpu {
namespace {

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};

struct Block {
    std::unique_ptr<float, Free> memory;
    std::size_t size = 0; // floats
};

/// Blocks are filled one after the other and never move.
struct Arena {
    std::vector<Block> blocks;
    std::size_t block = 0; // the one in use
    std::size_t used = 0;  // floats of it
};

thread_local Arena arena;

constexpr std::size_t kFirstBlock = std::size_t{1} << 18;

Block makeBlock(std::size_t size) {
    Block block;
    block.memory.reset(static_cast<float*>(std::aligned_alloc(64, size * sizeof(float))));
    if (!block.memory)
        throw Error("cpu has no memory left for " + std::to_string(size * sizeof(float)) +
                    " bytes of scratch");
    block.size = size;
    return block;
}

} // namespace

ScratchScope::ScratchScope()
    : block_(arena.block)
    , used_(arena.used) {}

ScratchScope::~ScratchScope() {
    arena.block = block_;
    arena.used = used_;
}

float* ScratchScope::floats(std::int64_t count) {
    const std::size_t wanted = (static_cast<std::size_t>(count) + 15) / 16 * 16;
    while (arena.block < arena.blocks.size() &&
           arena.blocks[arena.block].size - arena.used < wanted) {
        ++arena.block;
        arena.used = 0;
    }
    if (arena.block == arena.blocks.size()) {
        const std::size_t last = arena.blocks.empty() ? kFirstBlock : arena.blocks.back().size * 2;
        arena.blocks.push_back(makeBlock(std::max(last, wanted)));
        arena.used = 0;
    }
    float* memory = arena.blocks[arena.block].memory.get() + arena.used;
    arena.used += wanted;
    return memory;
}

} // namespace inlay::kernels::cpu

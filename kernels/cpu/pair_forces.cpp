#include "kernels/pair_forces.h"

#include <algorithm>
#include <cassert>

#include "kernels/cpu/levels.h"

namespace inlay::kernels {
namespace {

// Its square is finite in f32, and its kernel value is below any that counts.
constexpr float kFarAway = 1.0e18f;

const cpu::KernelTable& kernels() {
    static const cpu::KernelTable& table = cpu::kernelsFor(bestLevel());
    return table;
}

cpu::PairForces describe(const PairPoints& points, float* const* force) {
    assert(points.dims == 2 || points.dims == 3);
    cpu::PairForces op;
    op.dims = points.dims;
    op.padded = paddedPairPoints(points.count);
    for (int d = 0; d < points.dims; ++d) {
        op.y[d] = points.plane[d];
        op.force[d] = force[d];
    }
    return op;
}

} // namespace

std::int64_t paddedPairPoints(std::int64_t count) {
    return (count + cpu::kPairBlock - 1) / cpu::kPairBlock * cpu::kPairBlock;
}

void padPairPoints(float* plane, std::int64_t count) {
    std::fill(plane + count, plane + paddedPairPoints(count), kFarAway);
}

std::int64_t pairBlock() {
    return cpu::kPairBlock;
}

void repelPairs(const PairPoints& points, std::int64_t begin, std::int64_t end, float* const* force,
                float* sums) {
    assert(begin % cpu::kPairBlock == 0 && end % cpu::kPairBlock == 0);
    cpu::PairForces op = describe(points, force);
    op.sums = sums;
    kernels().repelPairs(op, begin, end);
}

void attractPairs(const PairPoints& points, const PairWeights& weights, std::int64_t begin,
                  std::int64_t end, float* const* force, float* cost) {
    cpu::PairForces op = describe(points, force);
    op.sums = cost;
    op.rowStart = weights.rowStart;
    op.column = weights.column;
    op.weight = weights.weight;
    kernels().attractPairs(op, begin, end);
}

} // namespace inlay::kernels

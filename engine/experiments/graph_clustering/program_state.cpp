#include "engine/experiments/graph_clustering/program_state.h"

#include <algorithm>
#include <cstring>

#include "kernels/devices.h"
#include "kernels/parallel.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr std::int64_t kRowsPerChunk = 16;
/// Rows of K that are there at a time, some megabytes.
constexpr std::int64_t kRowsOfK = 256;
constexpr std::int64_t kLanes = 4;

/// Four entries at a time, in the order they are written in: sums do not depend on the compiler.
using Lanes = float __attribute__((vector_size(16)));
using Bytes = std::uint8_t __attribute__((vector_size(4)));

inline float proxEntry(float t, float shift) {
    return std::min(1.0f, std::max(0.0f, t + shift));
}

inline Lanes lanesAt(const float* from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

inline Lanes clampUnit(Lanes x) {
    const Lanes zero = {};
    const Lanes one = zero + 1.0f;
    x = x > zero ? x : zero;
    return x < one ? x : one;
}

/// + edge where A = 1, - absent where A = 0.
inline float shiftOf(std::uint8_t a, const EntryThresholds& w) {
    return static_cast<float>(a) * (w.edge + w.absent) - w.absent;
}

struct EntryStep {
    EntryThresholds before;
    EntryThresholds now;
    float dualFactor;
    float relaxation;
};

struct RowSums {
    Lanes gap = {}, change = {}, k = {}, z = {}, dual = {};
};

/// Four entries: T and the target in place, squares added to the lanes.
inline void stepLanes(Lanes a, const float* k, float* t, float* target, const EntryStep& step,
                      RowSums& s) {
    const Lanes old = lanesAt(t);
    const Lanes low = lanesAt(k);
    const Lanes zOld =
        clampUnit(old + (a * (step.before.edge + step.before.absent) - step.before.absent));
    const Lanes sum = zOld + step.relaxation * (low - zOld) + step.dualFactor * (old - zOld);
    const Lanes z = clampUnit(sum + (a * (step.now.edge + step.now.absent) - step.now.absent));
    const Lanes dual = sum - z;
    const Lanes next = z - dual;
    std::memcpy(t, &sum, sizeof sum);
    std::memcpy(target, &next, sizeof next);
    s.gap += (low - z) * (low - z);
    s.change += (z - zOld) * (z - zOld);
    s.k += low * low;
    s.z += z * z;
    s.dual += dual * dual;
}

RowSums stepRow(const std::uint8_t* a, const float* k, float* t, float* target, std::int64_t n,
                const EntryStep& step) {
    RowSums s;
    const std::int64_t whole = n - n % kLanes;
    for (std::int64_t j = 0; j < whole; j += kLanes) {
        Bytes bytes;
        std::memcpy(&bytes, a + j, sizeof bytes);
        stepLanes(__builtin_convertvector(bytes, Lanes), k + j, t + j, target + j, step, s);
    }
    if (whole < n) {
        // The rest of the row, filled up with entries that stay zero and add nothing.
        float kRest[kLanes] = {}, tRest[kLanes] = {}, targetRest[kLanes] = {};
        Lanes aRest = {};
        for (std::int64_t j = whole; j < n; ++j) {
            aRest[j - whole] = a[j];
            kRest[j - whole] = k[j];
            tRest[j - whole] = t[j];
        }
        stepLanes(aRest, kRest, tRest, targetRest, step, s);
        std::copy_n(tRest, n - whole, t + whole);
        std::copy_n(targetRest, n - whole, target + whole);
    }
    return s;
}

double total(Lanes lanes) {
    double sum = 0;
    for (std::int64_t lane = 0; lane < kLanes; ++lane)
        sum += lanes[lane];
    return sum;
}

} // namespace

ProgramState::ProgramState(const DenseGraph& graph)
    : graph_(&graph)
    , nodes_(graph.nodes())
    , backend_(kernels::makeCpuBackend())
    , sum_(static_cast<std::size_t>(nodes_ * nodes_))
    , target_(sum_.size()) {
    // T = A is its own Z for any weights, so that Y = 0.
    for (std::int64_t i = 0; i < nodes_; ++i)
        std::copy_n(graph.row(i), nodes_, sum_.data() + i * nodes_);
    target_ = sum_;
}

EntrySums ProgramState::step(const EigenPairs& low, const EntryThresholds& thresholds,
                             float relaxation) {
    const std::int64_t n = nodes_;
    const auto rank = static_cast<std::int64_t>(low.values.size());
    const EntryStep how{thresholds_, thresholds, dualFactor_, relaxation};
    std::vector<RowSums> rows(static_cast<std::size_t>(n));
    // K = sum of w v v^T, a block of rows at a time: K is never there as a whole.
    std::vector<float> scaled(low.vectors);
    for (std::int64_t r = 0; r < rank; ++r)
        for (std::int64_t j = 0; j < n; ++j)
            scaled[static_cast<std::size_t>(r * n + j)] *=
                static_cast<float>(low.values[static_cast<std::size_t>(r)]);
    const std::int64_t blockRows = std::min(n, kRowsOfK);
    std::vector<float> block(static_cast<std::size_t>(blockRows * n));
    for (std::int64_t first = 0; first < n; first += blockRows) {
        const std::int64_t count = std::min(blockRows, n - first);
        backend_->gemm({.a = kernels::Transpose::Yes},
                       {scaled.data() + first, rank, count, n, kernels::DType::F32},
                       {low.vectors.data(), rank, n, n, kernels::DType::F32},
                       {block.data(), count, n, n, kernels::DType::F32}, {});
        kernels::parallelFor(count, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const std::int64_t row = first + i;
                rows[static_cast<std::size_t>(row)] =
                    stepRow(graph_->row(row), block.data() + i * n, sum_.data() + row * n,
                            target_.data() + row * n, n, how);
            }
        });
    }
    thresholds_ = thresholds;
    dualFactor_ = 1;
    EntrySums sums;
    for (const RowSums& row : rows) {
        sums.gap += total(row.gap);
        sums.change += total(row.change);
        sums.k += total(row.k);
        sums.z += total(row.z);
        sums.dual += total(row.dual);
    }
    return sums;
}

void ProgramState::rescaleDual(double factor) {
    dualFactor_ *= static_cast<float>(factor);
    rebuildTarget();
}

void ProgramState::rebuildTarget() {
    kernels::parallelFor(nodes_, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const std::uint8_t* a = graph_->row(i);
            for (std::int64_t j = 0; j < nodes_; ++j) {
                const float t = sum_[static_cast<std::size_t>(i * nodes_ + j)];
                const float z = proxEntry(t, shiftOf(a[j], thresholds_));
                target_[static_cast<std::size_t>(i * nodes_ + j)] = z - dualFactor_ * (t - z);
            }
        }
    });
}

void ProgramState::solutionRow(std::int64_t i, float* row) const {
    const std::uint8_t* a = graph_->row(i);
    const float* t = sum_.data() + i * nodes_;
    for (std::int64_t j = 0; j < nodes_; ++j)
        row[j] = proxEntry(t[j], shiftOf(a[j], thresholds_));
}

void ProgramState::dualRow(std::int64_t i, float* row) const {
    const std::uint8_t* a = graph_->row(i);
    const float* t = sum_.data() + i * nodes_;
    for (std::int64_t j = 0; j < nodes_; ++j)
        row[j] = dualFactor_ * (t[j] - proxEntry(t[j], shiftOf(a[j], thresholds_)));
}

double ProgramState::entryCost(const ProgramWeights& weights) const {
    std::vector<float> z(static_cast<std::size_t>(nodes_));
    double cost = 0;
    for (std::int64_t i = 0; i < nodes_; ++i) {
        solutionRow(i, z.data());
        const std::uint8_t* a = graph_->row(i);
        double row = 0;
        for (std::int64_t j = 0; j < nodes_; ++j)
            row += a[j] ? weights.missedEdge * (1.0 - z[static_cast<std::size_t>(j)])
                        : weights.absentEdge * z[static_cast<std::size_t>(j)];
        cost += row;
    }
    return cost;
}

} // namespace inlay::engine::graph_clustering

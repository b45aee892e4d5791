#pragma once

#include <cstdint>
#include <vector>

namespace inlay::kernels {

/// Centers in the layout that nearestCenters() reads: transposed, padded to whole vectors, with
/// half their squared norms.
class CenterPack {
public:
    CenterPack() = default;
    /// `centers` is count x dims, row-major; count is 1 to 2^24.
    CenterPack(const float* centers, std::int64_t count, std::int64_t dims);

    std::int64_t count() const { return count_; }
    std::int64_t dims() const { return dims_; }
    const float* row(std::int64_t center) const { return rows_.data() + center * dims_; }

private:
    friend void nearestCenters(const CenterPack&, const float*, std::int64_t, std::int32_t*, float*,
                               float*);
    std::int64_t count_ = 0;
    std::int64_t dims_ = 0;
    float largestNorm_ = 0;
    std::vector<float> rows_;
    std::vector<float> packed_;
    std::vector<float> halfNorms_;
};

/// The nearest center of each of `rows` points (rows x dims, row-major, finite). Ties go to the
/// lowest index. One pass over |c|^2 / 2 - x.c in f32 finds the candidates; where the two best lie
/// within the rounding error of that form, distances are compared directly, so the answer is the
/// one that sums of squared differences in f32 give. Serial; safe to call from many threads.
/// `squared` gets the squared distance as a sum of squared differences; `secondSquared` (may be
/// null) a lower bound of that to the second nearest center, +infinity with one center.
void nearestCenters(const CenterPack& centers, const float* x, std::int64_t rows,
                    std::int32_t* index, float* squared, float* secondSquared);

/// Sum of squared differences, f32.
float squaredDistance(const float* a, const float* b, std::int64_t dims);

/// Lets one more center cover points: where its squared distance is below squared[i], that and
/// label[i] are replaced. `skip` (may be null) holds for each former label the largest squared[i]
/// that the new center cannot undercut: those points are not read. Returns how many changed.
std::int64_t coverRows(const float* x, std::int64_t rows, std::int64_t dims, const float* center,
                       std::int32_t newLabel, const float* skip, float* squared,
                       std::int32_t* label);

/// Adds each point times its weight (null = 1) to row label[i] of `sums` (double, dims wide) and
/// the weight to counts[label[i]].
void accumulateRows(const float* x, std::int64_t rows, std::int64_t dims, const std::int32_t* label,
                    const double* weight, double* sums, double* counts);

} // namespace inlay::kernels

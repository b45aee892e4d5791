#include <algorithm>
#include <vector>

#include "engine/analysis/embedding/repulsion.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

// A strip of rows meets all rows after it and has forces of its own for all of them, which are
// added up afterwards in the order of the strips: the same for any number of threads.
constexpr std::int64_t kLeastStrip = 256;
constexpr std::int64_t kMostStrips = 64;
constexpr std::int64_t kSumGrain = 4096;
// Pairs between two looks at the observer: some 50 ms of one slow core.
constexpr std::int64_t kSlabPairs = 100'000'000;

class ExactRepulsion final : public Repulsion {
public:
    ExactRepulsion(std::int64_t count, std::int64_t dims)
        : count_(count)
        , dims_(dims)
        , padded_(kernels::paddedPairPoints(count)) {
        const std::int64_t block = kernels::pairBlock();
        strip_ = std::max(kLeastStrip, (padded_ / kMostStrips + block) / block * block);
        strips_ = (padded_ + strip_ - 1) / strip_;
        forces_.resize(static_cast<std::size_t>(strips_ * dims * padded_));
        sums_.resize(static_cast<std::size_t>(padded_));
    }

    double sum(const kernels::PairPoints& points, float* const* force,
               LayoutWatch& watch) override {
        const std::int64_t atOnce = std::max<std::int64_t>(1, kSlabPairs / (strip_ * count_));
        for (std::int64_t first = 0; first < strips_; first += atOnce) {
            if (first > 0 && !watch.goOn())
                return 1;
            kernels::parallelFor(std::min(atOnce, strips_ - first), 1,
                                 [&](std::int64_t begin, std::int64_t end) {
                                     for (std::int64_t s = first + begin; s < first + end; ++s)
                                         repelStrip(points, s);
                                 });
        }
        kernels::parallelFor(count_, kSumGrain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t d = 0; d < dims_; ++d)
                addStrips(d, begin, end, force[d]);
        });
        double total = 0;
        for (std::int64_t i = 0; i < count_; ++i)
            total += static_cast<double>(sums_[static_cast<std::size_t>(i)]);
        return total;
    }

private:
    float* plane(std::int64_t strip, std::int64_t d) {
        return forces_.data() + (strip * dims_ + d) * padded_;
    }

    void repelStrip(const kernels::PairPoints& points, std::int64_t strip) {
        const std::int64_t begin = strip * strip_;
        const std::int64_t end = std::min(padded_, begin + strip_);
        float* force[3] = {};
        for (std::int64_t d = 0; d < dims_; ++d) {
            force[d] = plane(strip, d);
            std::fill(force[d] + begin, force[d] + padded_, 0.0f);
        }
        kernels::repelPairs(points, begin, end, force, sums_.data());
    }

    /// A strip has nothing to say about the rows before it.
    void addStrips(std::int64_t d, std::int64_t begin, std::int64_t end, float* force) {
        std::fill(force + begin, force + end, 0.0f);
        for (std::int64_t strip = 0; strip * strip_ < end; ++strip) {
            const float* part = plane(strip, d);
            for (std::int64_t i = std::max(begin, strip * strip_); i < end; ++i)
                force[i] += part[i];
        }
    }

    std::int64_t count_;
    std::int64_t dims_;
    std::int64_t padded_;
    std::int64_t strip_ = 0;
    std::int64_t strips_ = 0;
    std::vector<float> forces_;
    std::vector<float> sums_;
};

} // namespace

std::unique_ptr<Repulsion> exactRepulsion(std::int64_t count, std::int64_t dims) {
    return std::make_unique<ExactRepulsion>(count, dims);
}

} // namespace inlay::engine

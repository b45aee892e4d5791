#include <algorithm>
#include <vector>

#include "engine/analysis/embedding/repulsion.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kRowGrain = 64;
// Pairs between two looks at the observer: some 50 ms of one slow core.
constexpr std::int64_t kSlabPairs = 50'000'000;

class ExactRepulsion final : public Repulsion {
public:
    explicit ExactRepulsion(std::int64_t count)
        : sums_(static_cast<std::size_t>(count)) {}

    double sum(const kernels::PairPoints& points, float* const* force,
               LayoutWatch& watch) override {
        const std::int64_t slab =
            std::max(kRowGrain, kSlabPairs / points.count / kRowGrain * kRowGrain);
        for (std::int64_t first = 0; first < points.count; first += slab) {
            if (first > 0 && !watch.goOn())
                return 1;
            const std::int64_t rows = std::min(slab, points.count - first);
            kernels::parallelFor(rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
                kernels::repelPairs(points, first + begin, first + end, force, sums_.data());
            });
        }
        double total = 0;
        for (const float sum : sums_)
            total += static_cast<double>(sum);
        return total;
    }

private:
    std::vector<float> sums_;
};

} // namespace

std::unique_ptr<Repulsion> exactRepulsion(std::int64_t count) {
    return std::make_unique<ExactRepulsion>(count);
}

} // namespace inlay::engine

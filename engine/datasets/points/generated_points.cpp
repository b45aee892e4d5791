#include "engine/datasets/points/generated_points.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "engine/base/random.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kNorm25Centers = 25;
constexpr std::int64_t kNorm25Dims = 15;
constexpr double kNorm25Side = 500;

// Points of independent streams keyed by their number, so that any part can be made again.
class GeneratedPoints : public PointStream {
public:
    GeneratedPoints(std::int64_t clusters, std::int64_t dims, std::int64_t count, RandomStream root)
        : centers_(static_cast<std::size_t>(clusters * dims))
        , noise_(root.split("noise"))
        , clusters_(clusters)
        , dims_(dims)
        , count_(count) {}

    std::int64_t dims() const override { return dims_; }
    std::optional<std::int64_t> count() const override { return count_; }
    bool canReplay() const override { return true; }
    void rewind() override { next_ = 0; }
    std::int64_t plantedClusters() const override { return clusters_; }

    std::int64_t read(double* out, std::int64_t rows, std::int32_t* planted) override {
        const std::int64_t got = std::min(rows, count_ - next_);
        for (std::int64_t row = 0; row < got; ++row) {
            RandomStream random = noise_.split(static_cast<std::uint64_t>(next_));
            const std::int64_t cluster = clusterOf(next_, random);
            makePoint(cluster, random, out + row * dims_);
            if (planted)
                planted[row] = static_cast<std::int32_t>(cluster);
            ++next_;
        }
        return got;
    }

protected:
    virtual std::int64_t clusterOf(std::int64_t point, RandomStream& random) const = 0;
    virtual void makePoint(std::int64_t cluster, RandomStream& random, double* out) const = 0;

    std::vector<double> centers_; // clusters x dims
    RandomStream noise_;
    std::int64_t clusters_;
    std::int64_t dims_;
    std::int64_t count_;
    std::int64_t next_ = 0;
};

class Norm25 final : public GeneratedPoints {
public:
    explicit Norm25(const Norm25Config& config)
        : GeneratedPoints(kNorm25Centers, kNorm25Dims, kNorm25Centers * config.points,
                          RandomStream(config.seed, "points.norm25"))
        , order_(static_cast<std::size_t>(count_)) {
        const RandomStream root(config.seed, "points.norm25");
        RandomStream vertices = root.split("vertices");
        std::set<std::uint64_t> used;
        while (static_cast<std::int64_t>(used.size()) < kNorm25Centers) {
            const std::uint64_t vertex = vertices.below(std::uint64_t{1} << kNorm25Dims);
            const auto center = static_cast<std::int64_t>(used.size());
            if (!used.insert(vertex).second)
                continue;
            for (std::int64_t p = 0; p < kNorm25Dims; ++p)
                centers_[static_cast<std::size_t>(center * kNorm25Dims + p)] =
                    (vertex >> p) & 1 ? kNorm25Side : 0;
        }
        std::iota(order_.begin(), order_.end(), std::int64_t{0});
        root.split("order").shuffle(order_);
    }

    bool plantedIsOptimal() const override { return true; }

protected:
    std::int64_t clusterOf(std::int64_t point, RandomStream&) const override {
        return order_[static_cast<std::size_t>(point)] % kNorm25Centers;
    }
    void makePoint(std::int64_t cluster, RandomStream& random, double* out) const override {
        for (std::int64_t p = 0; p < dims_; ++p)
            out[p] = centers_[static_cast<std::size_t>(cluster * dims_ + p)] + random.normal();
    }

private:
    std::vector<std::int64_t> order_;
};

class Mixture final : public GeneratedPoints {
public:
    explicit Mixture(const MixtureConfig& config)
        : GeneratedPoints(config.clusters, config.dims, config.count,
                          RandomStream(config.seed, "points.mixture"))
        , config_(config)
        , direction_(centers_.size()) {
        const RandomStream root(config.seed, "points.mixture");
        RandomStream places = root.split("centers");
        for (double& value : centers_)
            value = config.layout == CenterLayout::Uniform ? places.uniform(0, config.spread)
                                                           : config.spread * places.normal();
        RandomStream ways = root.split("drift");
        for (std::int64_t c = 0; c < clusters_; ++c) {
            double* way = direction_.data() + c * dims_;
            double norm2 = 0;
            for (std::int64_t p = 0; p < dims_; ++p) {
                way[p] = ways.normal();
                norm2 += way[p] * way[p];
            }
            for (std::int64_t p = 0; p < dims_; ++p)
                way[p] *= config.drift / std::sqrt(norm2);
        }
    }

protected:
    std::int64_t clusterOf(std::int64_t, RandomStream& random) const override {
        return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(clusters_)));
    }
    void makePoint(std::int64_t cluster, RandomStream& random, double* out) const override {
        const double* center = centers_.data() + cluster * dims_;
        const double* way = direction_.data() + cluster * dims_;
        const double share =
            count_ > 1 ? static_cast<double>(next_) / static_cast<double>(count_ - 1) : 0;
        for (std::int64_t p = 0; p < dims_; ++p)
            out[p] = center[p] + share * way[p] + config_.noise * random.normal();
    }

private:
    MixtureConfig config_;
    std::vector<double> direction_; // from the first point to the last
};

} // namespace

std::unique_ptr<PointStream> openNorm25(const Norm25Config& config) {
    return std::make_unique<Norm25>(config);
}

std::unique_ptr<PointStream> openMixture(const MixtureConfig& config) {
    return std::make_unique<Mixture>(config);
}

} // namespace inlay::engine

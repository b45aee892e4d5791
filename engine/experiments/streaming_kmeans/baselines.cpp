#include "engine/experiments/streaming_kmeans/baselines.h"

#include <algorithm>
#include <utility>

#include "engine/base/clock.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"
#include "engine/experiments/streaming_kmeans/reduction.h"
#include "engine/experiments/streaming_kmeans/sequential.h"

namespace inlay::engine::kmeans {
namespace {

// Points on the curve of an algorithm that reads the stream once.
constexpr std::int64_t kMoments = 16;

// Stops the clock while costs for the curve are computed.
class Stopwatch {
public:
    double seconds() const { return spent_ + (monotonicSeconds() - since_); }
    template <class Work>
    void outside(Work&& work) {
        spent_ = seconds();
        work();
        since_ = monotonicSeconds();
    }

private:
    double spent_ = 0;
    double since_ = monotonicSeconds();
};

BaselineResult runLloyd(const WeightedPoints& points, const KmeansConfig& config,
                        const RandomStream& random, const std::function<bool()>& proceed) {
    BaselineResult result{"lloyd", {}, false};
    const double start = monotonicSeconds();
    const WeightedPoints first = randomPoints(points, config.k, random);
    LloydOptions options = lloydOptions(config);
    options.maxIterations = std::max<std::int64_t>(options.maxIterations, 1);
    const LloydResult found =
        lloyd(points, asCenters(first), options,
              [&](std::int64_t iteration, double cost, const std::vector<double>&) {
                  result.moments.push_back({iteration, monotonicSeconds() - start, cost});
                  return proceed();
              });
    result.interrupted = found.interrupted;
    return result;
}

BaselineResult runPlusPlus(const WeightedPoints& points, const KmeansConfig& config,
                           const RandomStream& random) {
    const double start = monotonicSeconds();
    const Seeding found = seedCenters(points, {config.k, 1}, random);
    return {"plus_plus", {{config.k, monotonicSeconds() - start, found.cost}}, false};
}

// Feeds the points in order and computes the cost now and then.
template <class Method>
BaselineResult runPass(std::string name, Method& method, const WeightedPoints& points,
                       const std::function<bool()>& proceed,
                       const std::function<std::int64_t()>& room,
                       const std::function<void()>& finish) {
    BaselineResult result{std::move(name), {}, false};
    const std::int64_t n = points.count();
    Stopwatch watch;
    std::int64_t next = std::max<std::int64_t>(1, n / kMoments);
    for (std::int64_t at = 0; at < n;) {
        const std::int64_t rows = std::min({n - at, room(), next - at});
        method.add(points.row(at), rows);
        at += rows;
        if (at < next && at < n)
            continue;
        if (at == n)
            finish();
        next = std::min(n, next + std::max<std::int64_t>(1, n / kMoments));
        bool goOn = true;
        watch.outside([&] {
            const double seconds = watch.seconds();
            if (!method.centers().empty())
                result.moments.push_back({at, seconds, costOf(points, method.centers())});
            goOn = proceed();
        });
        if (!goOn) {
            result.interrupted = true;
            break;
        }
    }
    return result;
}

} // namespace

double costOf(const WeightedPoints& points, const std::vector<double>& centers) {
    LloydOptions once;
    once.maxIterations = 0;
    once.bounds = Bounds::Never;
    return lloyd(points, centers, once).cost;
}

LloydOptions lloydOptions(const KmeansConfig& config, const std::optional<Device>& device) {
    LloydOptions options;
    options.maxIterations = config.maxIterations;
    options.relativeChange = config.tolerance;
    options.absoluteChange = config.absoluteTolerance;
    options.empty = config.empty;
    options.device = device;
    return options;
}

WeightedPoints randomPoints(const WeightedPoints& points, std::int64_t k, RandomStream random) {
    WeightedPoints chosen;
    chosen.dims = points.dims;
    const std::int64_t count = std::min(k, points.count());
    for (const std::int64_t i : random.sample(points.count(), count)) {
        chosen.values.insert(chosen.values.end(), points.row(i), points.row(i) + points.dims);
        chosen.weights.push_back(1);
    }
    return chosen;
}

WeightedPoints batchStart(const WeightedPoints& points, const KmeansConfig& config,
                          const RandomStream& random) {
    switch (config.start) {
    case Start::Random:
        return randomPoints(points, config.k, random.split("random"));
    case Start::PlusPlus:
        return reduceGroup(points, {config.k, 1}, repetitionsFor(config, points.count()), random)
            .centers;
    case Start::Sharp:
        break;
    }
    const WeightedPoints many = reduceGroup(points, {config.k, drawsFor(config)},
                                            repetitionsFor(config, points.count()), random)
                                    .centers;
    if (config.algorithm == Algorithm::Seeding)
        return many;
    return reduceGroup(many, {config.k, 1}, 1, random.split("reduced")).centers;
}

std::vector<std::function<BaselineResult()>> baselines(const WeightedPoints& points,
                                                       const KmeansConfig& config,
                                                       const RandomStream& random,
                                                       std::function<bool()> proceed) {
    std::vector<std::function<BaselineResult()>> all;
    if (config.compare.lloyd)
        all.emplace_back([&points, &config, random, proceed] {
            return runLloyd(points, config, random.split("lloyd"), proceed);
        });
    if (config.compare.plusPlus)
        all.emplace_back([&points, &config, random] {
            return runPlusPlus(points, config, random.split("plus_plus"));
        });
    if (config.compare.online)
        all.emplace_back([&points, &config, proceed] {
            OnlineLloyd online(points.dims, config.k);
            return runPass(
                "online", online, points, proceed, [&] { return points.count(); }, [] {});
        });
    if (config.compare.miniBatch)
        all.emplace_back([&points, &config, random, proceed] {
            MiniBatch batches(points.dims, config.k, config.batchSize, random.split("mini_batch"));
            return runPass(
                "mini_batch", batches, points, proceed, [&] { return batches.room(); },
                [&] { batches.flush(); });
        });
    return all;
}

} // namespace inlay::engine::kmeans

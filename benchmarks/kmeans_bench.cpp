// Times streaming k-means on sets A and B of docs/clustering.md: points from an NPY file, in memory
// where the algorithm holds them. One JSON line a measurement, CPU seconds of this process.
//   kmeans_bench FILE.npy [--k 100] [--repeats 5]
// The peer is peers/kmeans_sklearn.py on the same file.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engine/datasets/points/point_source.h"
#include "engine/experiments/streaming_kmeans/baselines.h"
#include "engine/experiments/streaming_kmeans/hierarchy.h"
#include "engine/experiments/streaming_kmeans/lloyd.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"
#include "engine/experiments/streaming_kmeans/stream_reader.h"
#include "kernels/parallel.h"

using namespace inlay::engine;
using namespace inlay::engine::kmeans;

namespace {

double cpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

double peakMegabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

WeightedPoints loadAll(const TableConfig& table) {
    const auto stream = openPoints(table);
    StreamReader reader(*stream);
    WeightedPoints points;
    points.dims = stream->dims();
    for (;;) {
        const std::int64_t got = reader.read(StreamReader::kWindow);
        points.values.insert(points.values.end(), reader.values().begin(),
                             reader.values().begin() + got * points.dims);
        if (got < StreamReader::kWindow)
            return points;
    }
}

void report(const char* what, double seconds, double cost, std::int64_t assignments = 0) {
    std::printf("{\"what\": \"%s\", \"cpu_s\": %.4f, \"cost\": %.8g, \"assignments\": %lld, "
                "\"peak_mb\": %.0f}\n",
                what, seconds, cost, static_cast<long long>(assignments), peakMegabytes());
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "kmeans_bench FILE.npy [--k 100] [--repeats 5] [--only NAME]\n");
        return 2;
    }
    std::int64_t k = 100;
    int repeats = 5;
    std::string only;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--k") == 0)
            k = std::atoll(argv[i + 1]);
        if (std::strcmp(argv[i], "--repeats") == 0)
            repeats = std::atoi(argv[i + 1]);
        if (std::strcmp(argv[i], "--only") == 0)
            only = argv[i + 1];
    }
    const auto wanted = [&](const char* name) {
        return only.empty() || only == name;
    };
    inlay::kernels::setThreadCount(0);
    const TableConfig table{argv[1], BadRows::Refuse, {}};

    if (wanted("dc2"))
        for (int r = 0; r < repeats; ++r) {
            // From the file to k centers: reading counts, as it does for a person.
            const double before = cpuSeconds();
            KmeansConfig config;
            config.k = k;
            config.source = table;
            const auto stream = openPoints(table);
            StreamReader reader(*stream);
            const LevelPlan plan = planLevels(config, stream->count(), stream->dims());
            const RandomStream random(static_cast<std::uint64_t>(r), "bench");
            Hierarchy hierarchy(stream->dims(), plan.levels, random);
            for (;;) {
                const std::int64_t rows = std::min(hierarchy.room(), StreamReader::kWindow);
                const std::int64_t got = reader.read(rows);
                if (got > 0)
                    hierarchy.add(reader.values().data(), got);
                if (got < rows)
                    break;
            }
            hierarchy.flush();
            const Reduction last =
                reduceGroup(hierarchy.summary(), {k, 1}, 1, random.split("final"));
            LloydOptions options;
            options.maxIterations = 10;
            const LloydResult polished =
                lloyd(hierarchy.summary(), asCenters(last.centers), options);
            const double seconds = cpuSeconds() - before;
            const WeightedPoints all = only.empty() ? loadAll(table) : WeightedPoints{};
            report("dc2_r3_polish10", seconds,
                   all.count() > 0 ? costOf(all, polished.centers) : polished.cost);
        }
    if (only == "dc2")
        return 0;

    const WeightedPoints points = loadAll(table);
    for (int r = 0; r < repeats; ++r) {
        const RandomStream random(static_cast<std::uint64_t>(r), "bench");
        double before = cpuSeconds();
        const Seeding seeding = seedCenters(points, {k, 1}, random);
        report("k_means_plus_plus", cpuSeconds() - before, seeding.cost);
        const WeightedPoints start = randomPoints(points, k, random);
        for (const auto& [name, bounds] : {std::pair("lloyd_20_plain", Bounds::Never),
                                           std::pair("lloyd_20_bounds", Bounds::Auto)}) {
            LloydOptions options;
            options.maxIterations = 20;
            options.relativeChange = -1; // all twenty
            options.bounds = bounds;
            before = cpuSeconds();
            const LloydResult found = lloyd(points, asCenters(start), options);
            report(name, cpuSeconds() - before, found.cost, found.iterations + 1);
        }
        before = cpuSeconds();
        const Seeding seeds = seedCenters(points, {k, 1}, random.split("whole"));
        const LloydResult whole = lloyd(points, asCenters(weightedCenters(points, seeds)), {});
        report("k_means_whole", cpuSeconds() - before, whole.cost, whole.iterations + 1);
    }
    return 0;
}

// Projects the rows of an NPY file and says what it took and how good the picture is. One JSON line
// a measurement, CPU seconds of this process.
//   embedding_bench FILE.npy [--method pca|tsne|tsne_exact|tsne_grid|umap] [--threads N]
//                   [--pca D] [--repeats R] [--layout OUT.npy]
// The peers are run beside it by peers/embedding.py.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/analysis/embedding/tsne.h"
#include "engine/analysis/embedding/umap.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/interop/npy.h"
#include "kernels/parallel.h"

using namespace inlay::engine;

namespace {

struct Options {
    std::string file;
    std::string method = "tsne";
    std::string layout;
    int threads = 1;
    int repeats = 1;
    std::int64_t pca = 0;
};

double cpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

Layout layoutOf(const std::string& method, PointsView points) {
    if (method == "pca")
        return principalLayout(points).layout;
    if (method == "umap")
        return umapLayout(points, {}, {});
    TsneOptions options;
    if (method == "tsne_exact")
        options.method = TsneMethod::Exact;
    if (method == "tsne_grid")
        options.method = TsneMethod::Grid;
    return tsneLayout(points, options, {});
}

void measure(const Options& options) {
    const NpyArray array = readNpy(options.file);
    if (array.header.shape.size() != 2)
        throw Error(options.file + " is not a matrix");
    std::vector<float> values(array.values.begin(), array.values.end());
    PointsView points{values, array.header.shape[0], array.header.shape[1]};
    if (options.pca > 0) {
        const double before = cpuSeconds();
        values = reducedDimension(points, options.pca);
        points = {values, points.count, options.pca};
        std::printf("{\"what\": \"inlay reduction\", \"d\": %lld, \"cpu_s\": %.3f}\n",
                    static_cast<long long>(options.pca), cpuSeconds() - before);
    }
    for (int r = 0; r < options.repeats; ++r) {
        const double before = cpuSeconds();
        const double start = monotonicSeconds();
        const Layout layout = layoutOf(options.method, points);
        const double cpu = cpuSeconds() - before;
        const double wall = monotonicSeconds() - start;
        const PointsView plane{layout.values, points.count, layout.dimension};
        const ProjectionQuality quality = projectionQuality(points, plane);
        std::printf("{\"what\": \"inlay %s\", \"n\": %lld, \"d\": %lld, \"threads\": %d, "
                    "\"cpu_s\": %.3f, \"wall_s\": %.3f, \"cost\": %.5f, \"trust12\": %.5f, "
                    "\"continuity12\": %.5f, \"kept10\": %.5f, \"shepard\": %.4f, "
                    "\"judged\": %lld}\n",
                    options.method.c_str(), static_cast<long long>(points.count),
                    static_cast<long long>(points.dimension), options.threads, cpu, wall,
                    layout.cost, quality.trustworthiness, quality.continuity, quality.neighborsKept,
                    quality.shepard, static_cast<long long>(quality.points));
        std::fflush(stdout);
        if (!options.layout.empty()) {
            NpyWriter writer(options.layout, NpyType::F32, {points.count, layout.dimension});
            writer.write(std::span<const float>(layout.values));
            writer.close();
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (name.rfind("--", 0) != 0)
            options.file = name;
        else if (name == "--method")
            options.method = value;
        else if (name == "--layout")
            options.layout = value;
        else if (name == "--threads")
            options.threads = std::atoi(value.c_str());
        else if (name == "--repeats")
            options.repeats = std::atoi(value.c_str());
        else if (name == "--pca")
            options.pca = std::atoll(value.c_str());
        if (name.rfind("--", 0) == 0)
            ++i;
    }
    if (options.file.empty()) {
        std::fprintf(stderr, "embedding_bench FILE.npy [--method NAME] [--threads N] [--pca D] "
                             "[--repeats R] [--layout OUT.npy]\n");
        return 2;
    }
    inlay::kernels::setThreadCount(options.threads);
    try {
        measure(options);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}

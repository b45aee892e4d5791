// What it costs to move a cloud of points: panning, turning in space and hovering, each as the
// whole picture (points, axes, labels) of a 900 x 700 plot. Prints one JSON object; times are those
// of the GUI thread, without what other programs take (wall_ms has them), and frames per second are
// 1000 / the median.
//
//     point_cloud_bench [POINTS, default 200000]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include <QApplication>
#include <QElapsedTimer>
#include <QStandardPaths>

#include "engine/base/json.h"
#include "widgets/plots/point_cloud.h"
#include "widgets/theme/theme.h"

namespace {

using namespace inlay;
using engine::Json;

constexpr int kFrames = 60;

double threadMs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e3 * static_cast<double>(now.tv_sec) + 1e-6 * static_cast<double>(now.tv_nsec);
}

double medianOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

template <class Step>
Json measure(widgets::PointCloud& cloud, Step step) {
    std::vector<double> times;
    std::vector<double> walls;
    for (int frame = 0; frame < kFrames; ++frame) {
        QElapsedTimer timer;
        timer.start();
        const double before = threadMs();
        step(frame);
        cloud.flush();
        times.push_back(threadMs() - before);
        walls.push_back(1e-6 * static_cast<double>(timer.nsecsElapsed()));
    }
    const double median = medianOf(times);
    return {{"median_ms", median},
            {"slowest_ms", *std::max_element(times.begin(), times.end())},
            {"wall_ms", medianOf(walls)},
            {"frames_per_second", 1000 / median}};
}

Json run(int dimension, std::size_t count) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    widgets::CloudPoints points;
    points.dimension = dimension;
    std::vector<std::int32_t> classOf;
    for (std::size_t i = 0; i < count; ++i) {
        classOf.push_back(static_cast<std::int32_t>(i % 10));
        for (int d = 0; d < dimension; ++d)
            points.values.push_back(normal(random) +
                                    4 * std::cos(static_cast<float>(classOf.back() * (d + 1))));
    }
    std::vector<widgets::CloudClass> classes;
    for (int i = 0; i < 10; ++i)
        classes.push_back({QString::number(i), widgets::seriesStyle(i)});
    widgets::PointCloud cloud;
    cloud.resize(900, 700);
    cloud.setPoints(std::move(points));
    cloud.setClasses(std::move(classOf), std::move(classes));
    cloud.show();
    cloud.flush();
    Json report;
    const widgets::Range x = cloud.xRange();
    const widgets::Range y = cloud.yRange();
    report["pan"] = measure(cloud, [&](int frame) {
        const double by = 0.003 * frame * x.size();
        cloud.zoomTo({x.low + by, x.high + by}, y);
    });
    report["raster_ms"] = cloud.lastRasterMs();
    if (dimension == 3)
        report["turn"] = measure(cloud, [&](int frame) { cloud.setCamera(3 * frame, 20); });
    widgets::PointSet half;
    for (std::uint32_t i = 0; i < count; i += 2)
        half.push_back(i);
    cloud.select(half);
    report["pan_half_selected"] = measure(cloud, [&](int frame) {
        const double by = 0.003 * frame * x.size();
        cloud.zoomTo({x.low + by, x.high + by}, y);
    });
    QElapsedTimer timer;
    timer.start();
    cloud.pointAt({450, 350});
    report["first_pick_ms"] = 1e-6 * static_cast<double>(timer.nsecsElapsed());
    timer.restart();
    QPolygonF outline;
    for (int i = 0; i < 200; ++i)
        outline << QPointF(450 + 200 * std::cos(i * 0.0314), 350 + 200 * std::sin(i * 0.0314));
    cloud.selectInside(outline, widgets::SelectionChange::Replace);
    report["lasso_ms"] = 1e-6 * static_cast<double>(timer.nsecsElapsed());
    return report;
}

} // namespace

int main(int argc, char** argv) {
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    const long long count = argc > 1 ? std::atoll(argv[1]) : 200'000;
    if (count < 1000) {
        std::fprintf(stderr, "usage: point_cloud_bench [points, 1000 or more]\n");
        return 2;
    }
    widgets::Theme theme(application);
    const Json report = {{"benchmark", "point_cloud"},
                         {"points", count},
                         {"plane", run(2, static_cast<std::size_t>(count))},
                         {"space", run(3, static_cast<std::size_t>(count))}};
    std::printf("%s\n", report.dump().c_str());
    return 0;
}

// What a person waits for in the window, and what drawing costs:
// - first_paint: from the start of the process to the first painted window,
// - long_series: a stored series of POINTS points read and drawn whole, then zoomed into,
// - live: 20 curves of 100 points a second each on a history of 30,000.
// Prints one JSON object.
//
//     window_bench [POINTS, default 10000000]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>
#include <unistd.h>

#include "app/workbench/main_window.h"
#include "app/workbench/view_list.h"
#include "engine/base/json.h"
#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"
#include "engine/store/series_writer.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/theme/series_style.h"
#include "widgets/theme/theme.h"

namespace {

using namespace inlay;
using engine::Json;

/// Milliseconds since this process was started, to 10 ms (a clock tick).
double sinceStart() {
    std::ifstream file("/proc/self/stat");
    std::stringstream text;
    text << file.rdbuf();
    // The name in parentheses may hold blanks; the start is the 20th field after it.
    const std::string all = text.str();
    std::istringstream fields(all.substr(all.rfind(')') + 1));
    std::string field;
    for (int i = 0; i < 20; ++i)
        fields >> field;
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    return 1e3 * (static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
                  std::stod(field) / ticks);
}

class FirstPaint : public QObject {
public:
    explicit FirstPaint(QWidget& widget) { widget.installEventFilter(this); }
    double milliseconds() const { return milliseconds_; }

protected:
    bool eventFilter(QObject* object, QEvent* event) override {
        if (event->type() != QEvent::Paint || milliseconds_ > 0.0)
            return false;
        object->event(event);
        milliseconds_ = sinceStart();
        return true;
    }

private:
    double milliseconds_ = 0.0;
};

void wait(int milliseconds) {
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

double firstPaint(widgets::Theme& theme, const QString& folder) {
    app::WindowSetup setup;
    setup.kinds = engine::experimentKinds();
    setup.views = app::windowViews();
    setup.program = QCoreApplication::applicationDirPath() + QStringLiteral("/inlay");
    setup.storePath = folder + QStringLiteral("/window.db");
    setup.session = app::WindowSetup::Session::Fresh;
    app::MainWindow window(theme, setup);
    const FirstPaint paint(window);
    window.resize(1440, 900);
    window.show();
    QElapsedTimer patience;
    patience.start();
    while (paint.milliseconds() == 0.0 && patience.elapsed() < 60'000)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 10);
    wait(500);
    return paint.milliseconds();
}

engine::SeriesId writeSeries(const std::string& path, std::int64_t points) {
    auto store = engine::RunStore::open(path, engine::OpenMode::Create);
    engine::NewRun fresh;
    fresh.name = "long";
    fresh.kind = "train";
    const engine::RunId run = store.insertRun(fresh);
    store.beginAttempt(run, 0, "start");
    engine::SeriesWriter writer(store, run, 1);
    for (std::int64_t step = 0; step < points; ++step) {
        const auto x = static_cast<double>(step);
        writer.add("train/loss", step,
                   step == points / 3 ? 1000.0 : std::exp(-1e-7 * x) + 0.1 * std::sin(1.7 * x),
                   1700000000000 + step);
        if (step % 100000 == 99999)
            writer.commit();
    }
    writer.seal();
    store.truncateWal();
    return engine::SeriesReader(store).find(run, "train/loss")->id;
}

widgets::Points pointsOf(const engine::ReducedSeries& view) {
    widgets::Points points;
    points.x.assign(view.steps.begin(), view.steps.end());
    points.y.assign(view.values.begin(), view.values.end());
    return points;
}

Json longSeries(const std::string& path, std::int64_t points) {
    constexpr int kBuckets = 1200;
    const engine::SeriesId id = writeSeries(path, points);
    auto store = engine::RunStore::open(path, engine::OpenMode::ReadOnly);
    engine::SeriesReader reader(store);
    widgets::CurvePlot plot;
    widgets::CurveSeries series;
    series.id = QStringLiteral("loss");
    series.name = series.id;
    plot.setSeries({series});
    plot.resize(900, 400);
    plot.show();
    plot.flush();
    QElapsedTimer timer;
    timer.start();
    plot.setPoints(series.id, pointsOf(reader.readReduced(id, kBuckets)));
    plot.flush();
    const double first = 1e-6 * static_cast<double>(timer.nsecsElapsed());
    double worst = 0.0;
    for (const std::int64_t part : {2, 10, 100, 1000, 10000}) {
        const std::int64_t width = std::max<std::int64_t>(points / part, 1);
        const std::int64_t from = points / 3 - width / 2;
        timer.restart();
        plot.setPoints(series.id, pointsOf(reader.readReduced(id, kBuckets, from, from + width)));
        plot.zoomTo({static_cast<double>(from), static_cast<double>(from + width)}, {-1, 1100});
        plot.flush();
        worst = std::max(worst, 1e-6 * static_cast<double>(timer.nsecsElapsed()));
    }
    return {{"points", points}, {"first_view_ms", first}, {"slowest_zoom_ms", worst}};
}

Json live() {
    constexpr int kCurves = 20;
    constexpr int kHistory = 30'000;
    constexpr int kSeconds = 10;
    widgets::CurvePlot plot;
    std::vector<widgets::CurveSeries> all(kCurves);
    for (int i = 0; i < kCurves; ++i) {
        auto& series = all[static_cast<std::size_t>(i)];
        series.id = series.name = QStringLiteral("run %1").arg(i);
        series.style = widgets::seriesStyle(i);
        for (int k = 0; k < kHistory; ++k) {
            series.points.x.push_back(k);
            series.points.y.push_back(0.1 + std::exp(-1e-4 * k) + 0.05 * std::sin(1.7 * k + i));
        }
    }
    plot.setSeries(std::move(all));
    plot.resize(900, 400);
    plot.show();
    plot.flush();
    int step = kHistory;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &plot, [&] {
        for (int i = 0; i < kCurves; ++i) {
            widgets::Points tail;
            for (int k = 0; k < 10; ++k) {
                tail.x.push_back(step + k);
                tail.y.push_back(0.1 + 0.01 * (k + i));
            }
            plot.appendPoints(QStringLiteral("run %1").arg(i), tail);
        }
        step += 10;
    });
    timer.start(100);
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    wait(kSeconds * 1000);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    const double spent = static_cast<double>(after.tv_sec - before.tv_sec) +
                         1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec);
    return {{"curves", kCurves},
            {"points_per_second", 100},
            {"gui_thread_percent", 100.0 * spent / kSeconds},
            {"replot_ms", plot.lastReplotMs()}};
}

} // namespace

int main(int argc, char** argv) {
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    const std::int64_t points = argc > 1 ? std::atoll(argv[1]) : 10'000'000;
    if (points < 100'000) {
        std::fprintf(stderr, "usage: window_bench [points, 100000 or more]\n");
        return 2;
    }
    const QTemporaryDir folder;
    widgets::Theme theme(application);
    Json report = {{"benchmark", "window"}};
    report["first_paint_ms"] = firstPaint(theme, folder.path());
    report["live"] = live();
    report["long_series"] = longSeries(folder.filePath("series.db").toStdString(), points);
    std::printf("%s\n", report.dump().c_str());
    return 0;
}

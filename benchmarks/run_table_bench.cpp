// The run table at 10,000 runs x 200 keys: opening, one key stroke in the query bar, sorting.
// Prints one JSON object. Usage: run_table_bench [RUNS [KEYS]]
#include <algorithm>
#include <cstdio>
#include <vector>

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QTimer>
#include <QUndoStack>

#include "engine/base/json.h"
#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "widgets/runs/query_bar.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"

namespace {

using namespace inlay;

void fill(const std::string& path, int runs, int keys) {
    auto store = engine::RunStore::open(path, engine::OpenMode::Create);
    const char* const families[] = {"dense", "stl", "butterfly", "two_four", "low_rank"};
    store.transaction([&] {
        for (int i = 0; i < runs; ++i) {
            engine::NewRun run;
            run.name = "run " + std::to_string(i);
            run.kind = "train";
            run.status = engine::RunStatus::Running;
            run.seed = static_cast<std::uint64_t>(i % 3);
            run.groupKey = "group " + std::to_string(i / 50);
            run.config["network"]["operator"]["kind"] = families[i % 5];
            for (int k = 0; k < keys / 2 - 1; ++k)
                run.config["part" + std::to_string(k % 10)]["key" + std::to_string(k)] =
                    k % 3 == 0 ? engine::Json("text " + std::to_string(i % 7))
                               : engine::Json(i * 0.5 + k);
            const engine::RunId id = store.insertRun(run);
            engine::Metrics metrics = {{"test/accuracy", 0.9 + (i * 37 % 1000) * 1e-4},
                                       {"time/step_seconds", 0.01 + (i % 100) * 1e-4}};
            for (int k = 2; k < keys / 2; ++k)
                metrics.emplace_back("metric/" + std::to_string(k), i * 1e-3 + k);
            store.endRun(id, engine::RunStatus::Finished, {}, metrics);
        }
    });
}

/// Runs `start` and the event loop until the model has arranged, and returns the milliseconds.
template <class Start>
double untilArranged(widgets::RunTableModel& model, Start start) {
    QElapsedTimer timer;
    QEventLoop loop;
    QObject::connect(&model, &widgets::RunTableModel::arranged, &loop, &QEventLoop::quit);
    timer.start();
    start();
    loop.exec();
    QApplication::processEvents();
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const int runs = argc > 1 ? std::atoi(argv[1]) : 10'000;
    const int keys = argc > 2 ? std::atoi(argv[2]) : 200;
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("bench.db"));
    fill(path.toStdString(), runs, keys);

    widgets::Theme theme(application);
    theme.setChoice(widgets::ThemeChoice::Light);
    QElapsedTimer timer;
    timer.start();
    widgets::StoreClient client(path);
    widgets::RunWatcher watcher(client);
    QUndoStack stack;
    widgets::RunEdits edits(&stack, &client);
    const auto catalog = std::make_shared<widgets::RunColumnCatalog>(engine::experimentKinds());
    widgets::RunPanel panel(client, watcher, edits, catalog);
    panel.resize(288, 700);
    panel.show();
    while (panel.model()->rowCount() < runs)
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
    panel.grab();
    const double opened = static_cast<double>(timer.nsecsElapsed()) / 1e6;

    // The longest time the GUI thread did not come back to its loop from here on.
    double longest = 0;
    QElapsedTimer since;
    since.start();
    QTimer pulse;
    QObject::connect(&pulse, &QTimer::timeout, [&] {
        longest = std::max(longest, static_cast<double>(since.nsecsElapsed()) / 1e6);
        since.restart();
    });
    pulse.start(0);

    std::vector<double> strokes;
    const QString typed = QStringLiteral("operator:stl test/accuracy>0.95");
    for (int length = 1; length <= typed.size(); ++length) {
        const QString text = typed.left(length);
        // A text that is no query yet keeps the rows; nothing is waited for.
        if (!engine::parseRunQuery(text.toStdString()).issues.empty())
            continue;
        strokes.push_back(untilArranged(*panel.model(), [&] { panel.queryBar()->setText(text); }));
    }
    panel.queryBar()->setText({});
    std::vector<double> sorts;
    for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder})
        for (const char* column : {"accuracy", "speed_up", "metric:metric/7", "name"})
            sorts.push_back(untilArranged(*panel.model(), [&] {
                panel.model()->setSort(widgets::runColumnFrom(QLatin1String(column)), order);
            }));
    const engine::Json result = {
        {"runs", runs},
        {"keys", keys},
        {"open_ms", opened},
        {"key_stroke_median_ms", median(strokes)},
        {"key_stroke_most_ms", *std::max_element(strokes.begin(), strokes.end())},
        {"sort_median_ms", median(sorts)},
        {"gui_blocked_most_ms", longest}};
    std::printf("%s\n", engine::dumpJson(result).c_str());
    return 0;
}

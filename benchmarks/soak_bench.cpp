// Many programs on one store for minutes: runners that train, a window that watches them, a loop of
// `inlay runs list`. Nobody may be told that the store is busy, the write-ahead log must stay
// small, and a run must show in the window within a second of its start.
//
//     soak_bench [SECONDS [RUNNERS]]
//
// Prints one JSON object; exit code 1 when a program failed, spoke of a busy store, or the window
// showed a banner.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

#include <QApplication>
#include <QDateTime>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include "app/workbench/main_window.h"
#include "app/workbench/view_list.h"
#include "engine/base/json.h"
#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/theme/theme.h"

namespace {

using namespace inlay;

constexpr int kBeatMs = 10;

double quantile(std::vector<double> values, double share) {
    if (values.empty())
        return 0.0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

class Soak : public QObject {
public:
    Soak(app::MainWindow& window, QString program, QString store, int runners)
        : window_(window)
        , program_(std::move(program))
        , store_(std::move(store)) {
        connect(&window_.watcher(), &widgets::RunWatcher::runsChanged, this, [this] { look(); });
        for (int i = 0; i < runners; ++i)
            startRunner(i);
        list();
        connect(&beat_, &QTimer::timeout, this, [this] { beat(); });
        clock_.start();
        beat_.start(kBeatMs);
    }

    /// Lets what runs come to its end, then quits.
    void stop() { isEnding_ = true; }

    engine::Json report() const {
        return {{"runs", seen_.size()},
                {"lists", lists_},
                {"shown_ms_median", quantile(shown_, 0.5)},
                {"shown_ms_most", quantile(shown_, 1.0)},
                {"beat_late_ms_99", quantile(late_, 0.99)},
                {"beat_late_ms_most", quantile(late_, 1.0)},
                {"wal_bytes_most", walMost_},
                {"banners", banners_},
                {"failures", failures_}};
    }
    bool isClean() const { return banners_ == 0 && failures_ == 0 && !seen_.empty(); }

private:
    QProcess* start(const QStringList& arguments, std::function<void()> next) {
        auto* process = new QProcess(this);
        process->setStandardOutputFile(QProcess::nullDevice());
        ++open_;
        connect(process, &QProcess::finished, this,
                [this, process, arguments, next](int code, QProcess::ExitStatus status) {
                    const QString said = QString::fromUtf8(process->readAllStandardError());
                    if (code != 0 || status != QProcess::NormalExit ||
                        said.contains(QLatin1String("busy"), Qt::CaseInsensitive) ||
                        said.contains(QLatin1String("locked"), Qt::CaseInsensitive)) {
                        ++failures_;
                        std::fprintf(stderr, "inlay %s: %d\n%s\n",
                                     qPrintable(arguments.join(QLatin1Char(' '))), code,
                                     qPrintable(said));
                    }
                    process->deleteLater();
                    --open_;
                    if (!isEnding_)
                        next();
                    else if (open_ == 0)
                        QCoreApplication::quit();
                });
        process->start(program_, arguments);
        return process;
    }

    void startRunner(int number) {
        start({QStringLiteral("run"), QStringLiteral(INLAY_PROJECT_FOLDER "/blobs-mlp.inlay.json"),
               QStringLiteral("--set"), QStringLiteral("dataset.count=20000"),
               QStringLiteral("--set"), QStringLiteral("epochs=20"), QStringLiteral("--set"),
               QStringLiteral("checkpoint.every_seconds=1"), QStringLiteral("--threads"),
               QStringLiteral("1"), QStringLiteral("--seed"), QString::number(++started_),
               QStringLiteral("--store"), store_},
              [this, number] { startRunner(number); });
    }

    void list() {
        start({QStringLiteral("runs"), QStringLiteral("list"), QStringLiteral("--store"), store_},
              [this] {
                  ++lists_;
                  list();
              });
    }

    void look() {
        const auto runs = window_.watcher().runs();
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        for (std::size_t i = 0; i < runs->rowCount(); ++i) {
            const engine::RunRecord& run = runs->row(i);
            if (!seen_.insert(run.id).second)
                continue;
            shown_.push_back(static_cast<double>(now - run.createdMs));
            // The newest run is watched live, as a person would.
            window_.runPanel()->selectRuns({run.id});
        }
    }

    void beat() {
        late_.push_back(std::max(0.0, static_cast<double>(clock_.restart() - kBeatMs)));
        walMost_ = std::max<qint64>(walMost_, QFileInfo(store_ + QStringLiteral("-wal")).size());
        const QString banner = window_.bannerText();
        if (!banner.isEmpty() && banner != lastBanner_) {
            ++banners_;
            std::fprintf(stderr, "banner: %s\n", qPrintable(banner));
        }
        lastBanner_ = banner;
    }

    app::MainWindow& window_;
    QString program_;
    QString store_;
    QTimer beat_;
    QElapsedTimer clock_;
    std::set<engine::RunId> seen_;
    std::vector<double> shown_;
    std::vector<double> late_;
    QString lastBanner_;
    qint64 walMost_ = 0;
    int started_ = 0;
    int lists_ = 0;
    int open_ = 0;
    int banners_ = 0;
    int failures_ = 0;
    bool isEnding_ = false;
};

} // namespace

int main(int argc, char** argv) {
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    const int seconds = argc > 1 ? std::atoi(argv[1]) : 300;
    const int runners = argc > 2 ? std::atoi(argv[2]) : 4;
    if (seconds < 1 || runners < 1) {
        std::fprintf(stderr, "usage: soak_bench [seconds, 1 or more [runners, 1 or more]]\n");
        return 2;
    }
    const QTemporaryDir folder;
    widgets::Theme theme(application);
    app::WindowSetup setup;
    setup.kinds = engine::experimentKinds();
    setup.views = app::windowViews();
    setup.program = QCoreApplication::applicationDirPath() + QStringLiteral("/inlay");
    setup.storePath = folder.filePath(QStringLiteral("runs.db"));
    setup.session = app::WindowSetup::Session::Fresh;
    app::MainWindow window(theme, setup);
    window.showView(QStringLiteral("train"));
    window.resize(1440, 900);
    window.show();
    Soak soak(window, setup.program, setup.storePath, runners);
    QTimer::singleShot(seconds * 1000, &soak, [&soak] { soak.stop(); });
    QApplication::exec();

    engine::Json report = soak.report();
    report["benchmark"] = "soak";
    report["seconds"] = seconds;
    report["runners"] = runners;
    report["store_bytes"] = QFileInfo(setup.storePath).size();
    std::printf("%s\n", report.dump().c_str());
    return soak.isClean() ? 0 : 1;
}

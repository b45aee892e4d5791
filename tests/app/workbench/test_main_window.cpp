#include <QtTest>

#include <array>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QStandardPaths>
#include <QTabBar>
#include <QTemporaryDir>
#include <QUndoStack>

#include "app/workbench/main_window.h"
#include "app/workbench/view_list.h"
#include "app/workbench/welcome_page.h"
#include "engine/experiments/catalog.h"
#include "engine/operators/stl/exact_triples.h"
#include "engine/operators/stl/triple_file.h"
#include "engine/store/run_store.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/runs/jobs_panel.h"
#include "widgets/runs/project_list.h"
#include "widgets/runs/query_bar.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/view.h"

using namespace inlay;

namespace {

// A state is written with a full sync, which a busy disk may hold up for seconds.
constexpr int kPatience = 20'000;

/// The name a screen reader says for a control.
QString spokenName(QWidget* widget) {
    QAccessibleInterface* found = QAccessible::queryAccessibleInterface(widget);
    return found == nullptr ? QString() : found->text(QAccessible::Name);
}

bool isControl(const QWidget* widget) {
    // Parts of a control speak through it.
    if (qobject_cast<const QAbstractSpinBox*>(widget->parentWidget()) != nullptr ||
        qobject_cast<const QComboBox*>(widget->parentWidget()) != nullptr ||
        qobject_cast<const QLineEdit*>(widget->parentWidget()) != nullptr ||
        qobject_cast<const QTabBar*>(widget->parentWidget()) != nullptr)
        return false;
    if (widget->objectName().startsWith(QLatin1String("qt_")))
        return false;
    return qobject_cast<const QAbstractButton*>(widget) != nullptr ||
           qobject_cast<const QLineEdit*>(widget) != nullptr ||
           qobject_cast<const QComboBox*>(widget) != nullptr ||
           qobject_cast<const QAbstractSpinBox*>(widget) != nullptr ||
           qobject_cast<const QSlider*>(widget) != nullptr ||
           qobject_cast<const QPlainTextEdit*>(widget) != nullptr ||
           qobject_cast<const QAbstractItemView*>(widget) != nullptr;
}

QString describe(const QWidget* widget) {
    QStringList path;
    for (const QWidget* at = widget; at != nullptr && path.size() < 5; at = at->parentWidget())
        path.prepend(QString::fromLatin1(at->metaObject()->className()));
    return path.join(QLatin1Char('/'));
}

/// Labels and buttons whose text does not fit.
QStringList clippedTexts(const QWidget& window) {
    QStringList clipped;
    for (const QLabel* label : window.findChildren<QLabel*>()) {
        if (!label->isVisible() || label->text().isEmpty() || !label->pixmap().isNull())
            continue;
        const QFontMetrics metrics(label->font());
        const QRect room = label->contentsRect();
        const bool fits = label->wordWrap()
                              ? metrics.boundingRect(room.adjusted(0, 0, 0, 10000),
                                                     Qt::TextWordWrap, label->text())
                                        .height() <= room.height() + 2
                              : metrics.horizontalAdvance(label->text()) <= room.width() + 1 &&
                                    metrics.height() <= room.height() + 2;
        // A label that may be narrower than its text has the full one as its tool tip.
        if (!fits && label->toolTip().isEmpty())
            clipped << QStringLiteral("%1 \"%2\"").arg(describe(label), label->text());
    }
    for (const QAbstractButton* button : window.findChildren<QAbstractButton*>())
        if (button->isVisible() && !button->text().isEmpty() &&
            (button->width() < button->minimumSizeHint().width() ||
             button->height() < QFontMetrics(button->font()).height()))
            clipped << QStringLiteral("%1 \"%2\"").arg(describe(button), button->text());
    return clipped;
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        theme_ = std::make_unique<widgets::Theme>(*qApp);
        theme_->setChoice(widgets::ThemeChoice::Light);
        font_ = QApplication::font();
    }

    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        path_ = folder_->filePath(QStringLiteral("runs.db"));
    }

    void cleanup() {
        window_.reset();
        for (QProcess* process : findChildren<QProcess*>()) {
            process->kill();
            process->waitForFinished();
            delete process;
        }
        QApplication::setFont(font_);
        gpuLibrary_.clear();
    }

    void theStatusBarTellsTheUseOfTheGpu() {
        gpuLibrary_ = QStringLiteral(NVML_STUB);
        open();
        const auto* gpu = labelNamed(QStringLiteral("Use of the GPU"));
        QVERIFY(gpu != nullptr);
        QTRY_COMPARE(gpu->text(), QStringLiteral("Stub 0, 3.0 of 80.0 GiB, 87 % busy"));
        QVERIFY(gpu->isVisible());
        QCOMPARE(gpu->toolTip().split(QLatin1Char('\n')).value(1),
                 QStringLiteral("GPU 1: Stub 1, 0.0 of 80.0 GiB"));
    }

    void withoutAGpuTheStatusBarIsSilentAboutIt() {
        gpuLibrary_ = QStringLiteral("libnot-there.so.1");
        open();
        QVERIFY(!labelNamed(QStringLiteral("Use of the GPU"))->isVisible());
    }

    void firstStartOffersTheExample() {
        open();
        app::WelcomePage* page = window_->welcomePage();
        QTRY_VERIFY(page->isVisible());
        QVERIFY(page->primary()->isEnabled());
        QCOMPARE(page->primary()->text(), QStringLiteral("Run the example"));
        QCOMPARE(window_->bannerText(), QString());
    }

    // How soon is measured by soak_bench.
    void aRunStartedElsewhereAppears() {
        open();
        QTRY_VERIFY(window_->watcher().runs()->version() >= 0);
        QProcess* process = startWriter(QStringLiteral("outside"));
        const engine::RunId run = runOf(process);
        QTRY_VERIFY_WITH_TIMEOUT(window_->watcher().runs()->indexOf(run) >= 0, kPatience);
        select(run);
        QTRY_VERIFY(window_->jobsPanel()->summary().startsWith(QLatin1String("1 running")));
    }

    void aProjectRunsThroughTheQueue() {
        open();
        const QString project = folder_->filePath(QStringLiteral("small.inlay.json"));
        QFile file(project);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"inlay": 1, "kind": "train", "version": 1, "title": "Small",
                       "config": {"dataset": {"kind": "blobs", "count": 500},
                                  "network": {"kind": "mlp"}, "epochs": 1}})");
        file.close();
        window_->openProject(project);
        QCOMPARE(window_->bannerText(), QString());
        window_->runProject();
        const auto newest = [this] {
            return window_->watcher().runs();
        };
        QTRY_COMPARE_WITH_TIMEOUT(newest()->rowCount(), std::size_t{1}, 10000);
        QTRY_VERIFY_WITH_TIMEOUT(engine::hasEnded(newest()->row(0).status), 20000);
        QCOMPARE(newest()->row(0).status, engine::RunStatus::Finished);
        // The window follows what it started.
        const engine::RunId run = newest()->row(0).id;
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
    }

    // The selection becomes cards, and the form shows the session that would compare them.
    void selectedRunsAreRankedByEye() {
        open();
        const std::vector<engine::RunId> runs = {insert("one"), insert("two")};
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 2);
        // Until a person chooses, the window follows the newest run.
        emit window_->runPanel()->table()->pressed({});
        select(runs[0]);
        QVERIFY(!action("Rank runs by eye…")->isEnabled());
        window_->runPanel()->selectRuns(runs);
        QTRY_VERIFY(action("Rank runs by eye…")->isEnabled());
        action("Rank runs by eye…")->trigger();
        const auto* setup = window_->findChild<widgets::SetupPanel*>();
        QTRY_COMPARE(setup->project().kind, std::string("active_ranking"));
        const engine::Json oracle = setup->project().config.at("oracle");
        QCOMPARE(oracle.at("kind"), engine::Json("person"));
        QFile cards(QString::fromStdString(oracle.at("items")));
        QVERIFY(cards.open(QIODevice::ReadOnly));
        const engine::Json items = engine::Json::parse(cards.readAll().toStdString()).at("items");
        QCOMPARE(items.size(), std::size_t{2});
        QVERIFY(items[0].at("name") == "one" || items[0].at("name") == "two");
        QCOMPARE(window_->bannerText(), QString());
    }

    void aFittedTripleGoesIntoTheSetUp() {
        open();
        const engine::RunId run = insert("fits");
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        store.writeArtifact(run, "triple-t2-r7.safetensors", 1, "application/octet-stream",
                            [](const std::string& path) {
                                engine::writeTriple(path, engine::exactTriple(2), {"theory", 0});
                            });
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 1);
        auto* view = window_->findChild<widgets::View*>();
        emit view->actionWanted(run, QStringLiteral("use triple triple-t2-r7.safetensors"));
        auto* setup = window_->findChild<widgets::SetupPanel*>();
        const auto chosen = [&] {
            return setup->project()
                .config.value("network", engine::Json::object())
                .value("operator", engine::Json::object());
        };
        QTRY_COMPARE(chosen().value("start", std::string()), std::string("fitted"));
        QCOMPARE(chosen().at("rank"), engine::Json(7));
        QCOMPARE(chosen().at("tile"), engine::Json(2));
        QVERIFY(QFile::exists(QString::fromStdString(chosen().at("triple"))));
        // A network that keeps every layer dense would not show it.
        engine::ProjectFile dense = setup->project();
        dense.config = {{"network", {{"kind", "mlp"}, {"apply", "none"}}}};
        setup->setProject(dense, {});
        const auto apply = [&] {
            return setup->project().config.at("network").value("apply", std::string("blocks"));
        };
        QCOMPARE(apply(), std::string("none"));
        emit view->actionWanted(run, QStringLiteral("use triple triple-t2-r7.safetensors"));
        QTRY_COMPARE(chosen().value("start", std::string()), std::string("fitted"));
        QCOMPARE(apply(), std::string("blocks"));
        emit view->actionWanted(run, QStringLiteral("use triple gone.safetensors"));
        QTRY_VERIFY(window_->bannerText().contains("gone.safetensors"));
    }

    // A view that was asked for stays until a person chooses, also on the first start.
    void aPinnedViewStays() {
        open();
        QTRY_VERIFY(window_->welcomePage()->isVisible());
        QVERIFY(!window_->pinView(QStringLiteral("nothing")));
        QVERIFY(window_->pinView(QStringLiteral("ranking")));
        QVERIFY(!window_->welcomePage()->isVisible());
        const auto current = [this] {
            return window_->findChild<QTabWidget*>()->currentWidget()->objectName();
        };
        const engine::RunId run = insert("trained");
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 1);
        window_->showRuns({run});
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
        QTest::qWait(300);
        QCOMPARE(current(), QStringLiteral("ranking"));
        // The press comes after the selection has moved.
        emit window_->runPanel()->table()->pressed({});
        QCOMPARE(current(), QStringLiteral("train"));
    }

    void theStartPageCanBeLeftAndComesBack() {
        open();
        QTRY_VERIFY(window_->welcomePage()->isVisible());
        action(QStringLiteral("Ranking"))->trigger();
        QVERIFY(!window_->welcomePage()->isVisible());
        const QString project = folder_->filePath(QStringLiteral("other.inlay.json"));
        QFile file(project);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"inlay": 1, "kind": "train", "version": 1, "title": "Other",
                       "config": {"epochs": 1}})");
        file.close();
        window_->openProject(project);
        QTRY_VERIFY(window_->welcomePage()->isVisible());
    }

    // Runs of several projects are shown among all of them, and nothing follows the newest.
    void runsOfSeveralProjectsAreShown() {
        open();
        const auto projects = [this] {
            auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
            return std::array{store.findOrMakeProject("First", {}),
                              store.findOrMakeProject("Second", {})};
        }();
        const engine::RunId one = insert("one", projects[0]);
        const engine::RunId two = insert("two", projects[1]);
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 2);
        QTRY_VERIFY(!window_->store().isBusy());
        window_->showRuns({one, two});
        QTRY_COMPARE(window_->runPanel()->selectedRuns().size(), std::size_t{2});
        insert("newest", projects[1]);
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 3);
        QTest::qWait(300);
        QCOMPARE(window_->runPanel()->selectedRuns().size(), std::size_t{2});
    }

    void wrongValuesOfAProjectAreNamed() {
        open();
        const QString project = folder_->filePath(QStringLiteral("wrong.inlay.json"));
        QFile file(project);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(R"({"inlay": 1, "kind": "train", "version": 1, "title": "Wrong",
                       "config": {"epochs": -3}})");
        file.close();
        window_->openProject(project);
        QVERIFY2(window_->bannerText().contains(QStringLiteral("epochs")),
                 qPrintable(window_->bannerText()));
        QVERIFY(!action(QStringLiteral("Run"))->isEnabled());
    }

    void pauseAndStopReachTheRunner() {
        open();
        QProcess* process = startWriter(QStringLiteral("steered"));
        const engine::RunId run = runOf(process);
        select(run);
        QAction* pause = action(QStringLiteral("Pause"));
        QTRY_VERIFY(pause->isEnabled());
        pause->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(run), engine::RunStatus::Paused, kPatience);
        QTRY_VERIFY(action(QStringLiteral("Continue"))->isEnabled());
        action(QStringLiteral("Continue"))->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(run), engine::RunStatus::Running, kPatience);
        QTRY_VERIFY(action(QStringLiteral("Stop run"))->isEnabled());
        action(QStringLiteral("Stop run"))->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(run), engine::RunStatus::Stopped, kPatience);
        QTRY_COMPARE(process->state(), QProcess::NotRunning);
        QTRY_VERIFY(action(QStringLiteral("Resume"))->isEnabled());
    }

    void aKilledRunnerLeavesTheWindowAliveWithResume() {
        open();
        QProcess* process = startWriter(QStringLiteral("killed"));
        const engine::RunId run = runOf(process);
        select(run);
        process->kill();
        QVERIFY(process->waitForFinished());
        QTRY_COMPARE_WITH_TIMEOUT(statusOf(run), engine::RunStatus::Lost, kPatience);
        QTRY_VERIFY(action(QStringLiteral("Resume"))->isEnabled());
        QVERIFY(window_->isVisible());
        QVERIFY(!action(QStringLiteral("Pause"))->isEnabled());
    }

    void closingTheWindowLeavesARunRunning() {
        open();
        QProcess* process = startWriter(QStringLiteral("outlives"));
        const engine::RunId run = runOf(process);
        select(run);
        window_->close();
        window_.reset();
        QCOMPARE(process->state(), QProcess::Running);
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const std::int64_t before = store.run(run)->step;
        QTRY_VERIFY_WITH_TIMEOUT(store.run(run)->step > before, kPatience);
        QCOMPARE(store.run(run)->status, engine::RunStatus::Running);
    }

    void theBinCanBeUndone() {
        open();
        const engine::RunId run = insert("binned");
        select(run);
        QTRY_VERIFY(action(QStringLiteral("Move to bin"))->isEnabled());
        action(QStringLiteral("Move to bin"))->trigger();
        QTRY_VERIFY(window_->watcher().runs()->indexOf(run) < 0);
        action(QStringLiteral("Undo"), MatchStart)->trigger();
        QTRY_VERIFY(window_->watcher().runs()->indexOf(run) >= 0);
        action(QStringLiteral("Redo"), MatchStart)->trigger();
        QTRY_VERIFY(window_->watcher().runs()->indexOf(run) < 0);
    }

    void theQueryBarFiltersAndSaysWhatIsWrong() {
        open();
        insert("alpha");
        select(insert("beta"));
        auto* model = window_->runPanel()->model();
        QTRY_COMPARE(model->rowCount(), 2);
        widgets::QueryBar* bar = window_->runPanel()->queryBar();
        QTest::keyClicks(bar->edit(), QStringLiteral("alph"));
        QTRY_COMPARE(model->rowCount(), 1);
        bar->setText(QStringLiteral("test/accuracy>"));
        QVERIFY(!bar->issue().isEmpty());
        bar->setText({});
        QCOMPARE(bar->issue(), QString());
        QTRY_COMPARE(model->rowCount(), 2);
    }

    void aFileThatIsNoStoreShowsASentence() {
        QFile file(path_);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("no database");
        file.close();
        open(Store::Broken);
        QTRY_VERIFY2(window_->bannerText().contains(path_), qPrintable(window_->bannerText()));
    }

    void everyControlHasAName_data() { sizes(); }
    void everyControlHasAName() {
        openFilled();
        QStringList nameless;
        for (QWidget* widget : window_->findChildren<QWidget*>())
            if (widget->isVisible() && isControl(widget) && spokenName(widget).isEmpty())
                nameless << describe(widget);
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(QLatin1Char('\n'))));
    }

    void noTextIsClipped_data() { sizes(); }
    void noTextIsClipped() {
        openFilled();
        const QStringList clipped = clippedTexts(*window_);
        QVERIFY2(clipped.isEmpty(), qPrintable(clipped.join(QLatin1Char('\n'))));
        window_->runPanel()->selectProject(0);
    }

    void everyActionIsInAMenuWithAShortcut() {
        open();
        QSet<QKeySequence> seen;
        for (const QAction* each : window_->allActions()) {
            QVERIFY2(!each->shortcut().isEmpty(), qPrintable(each->text()));
            QVERIFY2(!seen.contains(each->shortcut()), qPrintable(each->text()));
            seen.insert(each->shortcut());
        }
    }

    void panesAreReachedByKeyboard() {
        openFilled();
        window_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window_.get()));
        QSet<QWidget*> reached;
        for (int i = 0; i < 6; ++i) {
            QTest::keyClick(window_.get(), Qt::Key_F6);
            reached.insert(QApplication::focusWidget());
        }
        QVERIFY2(reached.size() >= 3, qPrintable(QString::number(reached.size())));
        QVERIFY(reached.contains(window_->runPanel()->table()));
        QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
        QCOMPARE(QString::fromLatin1(QApplication::focusWidget()->metaObject()->className()),
                 QStringLiteral("inlay::app::FindField"));
        QTest::keyClicks(QApplication::focusWidget(), QStringLiteral("dark theme"));
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QTRY_COMPARE(theme_->appearance(), widgets::Appearance::Dark);
        theme_->setChoice(widgets::ThemeChoice::Light);
    }

    void theThemeSwitches() {
        openFilled();
        const QColor light = window_->grab().toImage().pixelColor(200, 300);
        action(QStringLiteral("Dark theme"))->trigger();
        const QColor dark = window_->grab().toImage().pixelColor(200, 300);
        QVERIFY(light.lightness() > 200);
        QVERIFY(dark.lightness() < 60);
        action(QStringLiteral("Light theme"))->trigger();
        QCOMPARE(window_->grab().toImage().pixelColor(200, 300), light);
    }

private:
    enum Match { MatchWhole, MatchStart };
    enum class Store { Sound, Broken };

    void sizes() {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<double>("textScale");
        QTest::newRow("1280x720") << QSize(1280, 720) << 1.0;
        QTest::newRow("1280x720, text 40 % larger") << QSize(1280, 720) << 1.4;
        QTest::newRow("2560x1440") << QSize(2560, 1440) << 1.0;
    }

    void open(Store store = Store::Sound) {
        app::WindowSetup setup;
        setup.kinds = engine::experimentKinds();
        setup.views = app::windowViews();
        setup.program = QCoreApplication::applicationDirPath() + QStringLiteral("/inlay");
        setup.storePath = path_;
        setup.session = app::WindowSetup::Session::Fresh;
        setup.gpuLibrary = gpuLibrary_;
        window_ = std::make_unique<app::MainWindow>(*theme_, setup);
        window_->resize(1280, 720);
        window_->show();
        // Opening the example ends when its project is selected.
        if (store == Store::Sound) {
            QTRY_VERIFY(window_->watcher().runs()->version() >= 0);
            QTRY_VERIFY(window_->runPanel()->project() != 0);
        }
    }

    QLabel* labelNamed(const QString& name) const {
        for (QLabel* label : window_->findChildren<QLabel*>())
            if (label->accessibleName() == name)
                return label;
        return nullptr;
    }

    /// A window with a store in which every state occurs.
    void openFilled() {
        if (QTest::currentDataTag() != nullptr) {
            QFETCH(double, textScale);
            QFont larger = font_;
            larger.setPointSizeF(font_.pointSizeF() * textScale);
            QApplication::setFont(larger);
        }
        open();
        for (const engine::RunStatus status : engine::allRunStatuses()) {
            const engine::RunId run =
                insert("A run that is " + std::string(engine::nameOf(status)));
            auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
            if (status == engine::RunStatus::Lost)
                continue;
            store.setStatus(run, status,
                            status == engine::RunStatus::Failed
                                ? "The file data/train-images is truncated at row 77."
                                : "");
        }
        if (QTest::currentDataTag() != nullptr) {
            QFETCH(QSize, size);
            window_->resize(size);
        }
        QTRY_VERIFY(window_->watcher().runs()->rowCount() == 8);
        QTRY_VERIFY(window_->runPanel()->projects().rowCount() > 1);
        window_->runPanel()->selectProject(0);
        QTRY_COMPARE(window_->runPanel()->model()->rowCount(), 8);
        QTest::qWait(200);
    }

    engine::RunId insert(const std::string& name, engine::ProjectId project = 0) {
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        engine::NewRun run;
        run.name = name;
        run.kind = "train";
        if (project != 0)
            run.project = project;
        run.owner = engine::ProcessIdentity::current();
        return store.insertRun(run);
    }

    QProcess* startWriter(const QString& name) {
        auto* process = new QProcess(this);
        process->setProcessChannelMode(QProcess::SeparateChannels);
        process->start(QCoreApplication::applicationDirPath() + QStringLiteral("/store_writer"),
                       {path_, name});
        return process;
    }

    static engine::RunId runOf(QProcess* process) {
        process->waitForReadyRead();
        return process->readLine().trimmed().toLongLong();
    }

    void select(engine::RunId run) {
        // "All projects" is there once the run's own project is listed.
        QTRY_VERIFY_WITH_TIMEOUT(window_->runPanel()->projects().rowCount() > 1, kPatience);
        window_->runPanel()->selectProject(0);
        window_->runPanel()->selectRuns({run});
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
    }

    engine::RunStatus statusOf(engine::RunId run) {
        const auto runs = window_->watcher().runs();
        const auto row = runs->indexOf(run);
        return row < 0 ? engine::RunStatus::Queued
                       : runs->row(static_cast<std::size_t>(row)).status;
    }

    QAction* action(const QString& text, Match match = MatchWhole) {
        for (QAction* each : window_->allActions())
            if (match == MatchWhole ? each->text() == text : each->text().startsWith(text))
                return each;
        qFatal("no action %s", qPrintable(text));
    }

    std::unique_ptr<QTemporaryDir> folder_;
    QString path_;
    QString gpuLibrary_;
    std::unique_ptr<widgets::Theme> theme_;
    std::unique_ptr<app::MainWindow> window_;
    QFont font_;
};

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"

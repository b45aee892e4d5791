#include <QtTest>

#include <csignal>

#include <QAbstractButton>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStandardPaths>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QToolButton>

#include "app/workbench/main_window.h"
#include "app/workbench/view_list.h"
#include "engine/base/clock.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/setting_outcome.h"
#include "engine/store/run_store.h"
#include "widgets/plots/state_chip.h"
#include "widgets/runs/job_row.h"
#include "widgets/runs/jobs_panel.h"
#include "widgets/runs/project_list.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/theme/theme.h"
#include "widgets/views/train/event_list.h"
#include "widgets/views/train/training_header.h"
#include "widgets/views/train/training_view.h"

using namespace inlay;
using engine::RunStatus;

namespace {

// A process starts and a state is written with a full sync, which a busy machine may hold up.
constexpr int kPatience = 30'000;
// More epochs than any test waits for.
constexpr int kEndless = 100'000;

} // namespace

/// What a person does to runs from the window, with runs of the real program.
class TestRunActions : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QStandardPaths::setTestModeEnabled(true);
        theme_ = std::make_unique<widgets::Theme>(*qApp);
        theme_->setChoice(widgets::ThemeChoice::Light);
    }

    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        path_ = folder_->filePath(QStringLiteral("runs.db"));
        open();
    }

    void cleanup() {
        window_.reset();
        auto store = openStore();
        // The worker first: it would start what is queued.
        if (const auto worker = store.worker(); worker && !isLost(*worker, now()))
            ::kill(static_cast<pid_t>(worker->process.pid), SIGKILL);
        for (const engine::RunRecord& run : store.listRuns())
            if (engine::isActive(run.status) && !isLost(run, now()))
                ::kill(static_cast<pid_t>(run.process.pid), SIGKILL);
    }

    void aRunIsHeldAndEndedFrom_data() {
        QTest::addColumn<bool>("fromJobs");
        QTest::newRow("the Jobs dock") << true;
        QTest::newRow("the header of the training view") << false;
    }
    void aRunIsHeldAndEndedFrom() {
        QFETCH(bool, fromJobs);
        const auto press = [&](const char* action) {
            fromJobs ? pressInJobs(action) : pressInHeader(action);
        };
        const engine::RunId run = launch("steered", kEndless);
        waitUntilItComputes(run);
        press("pause");
        QVERIFY(comesTo(run, RunStatus::Paused));
        QVERIFY(header()->findChild<QPushButton*>(QStringLiteral("pause"))->isHidden());
        const std::int64_t held = stored(run).step;
        press("continue");
        QVERIFY(comesTo(run, RunStatus::Running));
        QTRY_VERIFY_WITH_TIMEOUT(stored(run).step > held, kPatience);
        press("stop");
        QVERIFY(comesTo(run, RunStatus::Stopped));
        QVERIFY2(headerSays(QStringLiteral("Resume")), qPrintable(headerText()));
        const std::int64_t ended = stored(run).step;
        press("resume");
        QVERIFY(comesTo(run, RunStatus::Running));
        QTRY_VERIFY_WITH_TIMEOUT(stored(run).step > ended, kPatience);
    }

    void theLearningRateOfARunningRunIsChanged() {
        const engine::RunId run = launch("tuned", kEndless);
        waitUntilItComputes(run);
        pressInHeader("set learning_rate");
        QVERIFY(answer(QStringLiteral("fast")));
        QTRY_VERIFY2(window_->bannerText().contains(QLatin1String("learning_rate")),
                     qPrintable(window_->bannerText()));
        QVERIFY(openStore().controls(run).empty());

        pressInHeader("set learning_rate");
        QVERIFY(answer(QStringLiteral("0.0005")));
        QTRY_VERIFY_WITH_TIMEOUT(!openStore().controls(run).empty() &&
                                     engine::appliedStep(openStore().controls(run)[0].outcome),
                                 kPatience);
        const auto* events = window_->findChild<widgets::EventList*>();
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                for (int row = 0; row < events->rowCount(); ++row)
                    if (const QString text = events->item(row, 1)->text();
                        text.contains(QLatin1String("learning_rate")) &&
                        text.contains(QLatin1String("0.0005")))
                        return true;
                return false;
            }(),
            kPatience);
        QCOMPARE(stored(run).status, RunStatus::Running);

        // The next change starts from the rate that holds now.
        pressInHeader("set learning_rate");
        QTRY_VERIFY(dialog() != nullptr);
        QCOMPARE(dialog()->textValue(), QStringLiteral("0.0005"));
        dialog()->reject();
    }

    void aKilledRunIsResumedToItsEnd() {
        const engine::RunId run = launch("killed", 300);
        QTRY_VERIFY_WITH_TIMEOUT(!openStore().checkpoints(run).empty(), kPatience);
        QCOMPARE(::kill(static_cast<pid_t>(stored(run).process.pid), SIGKILL), 0);
        QVERIFY(comesTo(run, RunStatus::Lost));
        QVERIFY(window_->isVisible());
        QVERIFY2(headerSays(QStringLiteral("process is gone")), qPrintable(headerText()));
        QTRY_VERIFY(action(QStringLiteral("Resume"))->isEnabled());
        pressInHeader("resume");
        QVERIFY(comesTo(run, RunStatus::Finished));
        QCOMPARE(openStore().attempts(run).size(), std::size_t{2});
        QVERIFY(openStore().attempts(run)[1].fromStep > 0);
        QCOMPARE(stored(run).step, stored(run).totalSteps);
    }

    void aForkIsARunOfItsOwnWithItsParentNamed() {
        const engine::RunId parent = launch("parent", 25);
        QVERIFY(comesTo(parent, RunStatus::Finished));
        pressInHeader("fork");
        QVERIFY(answer(QStringLiteral("epochs=-4")));
        QTRY_VERIFY2(window_->bannerText().contains(QLatin1String("epochs")),
                     qPrintable(window_->bannerText()));
        QCOMPARE(openStore().listRuns().size(), std::size_t{1});

        pressInHeader("fork");
        QVERIFY(answer(QStringLiteral("epochs=30 learning_rate=0.0005")));
        QTRY_COMPARE_WITH_TIMEOUT(openStore().childrenOf(parent).size(), std::size_t{1}, kPatience);
        const engine::RunId child = openStore().childrenOf(parent).front();
        QVERIFY(comesTo(child, RunStatus::Finished));
        QCOMPARE(stored(child).parentRun, std::optional(parent));
        QVERIFY(stored(child).step > stored(parent).step);
        // The window shows the fork, and whose it is.
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{child});
        const auto* model = window_->runPanel()->model();
        const QString about = model->indexOf(child).data(Qt::ToolTipRole).toString();
        QVERIFY2(about.contains(QLatin1String("Forked from parent")), qPrintable(about));
    }

    void deletedRunsAreFoundAgain() {
        const engine::RunId kept = insert("kept");
        const engine::RunId run = insert("deleted");
        select(run);
        activate();
        window_->runPanel()->table()->setFocus();
        QTest::keyClick(window_->runPanel()->table(), Qt::Key_Delete);
        QTRY_VERIFY(!isListed(run));
        QVERIFY(stored(run).deletedMs > 0);
        QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_VERIFY(isListed(run));
        QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_VERIFY(!isListed(run));

        // Another day there is nothing to undo.
        window_.reset();
        open();
        QTRY_VERIFY(isListed(kept));
        action(QStringLiteral("Deleted runs"))->trigger();
        QTableWidget* bin = window_->findChild<QTableWidget*>(QStringLiteral("deletedRuns"));
        QVERIFY(bin != nullptr);
        QTRY_COMPARE(bin->rowCount(), 1);
        QVERIFY(bin->item(0, 0)->text().contains(QLatin1String("deleted")));
        auto* restore = bin->window()->findChild<QPushButton*>(QStringLiteral("restore"));
        QVERIFY(!restore->isEnabled());
        QVERIFY(QTest::qWaitForWindowExposed(bin->window()));
        QTRY_VERIFY(bin->visualItemRect(bin->item(0, 0)).width() > 20);
        QTest::mouseClick(bin->viewport(), Qt::LeftButton, {},
                          bin->visualItemRect(bin->item(0, 0)).center());
        QVERIFY2(restore->isEnabled(), qPrintable(QString::number(bin->selectedItems().size())));
        restore->click();
        QTRY_COMPARE_WITH_TIMEOUT(stored(run).deletedMs, std::int64_t{0}, kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(isListed(run), kPatience);
        QTRY_COMPARE(bin->rowCount(), 0);
        action(QStringLiteral("Undo"))->trigger();
        QTRY_VERIFY(!isListed(run));
        QTRY_COMPARE(bin->rowCount(), 1);
    }

    void aRunningRunIsNotHiddenInTheBin() {
        const engine::RunId run = launch("busy", kEndless);
        waitUntilItComputes(run);
        action(QStringLiteral("Move to bin"))->trigger();
        QTRY_VERIFY2(window_->bannerText().contains(QLatin1String("Stop")),
                     qPrintable(window_->bannerText()));
        QVERIFY(isListed(run));
        QCOMPARE(stored(run).deletedMs, std::int64_t{0});
    }

    void closingTheWindowLeavesItsRunRunning() {
        const engine::RunId run = launch("outlives", kEndless);
        waitUntilItComputes(run);
        window_->close();
        window_.reset();
        const engine::RunRecord before = stored(run);
        QCOMPARE(engine::liveness(before.process), engine::Liveness::Alive);
        QTRY_VERIFY_WITH_TIMEOUT(stored(run).step > before.step, kPatience);
        QCOMPARE(stored(run).status, RunStatus::Running);
        open();
        QTRY_VERIFY(isListed(run));
        select(run);
        pressInHeader("stop");
        QVERIFY(comesTo(run, RunStatus::Stopped));
    }

    // While a run computes, the table is brought up to date several times a second.
    void whatIsWrittenIntoTheTableIsStored() {
        const engine::RunId run = launch("old name", kEndless);
        waitUntilItComputes(run);
        select(run);
        activate();
        QTest::keyClick(window_.get(), Qt::Key_F2);
        auto* editor = window_->runPanel()->table()->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor != nullptr);
        editor->selectAll();
        QTest::keyClicks(editor, QStringLiteral("new "));
        const std::int64_t step = stored(run).step;
        QTRY_VERIFY_WITH_TIMEOUT(shown(run).step > step, kPatience);
        QTest::keyClicks(editor, QStringLiteral("name"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(stored(run).name, std::string("new name"));

        QTest::keyClick(window_.get(), Qt::Key_D, Qt::ControlModifier);
        QTRY_VERIFY(stored(run).star);

        QTest::keyClick(window_.get(), Qt::Key_T, Qt::ControlModifier);
        QLineEdit* tags = field<QLineEdit>("Tags");
        QTRY_VERIFY(tags->isVisible());
        QTest::keyClicks(tags, QStringLiteral("paper, "));
        const std::int64_t later = stored(run).step;
        QTRY_VERIFY_WITH_TIMEOUT(shown(run).step > later, kPatience);
        QTest::keyClicks(tags, QStringLiteral("keep"));
        QTest::keyClick(tags, Qt::Key_Return);
        QTRY_COMPARE(openStore().tags(run), (std::vector<std::string>{"keep", "paper"}));

        QPlainTextEdit* notes = field<QPlainTextEdit>("Notes");
        notes->setFocus();
        QTest::keyClicks(notes, QStringLiteral("a note"));
        window_->runPanel()->table()->setFocus();
        QTRY_COMPARE(stored(run).notes, std::string("a note"));

        for (int i = 0; i < 5; ++i)
            action(QStringLiteral("Undo"))->trigger();
        QTRY_COMPARE(stored(run).name, std::string("old name"));
        QVERIFY(!stored(run).star);
        QVERIFY(stored(run).notes.empty());
        QVERIFY(openStore().tags(run).empty());
    }

    void aNoteIsKeptWhenTheWindowCloses() {
        const engine::RunId run = insert("noted");
        select(run);
        activate();
        action(QStringLiteral("Tags and notes"))->trigger();
        QPlainTextEdit* notes = field<QPlainTextEdit>("Notes");
        notes->setFocus();
        QTest::keyClicks(notes, QStringLiteral("not to be lost"));
        window_->close();
        window_.reset();
        QCOMPARE(stored(run).notes, std::string("not to be lost"));
    }

    void aRunChosenByKeyboardStaysChosen() {
        const engine::RunId other = insert("other");
        const engine::RunId run = launch("busy", kEndless);
        waitUntilItComputes(run);
        window_->runPanel()->selectProject(0);
        QTRY_COMPARE(window_->runPanel()->model()->rowCount(), 2);
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
        activate();
        window_->runPanel()->table()->setFocus();
        QTest::keyClick(window_->runPanel()->table(), Qt::Key_Down);
        QCOMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{other});
        QSignalSpy arranged(window_->runPanel()->model(), &widgets::RunTableModel::arranged);
        QTRY_VERIFY_WITH_TIMEOUT(arranged.size() >= 3, kPatience);
        QCOMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{other});
    }

    // A double click on a job, or the find field, leads to runs the list does not show.
    void aJobOfAnotherProjectIsShown() {
        const engine::RunId run = launch("elsewhere", kEndless);
        waitUntilItComputes(run);
        const engine::ProjectId empty =
            openStore().findOrMakeProject("Empty", folder_->path().toStdString() + "/none.json");
        window_->runPanel()->selectProject(empty);
        QTRY_COMPARE(window_->runPanel()->model()->rowCount(), 0);
        QTest::mouseDClick(jobOf(QStringLiteral("elsewhere")), Qt::LeftButton, {}, QPoint(3, 3));
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
    }

private:
    static std::int64_t now() { return engine::wallMilliseconds(); }

    void open() {
        app::WindowSetup setup;
        setup.kinds = engine::experimentKinds();
        setup.views = app::windowViews();
        setup.program = QCoreApplication::applicationDirPath() + QStringLiteral("/inlay");
        setup.storePath = path_;
        setup.session = app::WindowSetup::Session::Fresh;
        window_ = std::make_unique<app::MainWindow>(*theme_, setup);
        window_->resize(1600, 900);
        window_->show();
        QTRY_VERIFY(window_->watcher().runs()->version() >= 0);
        QTRY_VERIFY(window_->runPanel()->project() != 0);
    }

    /// Runs a project with small layers from the window.
    engine::RunId launch(const std::string& name, int epochs) {
        const QString project =
            folder_->filePath(QString::fromStdString(name) + QStringLiteral(".inlay.json"));
        QFile file(project);
        [&] {
            QVERIFY(file.open(QIODevice::WriteOnly));
        }();
        const engine::Json json{{"inlay", 1},
                                {"kind", "train"},
                                {"version", 1},
                                {"title", name},
                                {"config",
                                 {{"dataset", {{"kind", "blobs"}, {"count", 4000}}},
                                  {"network", {{"kind", "mlp"}, {"hidden", {32}}}},
                                  {"checkpoint", {{"every_epochs", 20}}},
                                  {"epochs", epochs}}}};
        file.write(QByteArray::fromStdString(engine::dumpJson(json)));
        file.close();
        const std::size_t before = openStore().listRuns().size();
        window_->openProject(project);
        window_->runProject();
        if (!QTest::qWaitFor([&] { return openStore().listRuns().size() > before; }, kPatience))
            qFatal("nothing was queued: %s", qPrintable(window_->bannerText()));
        const engine::RunId run = openStore().listRuns().front().id;
        openStore().rename(run, name);
        return run;
    }

    void waitUntilItComputes(engine::RunId run) {
        QVERIFY(comesTo(run, RunStatus::Running));
        QTRY_VERIFY_WITH_TIMEOUT(stored(run).step > 0, kPatience);
    }

    /// Whether store, list and the chip of the training view come to the status.
    bool comesTo(engine::RunId run, RunStatus status) {
        if (!QTest::qWaitFor([&] { return stored(run).status == status; }, kPatience)) {
            qWarning("run %lld is %s: %s", static_cast<long long>(run),
                     engine::nameOf(stored(run).status).data(), stored(run).message.c_str());
            return false;
        }
        const auto name = QString::fromUtf8(engine::nameOf(status).data());
        const auto* chip = header()->findChild<widgets::StateChip*>();
        return QTest::qWaitFor([&] { return isListed(run) && shown(run).status == status; },
                               kPatience) &&
               QTest::qWaitFor([&] { return chip->state() == widgets::runStateFrom(name); },
                               kPatience);
    }

    engine::RunStore openStore() const {
        return engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
    }

    engine::RunRecord stored(engine::RunId run) const { return openStore().run(run).value(); }

    bool isListed(engine::RunId run) const { return window_->watcher().runs()->indexOf(run) >= 0; }

    engine::RunRecord shown(engine::RunId run) const {
        const auto runs = window_->watcher().runs();
        return runs->row(static_cast<std::size_t>(runs->indexOf(run)));
    }

    engine::RunId insert(const std::string& name) {
        auto store = openStore();
        engine::NewRun run;
        run.name = name;
        run.kind = "train";
        run.owner = engine::ProcessIdentity::current();
        const engine::RunId id = store.insertRun(run);
        store.setStatus(id, RunStatus::Finished);
        return id;
    }

    void select(engine::RunId run) {
        QTRY_VERIFY_WITH_TIMEOUT(window_->runPanel()->projects().rowCount() > 1, kPatience);
        window_->runPanel()->selectProject(0);
        window_->runPanel()->selectRuns({run});
        QTRY_COMPARE(window_->runPanel()->selectedRuns(), std::vector<engine::RunId>{run});
    }

    void activate() {
        window_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(window_.get()));
    }

    widgets::TrainingHeader* header() const {
        // Other views have such a header too.
        return window_->findChild<widgets::TrainingView*>()->findChild<widgets::TrainingHeader*>();
    }

    QString headerText() const {
        QStringList texts;
        for (const QLabel* label : header()->findChildren<QLabel*>())
            if (label->isVisible())
                texts << label->text() << label->toolTip();
        return texts.join(QLatin1Char('\n'));
    }

    bool headerSays(const QString& words) const {
        return QTest::qWaitFor([&] { return headerText().contains(words); }, kPatience);
    }

    void pressInHeader(const char* action) {
        auto* button = header()->findChild<QPushButton*>(QLatin1String(action));
        QTRY_VERIFY2_WITH_TIMEOUT(button->isVisible(), action, kPatience);
        QTest::mouseClick(button, Qt::LeftButton);
    }

    widgets::JobRow* jobOf(const QString& name) const {
        for (auto* row : window_->jobsPanel()->findChildren<widgets::JobRow*>())
            if (row->accessibleName().startsWith(name))
                return row;
        return nullptr;
    }

    /// Presses the button of the only job.
    void pressInJobs(const char* action) {
        const auto find = [&]() -> QToolButton* {
            for (auto* button : window_->jobsPanel()->findChildren<QToolButton*>())
                if (button->isVisible() && button->property("action") == QLatin1String(action))
                    return button;
            return nullptr;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(find() != nullptr, action, kPatience);
        QTest::mouseClick(find(), Qt::LeftButton);
    }

    QInputDialog* dialog() const {
        for (auto* each : window_->findChildren<QInputDialog*>())
            if (each->isVisible())
                return each;
        return nullptr;
    }

    /// Types into the dialog that is open and accepts.
    bool answer(const QString& text) {
        if (!QTest::qWaitFor([&] { return dialog() != nullptr; }, kPatience))
            return false;
        auto* edit = dialog()->findChild<QLineEdit*>();
        edit->selectAll();
        QTest::keyClicks(edit, text);
        dialog()->accept();
        return true;
    }

    template <class Field>
    Field* field(const char* name) const {
        for (auto* each : window_->runPanel()->findChildren<Field*>())
            if (each->accessibleName() == QLatin1String(name))
                return each;
        qFatal("no field %s", name);
    }

    QAction* action(const QString& text) const {
        for (QAction* each : window_->allActions())
            if (each->text().startsWith(text))
                return each;
        qFatal("no action %s", qPrintable(text));
    }

    std::unique_ptr<QTemporaryDir> folder_;
    QString path_;
    std::unique_ptr<widgets::Theme> theme_;
    std::unique_ptr<app::MainWindow> window_;
};

QTEST_MAIN(TestRunActions)
#include "test_run_actions.moc"

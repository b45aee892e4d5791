#include <QFileDialog>
#include <QInputDialog>
#include <QLocale>
#include <QStatusBar>
#include <QTabWidget>

#include "app/workbench/banner.h"
#include "app/workbench/deleted_runs.h"
#include "app/workbench/log_window.h"
#include "app/workbench/main_window.h"
#include "app/workbench/run_control.h"
#include "engine/base/error.h"
#include "engine/operators/stl/triple_file.h"
#include "engine/runner/setting_outcome.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"
#include "widgets/forms/setup_panel.h"
#include "widgets/operators/convert_dialog.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_panel.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"

namespace inlay::app {

using namespace widgets;

namespace {

/// Before the name of a file that a run of the kind amm left.
constexpr QLatin1String kUseTriple("use triple ");

/// The learning rate that holds now: of the last change that was applied, else of the set-up.
std::optional<double> learningRateOf(engine::RunStore& store, engine::RunId run) {
    std::optional<double> rate;
    for (const engine::ParamRecord& param : store.params(run))
        if (param.key == "learning_rate")
            rate = param.number;
    for (const engine::ControlRecord& control : store.controls(run)) {
        if (control.verb != engine::ControlVerb::Set || !engine::appliedStep(control.outcome))
            continue;
        const engine::Json payload = engine::parseJson(control.payload, "control row");
        if (payload.value("key", std::string()) == "learning_rate" &&
            payload.at("value").is_number())
            rate = payload.at("value").get<double>();
    }
    return rate;
}

} // namespace

void MainWindow::openWithDialog() {
    auto* dialog = new QFileDialog(this, tr("Open a project or a store – Inlay"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Projects and stores (*.inlay.json *.db)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this,
            guarded([this](const QString& path) { openFile(path); }));
    dialog->show();
}

void MainWindow::askToFork(engine::RunId run) {
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Fork from the last checkpoint – Inlay"));
    dialog->setLabelText(tr("Changes, e.g. learning_rate=0.0003 (none: leave it empty)"));
    dialog->setOkButtonText(tr("Fork"));
    connect(dialog, &QInputDialog::textValueSelected, this,
            guarded([this, run](const QString& text) { control_->fork(run, text); }));
    dialog->show();
}

void MainWindow::askToConvert(engine::RunId run) {
    const auto runs = watcher_->runs();
    const auto row = runs->indexOf(run);
    if (row < 0)
        return;
    auto* dialog = new ConvertDialog(
        *store_, run, QString::fromStdString(runs->row(static_cast<std::size_t>(row)).name), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ConvertDialog::convertWanted, this,
            guarded([this](engine::RunId parent, const engine::train::ConvertRequest& request) {
                control_->convert(parent, request);
            }));
    dialog->show();
}

void MainWindow::askForLearningRate(engine::RunId run) {
    store_->ask(
        this,
        [run](engine::RunStore& store) {
            const auto record = store.run(run);
            return std::pair(record ? record->name : std::string(), learningRateOf(store, run));
        },
        [this, run](const std::pair<std::string, std::optional<double>>& found) {
            auto* dialog = new QInputDialog(this);
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->setWindowTitle(tr("Set the learning rate – Inlay"));
            dialog->setLabelText(
                tr("New learning rate of %1").arg(QString::fromStdString(found.first)));
            if (found.second)
                dialog->setTextValue(QLocale::c().toString(*found.second, 'g', 6));
            dialog->setOkButtonText(tr("Set"));
            connect(dialog, &QInputDialog::textValueSelected, this,
                    guarded([this, run](const QString& text) {
                        control_->set(run, QStringLiteral("learning_rate=") + text.trimmed());
                    }));
            dialog->show();
        });
}

void MainWindow::showLog(engine::RunId run) {
    const auto runs = watcher_->runs();
    const auto row = runs->indexOf(run);
    const QString name =
        row < 0 ? tr("run %1").arg(run)
                : QString::fromStdString(runs->row(static_cast<std::size_t>(row)).name);
    (new LogWindow(*store_, *watcher_, run, name, this))->show();
}

void MainWindow::showDeletedRuns() {
    if (deleted_.isNull())
        deleted_ = new DeletedRuns(*store_, *watcher_, *edits_, this);
    deleted_->show();
    deleted_->raise();
    deleted_->activateWindow();
}

void MainWindow::exportView() {
    auto* dialog = new QFileDialog(this, tr("Export the view as a picture – Inlay"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("PNG picture (*.png)"));
    dialog->setDefaultSuffix(QStringLiteral("png"));
    dialog->selectFile(tabs_->currentWidget()->objectName() + QStringLiteral(".png"));
    connect(dialog, &QFileDialog::fileSelected, this, guarded([this](const QString& path) {
                if (tabs_->currentWidget()->grab().save(path))
                    statusBar()->showMessage(tr("Wrote %1").arg(path), 6000);
                else
                    banner_->show(Banner::Cause::Work,
                                  tr("%1 cannot be written; choose another folder.").arg(path));
            }));
    dialog->show();
}

/// The set-up at hand gets STL layers that begin with the triple; where it has no network, a new
/// one does.
void MainWindow::useTriple(engine::RunId run, const QString& artifact) {
    if (setup_ == nullptr)
        return;
    struct Found {
        std::string path;
        engine::StlTriple triple;
    };
    store_->ask(
        this,
        [run, name = artifact.toStdString()](engine::RunStore& store) {
            for (const engine::ArtifactRecord& file : store.artifacts(run))
                if (file.name == name) {
                    const std::string path = store.absolutePath(file.path);
                    return Found{path, engine::readTriple(path)};
                }
            throw engine::Error("The run has no file " + name + " any more.");
        },
        [this](const Found& found) {
            const std::vector<engine::Assignment> wanted = {
                {"network.operator.kind", "stl"},
                {"network.operator.tile", found.triple.tile},
                {"network.operator.rank", found.triple.rank},
                {"network.operator.start", "fitted"},
                {"network.operator.triple", found.path}};
            engine::ProjectFile project = setup_->project();
            QString path = setup_->path();
            const auto assignTo = [&](const engine::ProjectFile& target) {
                // A project that keeps every layer dense would not show the triple.
                std::vector<engine::Assignment> assignments = wanted;
                const auto network = target.config.find("network");
                if (network != target.config.end() && network->is_object() &&
                    network->contains("apply") && network->at("apply") == engine::Json("none"))
                    assignments.push_back({"network.apply", "blocks"});
                for (const engine::ExperimentKind* kind : options_.kinds)
                    if (kind->id() == target.kind)
                        return engine::assign(kind->schema(), target.config, assignments);
                return engine::Assigned{{}, {{"kind", "unknown"}}};
            };
            engine::Assigned assigned = assignTo(project);
            if (!assigned.issues.empty()) {
                project = {};
                project.kind = "train";
                project.title = tr("Fitted triple").toStdString();
                path.clear();
                assigned = assignTo(project);
            }
            project.config = assigned.config;
            project.variants.clear();
            project.grid.clear();
            setup_->setProject(project, path);
            showSetup();
        },
        [this](const QString& sentence) { banner_->show(Banner::Cause::Work, sentence); });
}

void MainWindow::performAction(engine::RunId run, const QString& action) {
    guarded([this, run, action] {
        if (action == QLatin1String("log")) {
            showLog(run);
        } else if (action == QLatin1String("fork")) {
            askToFork(run);
        } else if (action == QLatin1String("convert")) {
            askToConvert(run);
        } else if (action == QLatin1String("set learning_rate")) {
            askForLearningRate(run);
        } else if (action == QLatin1String("place column")) {
            edits_->writePlaces(run);
            statusBar()->showMessage(
                tr("The places are results of the runs now: the column \"By eye, %1\".").arg(run),
                6000);
        } else if (action == QLatin1String("run example")) {
            openProject(examplePath());
            runProject();
        } else if (action.startsWith(kUseTriple)) {
            useTriple(run, action.sliced(kUseTriple.size()));
        } else if (!control_->perform(run, action)) {
            banner_->show(Banner::Cause::Work, tr("Unknown action \"%1\".").arg(action));
        }
    })();
}

} // namespace inlay::app

#include <algorithm>
#include <cmath>

#include <QtTest>

#include <QButtonGroup>
#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QToolButton>

#include "engine/experiments/bench/layer_picture.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/launch.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/plot_table.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/bench/amm_view.h"
#include "widgets/views/bench/lab_table.h"
#include "widgets/views/bench/lab_view.h"
#include "widgets/views/bench/lab_words.h"
#include "widgets/views/bench/wiring_plot.h"
#include "widgets/views/butterfly/autoencoder_view.h"
#include "widgets/views/butterfly/sketch_view.h"
#include "widgets/views/paged_view.h"

using namespace inlay;
using namespace inlay::widgets;

namespace {

LabCell cell(const char* label, const char* family, std::int64_t size, LabPass pass,
             double speedup) {
    LabCell one;
    one.label = QString::fromLatin1(label);
    one.family = QString::fromLatin1(family);
    one.rows = one.in = one.out = size;
    one.pass = pass;
    one.denseSeconds = 0.1;
    one.seconds = 0.1 / speedup;
    one.speedup = speedup;
    one.multiplyAdds = 1e6;
    one.denseMultiplyAdds = 4e6;
    one.bytes = 1e5;
    return one;
}

QString shown(const LabModel& model, int row, const char* header) {
    for (int c = 0; c < model.columnCount(); ++c)
        if (model.headerData(c, Qt::Horizontal, Qt::DisplayRole).toString() ==
            QString::fromLatin1(header))
            return model.data(model.index(row, c), Qt::DisplayRole).toString();
    return {};
}

} // namespace

class TestLabView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QLocale::setDefault(QLocale::c());
        theme_ = std::make_unique<Theme>(*qApp);
        path_ = folder_.filePath(QStringLiteral("runs.db"));
        // A real run of the kind, small.
        const engine::ExperimentKind& kind = *engine::findKind("bench");
        engine::ProjectFile& project = project_;
        project.kind = kind.id();
        project.title = "Lab";
        project.threads = 1;
        project.config = engine::Json::parse(R"({"sizes": [32, 64], "forward_repeats": 3,
            "train_repeats": 1, "search": true, "search_up_to": 64,
            "stl": {"ranks": [16, 49]}, "low_rank": {"ranks": [8]}, "block_diagonal": {"measure": false}})");
        const engine::Launch launch = engine::prepareLaunch(project, "", kind, {});
        QVERIFY2(launch.issues.empty(), engine::joinMessages(launch.issues).c_str());
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::Create);
        run_ = engine::insertRunning(store, launch);
        const auto result = engine::executeRun(path_.toStdString(), run_, kind, nullptr);
        QCOMPARE(result.status, engine::RunStatus::Finished);
    }
    void cleanupTestCase() { theme_.reset(); }

    void theRunIsReadBack() {
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadOnly);
        const Lab lab = readLab(store, run_);
        QCOMPARE(lab.labels(),
                 (QStringList{"STL 4x16", "STL 4x49", "Butterfly", "2:4", "Low rank 8"}));
        QCOMPARE(lab.pictures.size(), std::size_t{5});
        QCOMPARE(lab.breakEvens.size(), std::size_t{5});
        for (const QString& label : lab.labels()) {
            const auto curve = lab.curve(label, LabPass::Forward);
            QVERIFY(curve.size() >= 2);
            for (std::size_t i = 1; i < curve.size(); ++i)
                QVERIFY(curve[i]->in > curve[i - 1]->in);
            QCOMPARE(lab.curve(label, LabPass::Train).size(), std::size_t{2});
        }
        for (const LabPicture& picture : lab.pictures)
            QCOMPARE(picture.values.size(),
                     static_cast<std::size_t>(picture.rows * picture.columns));
        QCOMPARE(lab.pictures[0].rows, 16);    // products
        QCOMPARE(lab.pictures[0].columns, 16); // elements of a 4 x 4 tile
        QCOMPARE(lab.pictures[2].rows, 32);
        // Every second pair of a 2:4 matrix's column is empty.
        int zeros = 0;
        for (const float value : lab.pictures[3].values)
            zeros += value == 0;
        QCOMPARE(zeros, 32 * 32 / 2);
        // The wires are the matrix: its rows are what the stages make of one input.
        const LabPicture& butterfly = lab.pictures[2];
        QCOMPARE(butterfly.stages, 5);
        QCOMPARE(butterfly.wiring.size(), std::size_t{5 * 65});
        for (std::size_t input = 0; input < 32; ++input) {
            std::vector<double> x(32, 0.0);
            x[input] = 1;
            for (std::size_t stage = 0; stage < 5; ++stage) {
                const float* row = butterfly.wiring.data() + stage * 65;
                const std::size_t stride = std::size_t{1} << static_cast<unsigned>(row[0]);
                const float* block = row + 1;
                for (std::size_t i = 0; i < 32; ++i) {
                    if ((i & stride) != 0)
                        continue;
                    const double first = x[i];
                    const double second = x[i + stride];
                    x[i] = static_cast<double>(block[0]) * first +
                           static_cast<double>(block[1]) * second;
                    x[i + stride] = static_cast<double>(block[2]) * first +
                                    static_cast<double>(block[3]) * second;
                    block += 4;
                }
            }
            for (std::size_t output = 0; output < 32; ++output) {
                const auto value = static_cast<double>(butterfly.values[input * 32 + output]);
                QVERIFY(std::abs(x[output] - value) < 1e-5);
            }
        }
        QCOMPARE(lab.pictures[3].stages, 0);
    }

    // Of a gadget some wires lead to no kept output: they are dim, and absent from the table.
    void theWiringOfAGadgetShowsItsPaths() {
        engine::ButterflyConfig config;
        config.form = engine::ButterflyForm::Gadget;
        const engine::Device device = engine::Device::open("cpu");
        const engine::bench::LayerPicture picture = engine::bench::pictureOf(
            {"gadget", "butterfly", config, {}, 0}, device, engine::RandomStream(3, "test"));
        QCOMPARE(picture.stages, std::int64_t{5});
        WiringPlot plot;
        QVERIFY(plot.isEmpty());
        plot.setWiring(static_cast<int>(picture.stages), picture.wiring);
        QCOMPARE(plot.wires(), 5 * 64);
        QVERIFY(plot.liveWires() > 32);
        QVERIFY(plot.liveWires() < plot.wires());
        const PlotTable table = plot.table();
        QCOMPARE(table.rows(), plot.wires());
        const auto& weights = table.columns[3].numbers;
        QCOMPARE(std::count_if(weights.begin(), weights.end(),
                               [](const auto& weight) { return weight.has_value(); }),
                 plot.liveWires());
    }

    void theViewShowsTheRun() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        LabView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1000, 800);
        view.show();
        view.setRuns({run_});
        auto* table = view.findChild<LabTable*>();
        QTRY_COMPARE(table->model()->rowCount(), 6); // dense and five layers
        const auto* speedups = view.findChild<CurvePlot*>(QStringLiteral("speedups"));
        const auto* singular = view.findChild<CurvePlot*>(QStringLiteral("singularValues"));
        // Of each matrix, largest first; an encoder is no matrix that acts on rows.
        QCOMPARE(singular->series().size(), std::size_t{3});
        for (const CurveSeries& curve : singular->series()) {
            QCOMPARE(curve.points.y.size(), std::size_t{32});
            QVERIFY(std::is_sorted(curve.points.y.rbegin(), curve.points.y.rend()));
        }
        // Rank 8, the rest is zero.
        QVERIFY(singular->series()[2].points.y[7] > 1e-3);
        QVERIFY(singular->series()[2].points.y[8] < 1e-5);
        const auto* wiring = view.findChild<WiringPlot*>();
        QVERIFY(wiring != nullptr);
        QCOMPARE(wiring->liveWires(), 5 * 64);
        // A curve and a promise a layer, and the line of dense.
        QCOMPARE(speedups->series().size(), std::size_t{11});
        auto* sizes = view.findChild<QComboBox*>();
        QCOMPARE(sizes->currentText(), QStringLiteral("64"));
        auto* passes = view.findChild<QButtonGroup*>();
        passes->button(1)->click();
        QTRY_COMPARE(sizes->count(), 2);
        QCOMPARE(table->model()->rowCount(), 6);
        QCOMPARE(view.findChildren<HeatMap*>().size(), 5);
        view.setRuns({});
        QTRY_VERIFY(!table->isVisible());
    }

    // What is typed is shown before it is run, with what a run has measured of it.
    void draftsAreShown() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        LabView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1000, 800);
        view.show();
        auto* table = view.findChild<LabTable*>();
        const auto& model = *qobject_cast<LabModel*>(table->model());
        auto* back = view.findChild<QToolButton*>(QStringLiteral("backToRun"));
        QVERIFY(back != nullptr);
        engine::ProjectFile draft = project_;
        draft.config["sizes"] = {64};
        draft.config["stl"]["ranks"] = {16, 24};
        view.setDraft(draft);
        QTRY_VERIFY(table->isVisible());
        QCOMPARE(model.rowCount(), 6);
        QCOMPARE(shown(model, 1, "Layer"), QStringLiteral("STL 4x16"));
        QCOMPARE(shown(model, 1, "Measured"), QStringLiteral("–"));
        QCOMPARE(shown(model, 0, "Measured"), QStringLiteral("–"));
        QVERIFY(!back->isVisible()); // there is none
        QCOMPARE(view.findChildren<HeatMap*>().size(), 5);

        view.setRuns({run_}); // a chosen run stands before a draft
        QTRY_COMPARE(shown(model, 2, "Layer"), QStringLiteral("STL 4x49"));
        QVERIFY(shown(model, 2, "Measured") != QStringLiteral("–"));
        view.setDraft(draft);
        QTRY_COMPARE(shown(model, 2, "Layer"), QStringLiteral("STL 4x24"));
        QVERIFY(shown(model, 1, "Measured") != QStringLiteral("–")); // in both
        QCOMPARE(shown(model, 2, "Measured"), QStringLiteral("–"));
        QVERIFY(back->isVisible());
        back->click();
        QTRY_COMPARE(shown(model, 2, "Layer"), QStringLiteral("STL 4x49"));
        QVERIFY(!back->isVisible());

        // Another number of threads is another measurement.
        draft.threads = 2;
        view.setDraft(draft);
        QTRY_COMPARE(shown(model, 1, "Measured"), QStringLiteral("–"));
        // A set-up of another kind is none of the lab's business.
        engine::ProjectFile other = draft;
        other.kind = "train";
        view.setRuns({});
        view.setDraft(other);
        QTRY_VERIFY(!table->isVisible());
    }

    // A page stands for its draft until runs are chosen; without either nothing is shown.
    void pagesStandForTheirDrafts() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        PagedView view(
            ViewContext{&client, &watcher, theme_.get()},
            {{QStringLiteral("bench"),
              [](const ViewContext& context, QWidget* parent) -> View* {
                  return new LabView(context, parent);
              }}},
            {QStringLiteral("layers"), QStringLiteral("Heading"), QStringLiteral("Text")}, nullptr);
        view.resize(1000, 800);
        view.show();
        view.setRuns({run_});
        QTRY_VERIFY(view.findChild<LabTable*>() != nullptr);
        const auto* table = view.findChild<LabTable*>();
        QTRY_VERIFY(table->isVisible());
        view.setRuns({});
        QVERIFY(!table->isVisible());
        view.setDraft(project_);
        QTRY_VERIFY(table->isVisible());
        emit watcher.runsChanged(); // another run moved
        QVERIFY(table->isVisible());
        view.setRuns({run_});
        QTRY_COMPARE(table->model()->rowCount(), 6);
        auto* back = view.findChild<QToolButton*>(QStringLiteral("backToRun"));
        QVERIFY(!back->isVisible());
        view.setDraft(project_);
        QTRY_VERIFY(back->isVisible());
        view.setRuns({});
        QVERIFY(!table->isVisible());
    }

    void predictedRatiosAreMarkedAsSuch() {
        Lab lab;
        lab.cells = {cell("STL 4x16", "stl", 64, LabPass::Forward, 2.5)};
        lab.cells[0].seconds = lab.cells[0].denseSeconds = lab.cells[0].speedup = 0;
        LabModel model(nullptr);
        model.setLab(lab, LabPass::Forward, 64);
        QCOMPARE(shown(model, 1, "Speed-up"), QStringLiteral("–"));
        lab.cells[0].predictedSeconds = 0.05;
        lab.cells[0].predictedDenseSeconds = 0.1;
        model.setLab(lab, LabPass::Forward, 64);
        QCOMPARE(shown(model, 0, "Predicted"), QStringLiteral("100 ms"));
        QCOMPARE(shown(model, 1, "Predicted"), QStringLiteral("50.0 ms"));
        QCOMPARE(shown(model, 1, "Speed-up"), QStringLiteral("≈ 2.00×"));
        QCOMPARE(shown(model, 1, "Roofline"), QStringLiteral("–"));
    }

    void productsAreShownWhileTheyAreFitted() {
        const engine::ExperimentKind& kind = *engine::findKind("amm");
        engine::ProjectFile project;
        project.kind = kind.id();
        project.title = "Products";
        project.config = engine::Json::parse(
            R"({"ranks": [8, 16], "steps": 200, "replicates": 3, "naive": true})");
        const engine::Launch launch = engine::prepareLaunch(project, "", kind, {});
        QVERIFY2(launch.issues.empty(), engine::joinMessages(launch.issues).c_str());
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const engine::RunId run = engine::insertRunning(store, launch);
        QCOMPARE(engine::executeRun(path_.toStdString(), run, kind, nullptr).status,
                 engine::RunStatus::Finished);
        const AmmFits fits = readAmmFits(store, run);
        QCOMPARE(fits.ranks(), (std::vector<std::int64_t>{8, 16}));
        QCOMPARE(fits.curves.size(), std::size_t{6});
        QCOMPARE(fits.tile, 4);
        QVERIFY(std::abs(fits.twoFour.value_or(0) - 0.1323) < 0.003);
        const AmmCurve* theory = fits.find("theory", 16);
        QVERIFY(theory != nullptr);
        QCOMPARE(theory->median.size(), std::size_t{101});
        for (std::size_t i = 0; i < theory->median.size(); ++i) {
            QVERIFY(theory->band.low[i] <= theory->median.y[i]);
            QVERIFY(theory->band.high[i] >= theory->median.y[i]);
        }
        QVERIFY(theory->median.y.back() < theory->median.y.front());
        QCOMPARE(theory->triple.size(), std::size_t{3 * 16 * 16});

        StoreClient client(path_);
        RunWatcher watcher(client);
        AmmView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1000, 700);
        view.show();
        view.setRuns({run});
        const auto plots = view.findChildren<CurvePlot*>();
        QCOMPARE(plots.size(), 2);
        // Three starts, keep r, low rank and 2:4; by rank the transposable masks too.
        QTRY_COMPARE(plots[0]->series().size(), std::size_t{6});
        QCOMPARE(plots[1]->series().size(), std::size_t{7});
        const auto boxes = view.findChildren<QComboBox*>();
        QCOMPARE(boxes.size(), 2);
        QCOMPARE(boxes[1]->itemText(0), QStringLiteral("Strassen"));
        for (HeatMap* map : view.findChildren<HeatMap*>())
            QCOMPARE(map->data().rows, 8);
        boxes[0]->setCurrentIndex(1);
        emit boxes[0]->activated(1);
        for (HeatMap* map : view.findChildren<HeatMap*>())
            QCOMPARE(map->data().rows, 16);
        // The best triple of the rank goes into layers.
        QCOMPARE(fits.saved.size(), std::size_t{2});
        QSignalSpy wanted(&view, &View::actionWanted);
        for (QPushButton* button : view.findChildren<QPushButton*>())
            if (button->text() == QStringLiteral("Use in layers")) {
                QVERIFY(button->isVisible());
                button->click();
            }
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][1].toString(), QStringLiteral("use triple triple-t4-r16.safetensors"));
    }

    void autoencodersAreShownWithTheirLines() {
        const engine::ExperimentKind& kind = *engine::findKind("autoencoder");
        engine::ProjectFile project;
        project.kind = kind.id();
        project.title = "Autoencoder";
        project.config = engine::Json::parse(
            R"({"matrix": {"kind": "spectrum", "coordinates": 24, "samples": 24}, "ranks": [2, 4],
                "phase1_steps": 60, "phase2_steps": 60})");
        const engine::Launch launch = engine::prepareLaunch(project, "", kind, {});
        QVERIFY2(launch.issues.empty(), engine::joinMessages(launch.issues).c_str());
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const engine::RunId run = engine::insertRunning(store, launch);
        QCOMPARE(engine::executeRun(path_.toStdString(), run, kind, nullptr).status,
                 engine::RunStatus::Finished);
        const AutoencoderFits fits = readAutoencoderFits(store, run);
        QCOMPARE(fits.fits.size(), std::size_t{2});
        QCOMPARE(fits.phase1Steps, std::int64_t{60});
        for (const AutoencoderFit& fit : fits.fits) {
            QCOMPARE(fit.twoPhase.x.front(), 0.0);
            QCOMPARE(fit.twoPhase.x.back(), 120.0);
            QCOMPARE(fit.together.x.front(), 0.0);
            QVERIFY(fit.pca > 0 && fit.pca < fit.fixed && fit.fixed < 1);
            QCOMPARE(*fit.phase2, fit.twoPhase.y.back());
            QVERIFY(std::abs(fit.levels.front() - 1) < 1e-12); // nothing is encoded
        }

        StoreClient client(path_);
        RunWatcher watcher(client);
        AutoencoderView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1000, 700);
        view.show();
        view.setRuns({run});
        const auto plots = view.findChildren<CurvePlot*>();
        QCOMPARE(plots.size(), 2);
        // Two curves, three lines and the levels; by rank PCA, fixed, both phases, together.
        const std::size_t levels = fits.fits[1].levels.size();
        QTRY_COMPARE(plots[0]->series().size(), 5 + levels);
        QCOMPARE(plots[1]->series().size(), std::size_t{5});
        for (QToolButton* button : view.findChildren<QToolButton*>())
            if (button->text() == QStringLiteral("Critical levels"))
                button->setChecked(false);
        QCOMPARE(plots[0]->series().size(), std::size_t{5});
        auto* ranks = view.findChild<QComboBox*>();
        QCOMPARE(ranks->currentText(), QStringLiteral("4"));
        ranks->setCurrentIndex(0);
        emit ranks->activated(0);
        QCOMPARE(plots[0]->series()[0].points.y.back(), *fits.fits[0].phase2);
        auto* table = view.findChild<QTableWidget*>();
        QCOMPARE(table->rowCount(), 2);
        QCOMPARE(table->item(1, 0)->text(), QStringLiteral("4"));
    }

    void sketchesAreShownInBothNorms() {
        const engine::ExperimentKind& kind = *engine::findKind("sketch");
        engine::ProjectFile project;
        project.kind = kind.id();
        project.title = "Sketches";
        project.config = engine::Json::parse(
            R"({"matrices": {"kind": "shared_subspace", "coordinates": 16, "columns": 12, "rank": 4,
                "training": 10, "testing": 5}, "rank": 3, "kept": [4, 6], "steps": 40, "sparse":
                [1, 2]})");
        const engine::Launch launch = engine::prepareLaunch(project, "", kind, {});
        QVERIFY2(launch.issues.empty(), engine::joinMessages(launch.issues).c_str());
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const engine::RunId run = engine::insertRunning(store, launch);
        QCOMPARE(engine::executeRun(path_.toStdString(), run, kind, nullptr).status,
                 engine::RunStatus::Finished);
        const SketchFits fits = readSketchFits(store, run);
        QCOMPARE(fits.sizes(), (std::vector<std::int64_t>{4, 6}));
        QCOMPARE(fits.arms().size(), std::size_t{6});
        QCOMPARE(fits.arms().front(), QStringLiteral("butterfly"));
        const SketchCurve* learned = fits.find("sparse2", 6);
        QVERIFY(learned != nullptr && learned->numbers == 32);
        QCOMPARE(learned->squaredCurve.x.front(), 0.0);
        QCOMPARE(learned->squaredCurve.x.back(), 40.0);
        QCOMPARE(*learned->squared, learned->squaredCurve.y.back());
        QCOMPARE(*learned->plain, learned->plainCurve.y.back());
        QCOMPARE(fits.lengths.size(), std::size_t{2});
        QCOMPARE(fits.lengths[0].drawn.size(), std::size_t{1000});

        StoreClient client(path_);
        RunWatcher watcher(client);
        SketchView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1000, 700);
        view.show();
        view.setRuns({run});
        const auto* training = view.findChild<CurvePlot*>("training");
        QTRY_COMPARE(training->series().size(), std::size_t{6});
        QCOMPARE(view.findChild<CurvePlot*>("sizes")->series().size(), std::size_t{6});
        QCOMPARE(view.findChild<CurvePlot*>("lengths")->series().size(),
                 std::size_t{2}); // drawn and normal
        const auto boxes = view.findChildren<QComboBox*>();
        QCOMPARE(boxes.size(), 2);
        boxes[1]->setCurrentIndex(1);
        emit boxes[1]->activated(1);
        QCOMPARE(training->series()[0].points.y.back(), *fits.find("butterfly", 4)->plain);
        auto* table = view.findChild<QTableWidget*>();
        QCOMPARE(table->rowCount(), 6);
        QCOMPARE(table->columnCount(), 4);
        QCOMPARE(table->horizontalHeaderItem(1)->text(), QStringLiteral("Numbers, l = 4"));
        QCOMPARE(table->item(0, 0)->text(), QStringLiteral("butterfly"));
    }

    void slowerLayersAreMarked() {
        Lab lab;
        lab.cells = {cell("STL 4x16", "stl", 64, LabPass::Forward, 2.5),
                     cell("2:4", "two_four", 64, LabPass::Forward, 0.75)};
        lab.breakEvens = {{"STL 4x16", 48, 64}, {"2:4", std::nullopt, 64}};
        LabModel model(nullptr);
        model.setLab(lab, LabPass::Forward, 64);
        QCOMPARE(model.rowCount(), 3);
        QCOMPARE(shown(model, 0, "Layer"), QStringLiteral("Dense"));
        QCOMPARE(shown(model, 0, "Measured"), QStringLiteral("100 ms"));
        QCOMPARE(shown(model, 1, "Speed-up"), QStringLiteral("2.50×"));
        QCOMPARE(shown(model, 1, "By count"), QStringLiteral("4.00×"));
        QCOMPARE(shown(model, 1, "Predicted"), QStringLiteral("–"));
        QCOMPARE(shown(model, 1, "Break-even"), QStringLiteral("48"));
        QCOMPARE(shown(model, 2, "Break-even"), QStringLiteral("none to 64"));
        int warned = 0;
        for (int r = 0; r < model.rowCount(); ++r)
            for (int c = 0; c < model.columnCount(); ++c)
                warned += model.data(model.index(r, c), LabModel::WarnRole).toBool();
        QCOMPARE(warned, 1);
        model.setLab(lab, LabPass::Train, 64);
        QCOMPARE(model.rowCount(), 0);
    }

    void marksDiffer() {
        Lab lab;
        for (const char* label : {"STL 4x16", "STL 4x24", "STL 4x32"})
            lab.cells.push_back(cell(label, "stl", 64, LabPass::Forward, 2));
        lab.cells.push_back(cell("Butterfly", "butterfly", 64, LabPass::Forward, 2));
        for (const QString& a : lab.labels())
            for (const QString& b : lab.labels())
                QVERIFY(a == b || lab.styleOf(a).color != lab.styleOf(b).color);
    }

    void numbersAreForPeople() {
        QCOMPARE(secondsText(0.0947), QStringLiteral("94.7 ms"));
        QCOMPARE(secondsText(2.35e-4), QStringLiteral("235 µs"));
        QCOMPARE(secondsText(1.624), QStringLiteral("1.62 s"));
        QCOMPARE(largeNumber(8.59e9), QStringLiteral("8.59 G"));
    }

private:
    QTemporaryDir folder_;
    QString path_;
    engine::ProjectFile project_; // of the run
    engine::RunId run_ = 0;
    std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestLabView)
#include "test_lab_view.moc"

#include <QtTest>

#include <QTemporaryDir>

#include "tests/widgets/views/sample_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_strip.h"
#include "widgets/plots/readout_row.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/train/layer_table.h"
#include "widgets/views/train/mistakes_strip.h"
#include "widgets/views/train/training_plots.h"
#include "widgets/views/train/training_view.h"

using namespace inlay;
using namespace inlay::widgets;

namespace {

const CurveSeries* curve(const CurvePlot* plot, const QString& id) {
    for (const CurveSeries& one : plot->series())
        if (one.id == id)
            return &one;
    return nullptr;
}

std::size_t rawCount(const CurvePlot* plot, const QString& id) {
    const CurveSeries* found = curve(plot, id);
    return found == nullptr ? 0 : found->raw.size();
}

} // namespace

class TestTrainingView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
    void cleanupTestCase() { theme_.reset(); }

    void init() {
        theme_->setChoice(ThemeChoice::Light);
        folder_ = std::make_unique<QTemporaryDir>();
        const QString path = folder_->filePath(QStringLiteral("runs.db"));
        store_ = std::make_unique<engine::RunStore>(
            engine::RunStore::open(path.toStdString(), engine::OpenMode::Create));
        client_ = std::make_unique<StoreClient>(path);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<TrainingView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(846, 736);
        view_->show();
    }

    void cleanup() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        store_.reset();
    }

    void livePointsArriveAndAreSmoothedOnFullData() {
        samples::Wish wish;
        wish.steps = 120;
        wish.status = engine::RunStatus::Running;
        const engine::RunId run = samples::addRun(*store_, wish);
        select(run);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{120});
        engine::SeriesWriter writer(*store_, run, 1);
        for (int step = 120; step < 140; ++step)
            writer.add("train/loss", step, samples::lossAt(step, 1), samples::kStartMs + step * 90);
        writer.commit();
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{140});
        engine::DebiasedAverage average(0.9);
        double last = 0;
        for (int step = 0; step < 140; ++step)
            last = average.push(samples::lossAt(step, 1));
        QCOMPARE(curve(view_->plots()->loss(), "train")->points.y.back(), last);
        QCOMPARE(view_->plots()->smoothedLoss().value_or(0), last);
        view_->plots()->smoothing()->setValue(0);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{0});
        QCOMPARE(curve(view_->plots()->loss(), "train")->points.y.back(), samples::lossAt(139, 1));
    }

    void zoomReadsTheStoreAndKeepsASpike() {
        samples::Wish wish;
        wish.steps = 0;
        wish.status = engine::RunStatus::Running;
        const engine::RunId run = samples::addRun(*store_, wish);
        constexpr int kCount = 120'000;
        constexpr int kSpike = 77'777;
        engine::SeriesWriter writer(*store_, run, 1);
        const int handle = writer.series("train/loss", "nats");
        for (int step = 0; step < kCount; ++step)
            writer.add(handle, step, step == kSpike ? 900.0 : 1.0 + 1e-3 * (step % 7), 0);
        writer.commit();
        select(run);
        CurvePlot* plot = view_->plots()->loss();
        const auto shown = [&] {
            return curve(plot, "train")->raw;
        };
        QTRY_VERIFY(curve(plot, "train") != nullptr && shown().size() > 0 &&
                    shown().size() < 20'000);
        QTRY_VERIFY(!view_->plots()->isBusy());
        const Points all = shown();
        QCOMPARE(*std::max_element(all.y.begin(), all.y.end()), 900.0);
        // Zoomed in, every point of the range is there, read again from the store.
        plot->zoomTo({77'700, 77'900}, {0.5, 1000});
        emit plot->rangeChanged(77'700, 77'900, plot->plotWidth());
        QTRY_VERIFY(!view_->plots()->isBusy() && shown().size() >= 201 && shown().size() < 210);
        const Points points = shown();
        const auto at = std::find(points.x.begin(), points.x.end(), double(kSpike));
        QVERIFY(at != points.x.end());
        QCOMPARE(points.y[static_cast<std::size_t>(at - points.x.begin())], 900.0);
    }

    void aNotANumberStaysInTheCurve() {
        samples::Wish wish;
        wish.steps = 60;
        wish.status = engine::RunStatus::Running;
        const engine::RunId run = samples::addRun(*store_, wish);
        engine::SeriesWriter writer(*store_, run, 1);
        writer.add("train/loss", 60, std::nan(""), samples::kStartMs + 6000);
        writer.commit();
        store_->endRun(run, engine::RunStatus::Diverged, "train/loss is NaN at step 60.", {});
        select(run);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{61});
        QVERIFY(std::isnan(curve(view_->plots()->loss(), "train")->raw.y.back()));
        QVERIFY(std::isnan(curve(view_->plots()->loss(), "train")->points.y.back()));
        const auto labels = view_->findChildren<QLabel*>();
        QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel* label) {
            return label->isVisible() && label->text().contains("NaN at step 60. Fork");
        }));
        QVERIFY(view_->findChild<QPushButton*>("resume")->isVisible());
        QVERIFY(!view_->findChild<QPushButton*>("pause")->isVisible());
    }

    void resumingShowsReplacedPointsFaintly() {
        samples::Wish wish;
        wish.steps = 130;
        wish.status = engine::RunStatus::Running;
        const engine::RunId run = samples::addRun(*store_, wish);
        select(run);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{130});
        const int attempt = store_->beginAttempt(run, 100, "resumed at step 100").n;
        wish.seed = 5;
        samples::addPoints(*store_, run, attempt, 100, 160, wish);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{160});
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "superseded"), std::size_t{30});
        const CurveSeries* old = curve(view_->plots()->loss(), "superseded");
        QCOMPARE(old->raw.x.front(), 100.0);
        QCOMPARE(old->raw.y.front(), samples::lossAt(100, 1));
        QCOMPARE(curve(view_->plots()->loss(), "train")->raw.y[100], samples::lossAt(100, 5));
    }

    void theDenseTwinFollowsTheRule() {
        samples::Wish dense;
        dense.name = "ViT dense";
        dense.family = "dense";
        dense.stepSeconds = 0.099;
        const engine::RunId pinned = samples::addRun(*store_, [&] {
            samples::Wish other = dense;
            other.group = "other";
            return other;
        }());
        samples::Wish wish;
        wish.stepSeconds = 0.09;
        const engine::RunId run = samples::addRun(*store_, wish);
        select(run);
        QTRY_COMPARE(view_->run(), run);
        QCOMPARE(view_->twin(), engine::RunId{0});
        QTRY_VERIFY(view_->findChild<QPushButton*>("queue dense twin")->isVisible());
        QSignalSpy actions(view_.get(), &View::actionWanted);
        view_->findChild<QPushButton*>("queue dense twin")->click();
        QCOMPARE(actions.last().at(1).toString(), QStringLiteral("queue dense twin"));
        view_->setBaseline(pinned);
        QCOMPARE(view_->twin(), pinned);
        // Another learning rate is another run, an older twin gives way to a newer one.
        samples::Wish unlike = dense;
        unlike.learningRate = 5e-3;
        samples::addRun(*store_, unlike);
        samples::addRun(*store_, dense);
        const engine::RunId newest = samples::addRun(*store_, dense);
        QTRY_COMPARE(view_->twin(), newest);
        QTRY_VERIFY(view_->readouts()->readouts().size() == 5 &&
                    view_->readouts()->readouts()[4].value == QStringLiteral("1.10"));
        QVERIFY(!view_->findChild<QPushButton*>("queue dense twin")->isVisible());
        QTRY_VERIFY(curve(view_->plots()->accuracy(), "twin") != nullptr &&
                    curve(view_->plots()->accuracy(), "twin")->points.size() == 8);
    }

    void anEmptyStoreOffersTheExample() {
        QSignalSpy actions(view_.get(), &View::actionWanted);
        QPushButton* button = nullptr;
        for (QPushButton* one : view_->findChildren<QPushButton*>())
            if (one->isVisible())
                button = one;
        QVERIFY(button != nullptr);
        QCOMPARE(button->text(), QStringLiteral("Run the example"));
        button->click();
        QCOMPARE(actions.count(), 1);
        QCOMPARE(actions.first().first().toLongLong(), 0);
        QCOMPARE(actions.first().last().toString(), QStringLiteral("run example"));
        samples::keepPicture(*view_, "training-empty");
    }

    void looksRightInBothThemes_data() {
        QTest::addColumn<int>("choice");
        QTest::addColumn<QSize>("size");
        for (const QSize& size :
             {QSize(1280, 720), QSize(1440, 900), QSize(846, 736), QSize(960, 520)})
            for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark})
                QTest::addRow("%dx%d-%s", size.width(), size.height(),
                              choice == ThemeChoice::Light ? "light" : "dark")
                    << static_cast<int>(choice) << size;
    }

    void looksRightInBothThemes() {
        QFETCH(int, choice);
        QFETCH(QSize, size);
        theme_->setChoice(static_cast<ThemeChoice>(choice));
        samples::Wish dense;
        dense.family = "dense";
        dense.name = "ViT dense";
        dense.quality = 0.985;
        dense.stepSeconds = 0.099;
        samples::addRun(*store_, dense);
        samples::Wish wish;
        wish.steps = 250;
        wish.status = engine::RunStatus::Running;
        const engine::RunId run = samples::addRun(*store_, wish);
        samples::addMistakes(*store_, run, 249);
        view_->resize(size);
        select(run);
        QTRY_COMPARE(rawCount(view_->plots()->loss(), "train"), std::size_t{250});
        QTRY_VERIFY(!view_->plots()->gradients()->isEmpty());
        QTRY_COMPARE(view_->mistakes()->mistakes().size(), std::size_t{12});
        QTRY_COMPARE(view_->layers()->rowCount(), 14);
        QTRY_COMPARE(view_->layers()->columnCount(), 6);
        QTRY_VERIFY(!view_->plots()->isBusy());
        QTRY_COMPARE(view_->readouts()->readouts().size(), std::size_t{5});
        QTest::qWait(300);
        QCOMPARE(samples::clippedTexts(*view_), QStringList());
        QCOMPARE(samples::namelessControls(*view_), QStringList());
        int warned = 0;
        for (int row = 0; row < 14; ++row)
            warned += view_->layers()->index(row, 4).data(LayerModel::WarnRole).toBool() ? 1 : 0;
        QCOMPARE(warned, 1);
        QCOMPARE(view_->mistakes()->mistakes()[4].label, 4);
        QCOMPARE(view_->mistakes()->mistakes()[4].predicted, 9);
        samples::keepPicture(*view_, QStringLiteral("training-") +
                                         QString::fromLatin1(QTest::currentDataTag()));
    }

private:
    void select(engine::RunId run) {
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        view_->setRuns({run});
    }

    std::unique_ptr<Theme> theme_;
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<engine::RunStore> store_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<TrainingView> view_;
};

QTEST_MAIN(TestTrainingView)
#include "test_training_view.moc"

#include <QtTest>

#include <QComboBox>
#include <QTableWidget>
#include <QTabWidget>
#include <QTemporaryDir>

#include "embedding_store.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/base/error.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/catalog.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/picture_grid.h"
#include "widgets/views/embeddings/projection_bar.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"
#include "widgets/views/embeddings/triplet_list.h"
#include "widgets/views/ranking/figure_list.h"

using namespace inlay;
using namespace inlay::widgets;

class TestEmbeddingView : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> theme_;
    QTemporaryDir folder_;
    std::unique_ptr<engine::RunStore> store_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<EmbeddingView> view_;
    engine::RunId run_ = 0;
    engine::RunId noisy_ = 0;
    engine::RunId embed_ = 0;
    engine::RunId bare_ = 0;

    void show(const std::vector<engine::RunId>& runs) {
        view_->setRuns(runs);
        QTRY_VERIFY(view_->model()->neighborhood() != nullptr);
        QTRY_VERIFY(view_->model()->quality() != nullptr);
    }

    QString figure(const QString& name) const {
        for (const FigureList* list : {view_->quality(), view_->gains()})
            for (const FigureList::Row& row : list->rows())
                if (row.name.startsWith(name))
                    return row.value;
        return {};
    }

    // Exact, without any of the code under test.
    std::vector<std::int64_t> nearestTo(const Snapshot& snapshot, std::int64_t point, int k) const {
        std::vector<std::pair<double, std::int64_t>> all;
        for (std::int64_t i = 0; i < snapshot.count; ++i) {
            double square = 0;
            for (std::int64_t d = 0; d < snapshot.dimension; ++d)
                square += std::pow(
                    double{snapshot.values[static_cast<std::size_t>(i * snapshot.dimension + d)]} -
                        snapshot.values[static_cast<std::size_t>(point * snapshot.dimension + d)],
                    2);
            if (i != point)
                all.emplace_back(square, i);
        }
        std::sort(all.begin(), all.end());
        std::vector<std::int64_t> nearest;
        for (int i = 0; i < k; ++i)
            nearest.push_back(all[static_cast<std::size_t>(i)].second);
        return nearest;
    }

private slots:
    void initTestCase() {
        theme_ = std::make_unique<Theme>(*qApp);
        const QString path = folder_.filePath("runs.db");
        store_ = std::make_unique<engine::RunStore>(
            engine::RunStore::open(path.toStdString(), engine::OpenMode::Create));
        samples::EmbeddingWish wish;
        wish.count = 240;
        wish.dimension = 12;
        run_ = samples::addEmbeddingRun(*store_, wish);
        wish.name = "Triplet, noise";
        wish.noise = 2;
        wish.seed = 2;
        wish.snapshots = 3;
        noisy_ = samples::addEmbeddingRun(*store_, wish);
        wish.kind = "embed";
        wish.name = "Film";
        wish.snapshots = 1;
        embed_ = samples::addEmbeddingRun(*store_, wish);
        wish.name = "Bare vectors";
        wish.hasLabels = wish.hasPictures = false;
        bare_ = samples::addEmbeddingRun(*store_, wish);
        client_ = std::make_unique<StoreClient>(path);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<EmbeddingView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(1000, 760);
        view_->show();
        QTRY_VERIFY(watcher_->runs()->indexOf(bare_) >= 0);
    }

    void cleanupTestCase() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        store_.reset();
        theme_.reset();
    }

    void catalogHasItForAllKinds() {
        const auto& all = viewCatalog();
        const auto found = std::find_if(all.begin(), all.end(), [](const ViewKind& kind) {
            return kind.id == QLatin1String("embeddings");
        });
        QVERIFY(found != all.end());
        QCOMPARE(found->kinds, EmbeddingView::kinds());
    }

    void pcaIsThereAtOnceAndAlignedOverSnapshots() {
        show({run_});
        EmbeddingModel* model = view_->model();
        QTRY_COMPARE(model->frames(), 5);
        QCOMPARE(view_->transport()->count(), 5);
        QCOMPARE(view_->transport()->index(), 4);
        QCOMPARE(view_->cloud()->count(), std::size_t{240});
        QCOMPARE(view_->cloud()->classes().size(), std::size_t{10});
        // The places are those of the last snapshot's own axes, to the rounding of f16.
        const auto snapshot = model->snapshot();
        QVERIFY(snapshot);
        const auto own =
            engine::principalLayout({snapshot->values, snapshot->count, snapshot->dimension}, 2);
        for (std::size_t i = 0; i < own.layout.values.size(); ++i)
            QVERIFY(std::abs(model->places()[i] - own.layout.values[i]) < 1e-4F);
        QVERIFY(view_->cloud()->xAxis().title.contains("% of variance"));
        // Snapshots of one training lie near each other in time.
        const auto& film = *model->projected();
        const auto distance = [&](std::size_t a, std::size_t b) {
            double sum = 0;
            for (std::size_t i = 0; i < film.places[a].size(); ++i)
                sum += std::pow(film.places[a][i] - film.places[b][i], 2);
            return sum;
        };
        QVERIFY(distance(4, 3) < distance(4, 0));
        view_->transport()->setIndex(1);
        QTRY_COMPARE(view_->cloud()->points().values, film.places[1]); // after a motion
        QCOMPARE(model->key().step, std::int64_t{100});
        view_->transport()->setIndex(4);
    }

    void qualityBelongsToThePicture() {
        show({run_});
        const auto snapshot = view_->model()->snapshot();
        const auto expected =
            engine::projectionQuality({snapshot->values, snapshot->count, snapshot->dimension},
                                      {view_->model()->places(), snapshot->count, 2});
        QTRY_COMPARE(figure("Trustworthiness"),
                     QLocale().toString(expected.trustworthiness, 'f', 3));
        QCOMPARE(figure("Continuity"), QLocale().toString(expected.continuity, 'f', 3));
        QVERIFY(figure("Variance on two axes").endsWith("%"));
        // Another frame: other figures, and none of the old picture meanwhile.
        const double before = view_->model()->quality()->trustworthiness;
        view_->transport()->setIndex(0);
        QVERIFY(view_->model()->quality() == nullptr);
        QTRY_VERIFY(view_->model()->quality() != nullptr);
        QVERIFY(view_->model()->quality()->trustworthiness != before);
        view_->transport()->setIndex(4);
    }

    void neighborsAreThoseOfTheOriginalSpace() {
        show({run_});
        const auto snapshot = view_->model()->snapshot();
        for (const std::int64_t point : {3, 77, 200}) {
            emit view_->cloud()->pointPinned(point);
            const auto expected = nearestTo(*snapshot, point, 12);
            QCOMPARE(view_->neighbors()->cells().size(), std::size_t{12});
            const auto& labels = view_->model()->film()->labels;
            for (std::size_t i = 0; i < expected.size(); ++i) {
                const ThumbGrid::Cell& cell = view_->neighbors()->cells()[i];
                QCOMPARE(cell.point, expected[i]);
                const bool isFalse = labels[static_cast<std::size_t>(cell.point)] !=
                                     labels[static_cast<std::size_t>(point)];
                QCOMPARE(cell.tone, isFalse ? Tone::Bad : Tone::Normal);
                QCOMPARE(cell.second.startsWith("not "), isFalse);
            }
        }
        emit view_->cloud()->pointPinned(-1);
    }

    // Of very many points the neighbors of one are found when it is asked for.
    void neighborsOfOnePointAreTheSame() {
        show({run_});
        const auto snapshot = view_->model()->snapshot();
        const Neighborhood& all = *view_->model()->neighborhood();
        for (const std::int64_t point : {0, 99, 239}) {
            const Neighborhood one = findNeighborsOf(point, *snapshot, JobToken());
            QVERIFY(one.isComplete && one.isPartial);
            const auto expected = all.neighborsOf(point);
            const auto found = one.neighborsOf(point);
            QVERIFY(std::equal(expected.begin(), expected.end(), found.begin(), found.end()));
            QVERIFY(one.neighborsOf(point + 1).empty());
        }
    }

    void curvesTripletsAndDistancesAreShown() {
        show({run_});
        QTRY_COMPARE(view_->retrieval()->series().size(), std::size_t{3});
        for (const CurveSeries& one : view_->retrieval()->series())
            QVERIFY(one.points.y.back() > 1 && one.points.y.back() <= 100);
        QCOMPARE(view_->triplets()->triplets().size(), std::size_t{12});
        const auto& triplets = view_->triplets()->triplets();
        for (std::size_t i = 1; i < triplets.size(); ++i)
            QVERIFY(triplets[i - 1].toSame - triplets[i - 1].toOther >=
                    triplets[i].toSame - triplets[i].toOther);
        // Both histograms of this snapshot and of the first one; each sums to 100 %.
        QCOMPARE(view_->distances()->series().size(), std::size_t{4});
        for (const CurveSeries& one : view_->distances()->series()) {
            const double sum = std::accumulate(one.points.y.begin(), one.points.y.end(), 0.0);
            QVERIFY(std::abs(sum - 100) < 1e-3);
        }
        // Rows of the confusion sum to 100 %.
        QTRY_VERIFY(!view_->confusion()->isEmpty());
        const MatrixData& matrix = view_->confusion()->data();
        QCOMPARE(matrix.rows, 10);
        for (int row = 0; row < 10; ++row) {
            double sum = 0;
            for (int column = 0; column < 10; ++column)
                sum += matrix.values[static_cast<std::size_t>(row * 10 + column)];
            QVERIFY(std::abs(sum - 100) < 1e-3);
        }
    }

    void selectionIsTaggedExportedAndProjected() {
        show({run_});
        PointSet nines;
        const auto& labels = view_->model()->film()->labels;
        for (std::uint32_t i = 0; i < labels.size(); ++i)
            if (labels[i] == 9 || labels[i] == 4)
                nines.push_back(i);
        view_->cloud()->select(nines);
        emit view_->cloud()->selectionChanged();
        QCOMPARE(view_->selection()->grid()->cells().size(), nines.size());
        QVERIFY(view_->selection()->labelsText().contains("4: "));
        int wrong = 0;
        for (const std::uint32_t point : nines)
            wrong += view_->model()->predicted()[point] != labels[point];
        QCOMPARE(view_->selection()->wrongText(),
                 QStringLiteral("%1 of %2").arg(wrong).arg(nines.size()));

        const QString path = folder_.filePath("selection.csv");
        view_->exportSelection(path);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QStringList lines = QString::fromUtf8(file.readAll()).trimmed().split('\n');
        QCOMPARE(lines.size(), static_cast<qsizetype>(nines.size()) + 1);
        QCOMPARE(lines[0], QStringLiteral("index,label,predicted"));
        QVERIFY(lines[1].startsWith(QStringLiteral("%1,").arg(nines.front())));
        QVERIFY_EXCEPTION_THROWN(view_->exportSelection("/nowhere/selection.csv"), engine::Error);

        emit view_->selection()->tagWanted("fours and nines");
        // It lies in the store, for the next time.
        QTRY_COMPARE(readSelectionTags(*store_, run_, 240).size(), std::size_t{1});
        QCOMPARE(readSelectionTags(*store_, run_, 240).at("fours and nines"), nines);
        QVERIFY(readSelectionTags(*store_, run_, 10).at("fours and nines").size() < nines.size());

        emit view_->selection()->projectWanted();
        QTRY_COMPARE(view_->model()->projected()->choice.subset, nines);
        const auto& places = view_->model()->places();
        for (std::uint32_t i = 0; i < 240; ++i)
            QCOMPARE(std::isfinite(places[2 * i]),
                     std::binary_search(nines.begin(), nines.end(), i));
        // Its axes are those of the selection alone.
        double mean = 0;
        for (const std::uint32_t i : nines)
            mean += places[2 * i];
        QVERIFY(std::abs(mean / static_cast<double>(nines.size())) < 1e-4);
        QTRY_VERIFY(view_->model()->quality() != nullptr);
        QCOMPARE(view_->model()->quality()->points, static_cast<std::int64_t>(nines.size()));
        emit view_->selection()->projectAllWanted();
        QTRY_VERIFY(view_->model()->projected()->choice.subset.empty());
        emit view_->selection()->tagChosen("fours and nines");
        QCOMPARE(view_->cloud()->selected(), nines);
        emit view_->selection()->tagRemoved("fours and nines");
        QTRY_VERIFY(readSelectionTags(*store_, run_, 240).empty());
        emit view_->selection()->clearWanted();
        QVERIFY(view_->cloud()->selected().empty());
    }

    void longProjectionsWaitToBeStarted() {
        show({run_});
        view_->setMethod(ProjectionMethod::Tsne);
        QCOMPARE(view_->bar()->state(), ProjectionBar::State::Wanted);
        QVERIFY(view_->bar()->startButton()->isVisible());
        QTest::qWait(300);
        QVERIFY(!view_->model()->isProjecting());
        QCOMPARE(view_->model()->projected()->choice.method, ProjectionMethod::Pca);
        ProjectionChoice choice = view_->model()->choice();
        choice.iterations = 300;
        choice.perplexity = 10;
        emit view_->bar()->choiceChanged(choice);
        QTest::mouseClick(view_->bar()->startButton(), Qt::LeftButton);
        QVERIFY(view_->model()->isProjecting());
        QCOMPARE(view_->bar()->state(), ProjectionBar::State::Running);
        QTRY_VERIFY_WITH_TIMEOUT(!view_->model()->isProjecting(), 20000);
        const ProjectedFilm& film = *view_->model()->projected();
        QCOMPARE(film.choice, choice);
        QCOMPARE(film.keys.size(), std::size_t{5});
        QVERIFY(std::isfinite(film.cost) && film.cost > 0 && film.cost < 3);
        QCOMPARE(view_->bar()->state(), ProjectionBar::State::Shown);
        QTRY_VERIFY(view_->model()->quality() != nullptr);
        QVERIFY(view_->model()->quality()->trustworthiness > 0.85);
        // Each frame lies near the one it was started from.
        double moved = 0;
        double size = 0;
        for (std::size_t i = 0; i < film.places[4].size(); ++i) {
            moved += std::pow(film.places[4][i] - film.places[3][i], 2);
            size += std::pow(film.places[4][i], 2);
        }
        QVERIFY2(moved < size, qPrintable(QString::number(moved / size)));
        // What was computed is kept: going there and back starts nothing.
        view_->setMethod(ProjectionMethod::Pca);
        QTRY_COMPARE(view_->model()->projected()->choice.method, ProjectionMethod::Pca);
        view_->setMethod(ProjectionMethod::Tsne);
        QCOMPARE(view_->model()->projected()->choice, choice);
        QVERIFY(!view_->model()->isProjecting());
        view_->setMethod(ProjectionMethod::Pca);
        QTRY_COMPARE(view_->model()->projected()->choice.method, ProjectionMethod::Pca);
    }

    void projectionsPauseAndCancel() {
        show({run_});
        view_->setMethod(ProjectionMethod::Tsne);
        ProjectionChoice choice = view_->model()->choice();
        choice.iterations = 10000;
        choice.allSnapshots = false;
        emit view_->bar()->choiceChanged(choice);
        const ProjectedFilm* before = view_->model()->projected();
        emit view_->bar()->startWanted();
        QTRY_VERIFY(view_->model()->progress().iteration > 0);
        QVERIFY(view_->bar()->statusText().contains("10,000"));
        QTest::mouseClick(view_->bar()->pauseButton(), Qt::LeftButton);
        QVERIFY(view_->model()->isProjectionPaused());
        QTest::qWait(250);
        const auto held = view_->model()->progress().iteration;
        QTest::qWait(300);
        QCOMPARE(view_->model()->progress().iteration, held);
        QVERIFY(view_->bar()->statusText().startsWith("paused"));
        QTest::mouseClick(view_->bar()->pauseButton(), Qt::LeftButton);
        QTRY_VERIFY(view_->model()->progress().iteration > held);
        QElapsedTimer timer;
        timer.start();
        QTest::mouseClick(view_->bar()->cancelButton(), Qt::LeftButton);
        QVERIFY(!view_->model()->isProjecting());
        QVERIFY(timer.elapsed() < 200);
        QCOMPARE(view_->bar()->state(), ProjectionBar::State::Wanted);
        // The picture of before is back.
        QCOMPARE(view_->model()->projected(), before);
        QTRY_COMPARE(view_->cloud()->points().values, view_->model()->projected()->places.back());
        view_->setMethod(ProjectionMethod::Pca);
        QTRY_COMPARE(view_->model()->projected()->choice.method, ProjectionMethod::Pca);
    }

    void threeDimensionsAndColors() {
        show({run_});
        view_->setDimension(3);
        QTRY_VERIFY(view_->cloud()->isSpatial());
        QCOMPARE(view_->model()->projected()->varianceShares.size(), std::size_t{3});
        view_->setColor(CloudColor::Correct);
        QCOMPARE(view_->cloud()->classes().size(), std::size_t{2});
        const auto& labels = view_->model()->film()->labels;
        const auto& predicted = view_->model()->predicted();
        for (std::uint32_t i = 0; i < 240; ++i)
            QCOMPARE(view_->cloud()->colorOf(i),
                     seriesColor(view_->cloud()->classes()[labels[i] == predicted[i] ? 0 : 1].style,
                                 tokensOf(view_.get())));
        view_->setColor(CloudColor::Density);
        // The point with the nearest neighbors is the densest.
        const Neighborhood& near = *view_->model()->neighborhood();
        const auto densest = static_cast<std::uint32_t>(
            std::max_element(near.density.begin(), near.density.end()) - near.density.begin());
        QCOMPARE(view_->cloud()->colorOf(densest),
                 mapColor(ColorMap::Viridis, appearanceOf(view_->palette()), 1));
        view_->setColor(CloudColor::Label);
        view_->setDimension(2);
        QTRY_VERIFY(!view_->cloud()->isSpatial());
    }

    void selectionsCanBeTakenBack() {
        show({noisy_});
        show({run_}); // another run forgets the selections
        const auto pick = [&](const PointSet& points) {
            view_->cloud()->select(points);
            emit view_->cloud()->selectionChanged();
        };
        pick({1, 2});
        pick({7});
        pick({7}); // no change, no step
        pick({});
        emit view_->selection()->previousWanted();
        QCOMPARE(view_->cloud()->selected(), (PointSet{7}));
        emit view_->selection()->previousWanted();
        QCOMPARE(view_->cloud()->selected(), (PointSet{1, 2}));
        pick({3});
        emit view_->selection()->previousWanted();
        QCOMPARE(view_->cloud()->selected(), (PointSet{1, 2}));
        emit view_->selection()->previousWanted();
        QVERIFY(view_->cloud()->selected().empty());
        emit view_->selection()->previousWanted(); // nothing is left to go back to
        QVERIFY(view_->cloud()->selected().empty());
    }

    // What a run recorded of its points, and what follows from its vectors; both runs on one scale.
    void valuesOfPointsAreColors() {
        show({run_});
        const auto offers = [&](CloudColor color) {
            return view_->colors()->findData(static_cast<int>(color)) >= 0;
        };
        QVERIFY(offers(CloudColor::Loss) && offers(CloudColor::Impurity));
        QVERIFY(!offers(CloudColor::Split));
        const auto viridis = [&](double at) {
            return mapColor(ColorMap::Viridis, appearanceOf(view_->palette()), at);
        };
        const auto& extras = *view_->model()->extras();
        const auto most = static_cast<std::uint32_t>(
            std::max_element(extras.losses.begin(), extras.losses.end()) - extras.losses.begin());
        view_->setColor(CloudColor::Loss);
        QCOMPARE(view_->cloud()->colorOf(most), viridis(1));
        view_->setColor(CloudColor::Length);
        const auto snapshot = view_->model()->snapshot();
        std::uint32_t longest = 0;
        double length = 0;
        for (std::uint32_t i = 0; i < 240; ++i) {
            double squares = 0;
            for (std::size_t k = 0; k < 12; ++k)
                squares += std::pow(snapshot->values[12 * i + k], 2);
            if (squares > length) {
                length = squares;
                longest = i;
            }
        }
        QCOMPARE(view_->cloud()->colorOf(longest), viridis(1));
        view_->setColor(CloudColor::Impurity);
        const Neighborhood& near = *view_->model()->neighborhood();
        const auto& labels = view_->model()->film()->labels;
        for (std::uint32_t i = 0; i < 240; i += 7) {
            int others = 0;
            for (const std::int32_t j : near.neighborsOf(i))
                others += labels[static_cast<std::size_t>(j)] != labels[i] ? 1 : 0;
            // Shares are kept in f32: a step of a channel either way.
            const QColor shown = view_->cloud()->colorOf(i);
            const QColor wanted = viridis(others / 12.0);
            QVERIFY(std::abs(shown.red() - wanted.red()) <= 1 &&
                    std::abs(shown.green() - wanted.green()) <= 1 &&
                    std::abs(shown.blue() - wanted.blue()) <= 1);
        }
        show({run_, noisy_});
        QTRY_VERIFY(view_->model(1)->extras() != nullptr);
        view_->setColor(CloudColor::Loss);
        // The same loss has the same color in both.
        const auto colorAt = [&](int side, float loss) {
            const auto& all = view_->model(side)->extras()->losses;
            const auto nearest = static_cast<std::uint32_t>(
                std::min_element(
                    all.begin(), all.end(),
                    [&](float a, float b) { return std::abs(a - loss) < std::abs(b - loss); }) -
                all.begin());
            return view_->cloud(side)->colorOf(nearest);
        };
        const float zero = 0;
        QVERIFY(std::abs(colorAt(0, zero).lightness() - colorAt(1, zero).lightness()) < 12);
        view_->setColor(CloudColor::Label);
        show({run_});
    }

    void trainingAndTestPointsAreTold() {
        samples::EmbeddingWish wish;
        wish.name = "Both parts";
        wish.count = 60;
        wish.dimension = 6;
        wish.snapshots = 1;
        wish.training = 20;
        const engine::RunId run = samples::addEmbeddingRun(*store_, wish);
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        show({run});
        QVERIFY(view_->colors()->findData(static_cast<int>(CloudColor::Split)) >= 0);
        view_->setColor(CloudColor::Split);
        QCOMPARE(view_->cloud()->classes()[0].name, QStringLiteral("training"));
        const Tokens tokens = tokensOf(view_.get());
        QCOMPARE(view_->cloud()->colorOf(59),
                 seriesColor(view_->cloud()->classes()[0].style, tokens));
        QCOMPARE(view_->cloud()->colorOf(0),
                 seriesColor(view_->cloud()->classes()[2].style, tokens));
        view_->setColor(CloudColor::Label);
    }

    // A snapshot of another network has another dimension: it cannot be laid over the others.
    void snapshotsOfAnotherNetworkAreLeftOut() {
        samples::EmbeddingWish wish;
        wish.name = "other net";
        wish.count = 60;
        wish.dimension = 6;
        wish.snapshots = 3;
        wish.status = engine::RunStatus::Stopped;
        const engine::RunId run = samples::addEmbeddingRun(*store_, wish);
        samples::addFrame(*store_, run, "embedding", 150, engine::FrameType::F16, {60, 4},
                          samples::halvesOf(std::vector<float>(240, 1.0F)));
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        show({run});
        QTRY_COMPARE(view_->model()->frames(), 3);
        for (const FrameKey& key : view_->model()->projected()->keys)
            QVERIFY(key.step != 150);
    }

    void recordedLayoutsAreAFilm() {
        show({embed_});
        QCOMPARE(view_->model()->choice().method, ProjectionMethod::Recorded);
        QTRY_COMPARE(view_->transport()->count(), 4);
        QCOMPARE(view_->model()->key().step, std::int64_t{200});
        const auto& film = *view_->model()->projected();
        QVERIFY(std::abs(film.places[3][0] - 4 * film.places[0][0]) < 1e-5F);
        // Neighbors are still those of the input vectors.
        emit view_->cloud()->pointPinned(5);
        QCOMPARE(view_->neighbors()->cells().front().point,
                 nearestTo(*view_->model()->snapshot(), 5, 1).front());
        emit view_->cloud()->pointPinned(-1);
        QVERIFY(view_->triplets()->isHidden());
    }

    void vectorsAloneCanBeExplored() {
        show({bare_});
        QVERIFY(view_->cloud()->classes().empty());
        emit view_->cloud()->pointPinned(8);
        for (const ThumbGrid::Cell& cell : view_->neighbors()->cells())
            QCOMPARE(cell.tone, Tone::Normal);
        view_->setMethod(ProjectionMethod::Pca);
        QTRY_COMPARE(view_->model()->projected()->choice.method, ProjectionMethod::Pca);
        QTRY_VERIFY(view_->model()->quality() != nullptr);
        view_->setColor(CloudColor::Density);
        QVERIFY(!view_->grab().isNull());
        view_->setColor(CloudColor::Label);
        emit view_->cloud()->pointPinned(-1);
    }

    void twoRunsAreLinked() {
        show({run_, noisy_});
        QVERIFY(view_->isComparing());
        QTRY_VERIFY(view_->model(1)->neighborhood() != nullptr);
        QVERIFY(view_->cloud(1)->isVisible());
        view_->cloud(0)->select({1, 2, 3});
        emit view_->cloud(0)->selectionChanged();
        QCOMPARE(view_->cloud(1)->selected(), (PointSet{1, 2, 3}));
        emit view_->cloud(1)->pointHovered(17);
        QCOMPARE(view_->cloud(0)->hovered(), std::int64_t{17});
        QCOMPARE(view_->cloud(1)->classes(), view_->cloud(0)->classes());
        // One time for both: 300 of 400 steps is the last frame of the run that has 200.
        view_->transport()->setIndex(1);
        QCOMPARE(view_->model(1)->key().step, std::int64_t{100});
        view_->transport()->setIndex(4);
        QTRY_COMPARE(view_->perClass()->columnCount(), 4);
        QTRY_COMPARE(view_->perClass()->rowCount(), 10);
        const double a = view_->model(0)->neighborhood()->classRecall[3];
        const double b = view_->model(1)->neighborhood()->classRecall[3];
        const QString difference = view_->perClass()->item(3, 3)->text();
        QVERIFY2(difference.endsWith(QLocale().toString(std::abs(100 * (a - b)), 'f', 2)),
                 qPrintable(difference));
        QCOMPARE(view_->cloud(1)->title(), view_->perClass()->horizontalHeaderItem(2)->text());
        // Names that are the same say which run is which.
        const auto renamed = [&](const std::string& name) {
            store_->rename(noisy_, name);
            watcher_->poke();
            const auto row = [&] {
                return static_cast<std::size_t>(watcher_->runs()->indexOf(noisy_));
            };
            QTRY_VERIFY(watcher_->runs()->row(row()).name == name);
            show({run_});
            show({run_, noisy_});
        };
        const std::string before = store_->run(noisy_)->name;
        const std::string same = store_->run(run_)->name;
        renamed(same);
        QTRY_COMPARE(view_->cloud(1)->title(),
                     QString("%1, run %2").arg(QString::fromStdString(same)).arg(noisy_));
        QVERIFY(view_->cloud(0)->title() != view_->cloud(1)->title());
        QTRY_COMPARE(view_->perClass()->columnCount(), 4);
        QTRY_COMPARE(view_->perClass()->horizontalHeaderItem(2)->text(),
                     QString("Run %1").arg(noisy_));
        renamed(before);
        QTRY_COMPARE(view_->cloud(1)->title(), QString::fromStdString(before));
        show({run_});
        QVERIFY(!view_->isComparing());
        QVERIFY(view_->cloud(1)->isHidden());
        QCOMPARE(view_->cloud(0)->title(), QString("Embedding space"));
    }

    void contrastingShowsWindowsAndPairs() {
        const engine::RunId run = samples::addContrastRun(*store_);
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        view_->setRuns({run});
        QTRY_COMPARE(view_->transport()->count(), 3);
        QTRY_VERIFY(!view_->pairs()->isEmpty());
        QVERIFY(view_->pairs()->isVisible() && view_->windows()->isVisible());
        QVERIFY(!view_->cloud()->isVisible() && !view_->bar()->isVisible());
        QCOMPARE(view_->pairs()->data().rows, 16);
        QCOMPARE(view_->pairs()->data().values[17], 1.0F); // of an image with itself
        // Windows of 4 on a map of 8, over images of 28 pixels.
        const auto& pictures = view_->windows()->pictures();
        QCOMPARE(pictures.size(), std::size_t{16});
        QCOMPARE(pictures[0].frames[0].box, QRectF(0, 0, 14, 14));
        QCOMPARE(pictures[0].frames[1].box, QRectF(14, 14, 14, 14));
        // The loss beside that of guessing, and the loss of pre-training is said as it came.
        QTRY_COMPARE(view_->loss()->series().size(), std::size_t{2});
        QVERIFY(std::abs(view_->loss()->series()[1].points.y.back() - std::log(128.0)) < 1e-9);
        QCOMPARE(figure("Gain"), QStringLiteral("−2.00"));
        QCOMPARE(figure("Accuracy, pre-trained"), QStringLiteral("81.00 ± 1.00 %"));
        view_->transport()->setIndex(0);
        QTRY_VERIFY(view_->model()->extras() != nullptr);
        QVERIFY(!view_->grab().isNull());
        // And back.
        show({run_});
        QVERIFY(view_->cloud()->isVisible() && view_->bar()->isVisible());
    }

    // With features the space is watched like any other, windows and pairs beside it.
    void contrastingShowsItsSpace() {
        const engine::RunId run =
            samples::addContrastRun(*store_, samples::ContrastFrames::WithFeatures);
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        show({run});
        QTRY_COMPARE(view_->model()->frames(), 3);
        QVERIFY(view_->cloud()->isVisible() && view_->bar()->isVisible());
        QCOMPARE(view_->cloud()->count(), std::size_t{240});
        QTRY_VERIFY(!view_->pairs()->isEmpty());
        const auto tabOf = [&](QWidget* page) {
            auto* tabs = qobject_cast<QTabWidget*>(page->parentWidget()->parentWidget());
            return tabs == nullptr ? -1 : tabs->indexOf(page);
        };
        QVERIFY(tabOf(view_->pairs()) >= 0 && tabOf(view_->windows()) >= 0);
        // Image k of the windows is image k of their own sheet, point 15 k of the cloud.
        const auto& pictures = view_->windows()->pictures();
        QCOMPARE(pictures.size(), std::size_t{16});
        QVERIFY(pictures[2].words.startsWith("Image 30"));
        QCOMPARE(pictures[2].image, view_->model()->film()->windowImages->image(2));
        // Both figures of the picture and of what pre-training gives.
        QTRY_VERIFY(view_->model()->quality() != nullptr);
        QVERIFY(view_->quality()->isVisible() && view_->gains()->isVisible());
        QCOMPARE(figure("Gain"), QStringLiteral("−2.00"));
        // Both arms of the fine-tuning begin at 0, however they were recorded.
        QTRY_COMPARE(view_->fineTune()->series().size(), std::size_t{2});
        for (const CurveSeries& arm : view_->fineTune()->series())
            QCOMPARE(arm.points.x, (std::vector<double>{10, 20, 30, 40}));
        show({run_});
        QVERIFY(view_->gains()->isHidden());
    }

    void liveRunsGrow() {
        samples::EmbeddingWish wish;
        wish.name = "live";
        wish.count = 60;
        wish.dimension = 6;
        wish.snapshots = 2;
        wish.status = engine::RunStatus::Stopped;
        const engine::RunId run = samples::addEmbeddingRun(*store_, wish);
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        show({run});
        QTRY_COMPARE(view_->transport()->count(), 2);
        const auto snapshot = view_->model()->snapshot();
        samples::addFrame(*store_, run, "embedding", 700, engine::FrameType::F16, {60, 6},
                          samples::halvesOf(snapshot->values));
        store_->setNotes(run, "one more"); // as a heartbeat, a change of the run
        QTRY_COMPARE(view_->transport()->count(), 3);
        QCOMPARE(view_->transport()->index(), 2); // it follows
        // A longer projection is kept, and says what it does not have.
        view_->setMethod(ProjectionMethod::Umap);
        view_->model()->startProjection();
        QTRY_VERIFY_WITH_TIMEOUT(!view_->model()->isProjecting(), 20000);
        QCOMPARE(view_->model()->frames(), 3);
        QVERIFY(!view_->model()->needsStart());
        samples::addFrame(*store_, run, "embedding", 800, engine::FrameType::F16, {60, 6},
                          samples::halvesOf(snapshot->values));
        store_->setNotes(run, "and one");
        QTRY_COMPARE(view_->model()->newerSnapshots(), 1);
        QVERIFY(view_->model()->needsStart());
        QCOMPARE(view_->model()->frames(), 3);
        view_->setMethod(ProjectionMethod::Pca);
        QTRY_COMPARE(view_->transport()->count(), 4);
        // A later attempt replaces what comes after its first step.
        store_->beginAttempt(run, 100, "resumed at step 100");
        samples::addFrame(*store_, run, "embedding", 150, engine::FrameType::F16, {60, 6},
                          samples::halvesOf(snapshot->values), 2);
        store_->setNotes(run, "resumed");
        QTRY_COMPARE(view_->model()->key().step, std::int64_t{150});
        QCOMPARE(view_->transport()->count(), 2);
    }

    void fitsSmallAndLargeInBothThemes() {
        show({run_});
        for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
            theme_->setChoice(choice);
            for (const QSize size : {QSize(690, 480), QSize(1000, 500), QSize(2000, 1200)}) {
                view_->resize(size);
                QTest::qWait(60);
                QVERIFY2(view_->width() == size.width() && view_->height() == size.height(),
                         qPrintable(QStringLiteral("%1 x %2, at least %3 x %4")
                                        .arg(view_->width())
                                        .arg(view_->height())
                                        .arg(view_->minimumSizeHint().width())
                                        .arg(view_->minimumSizeHint().height())));
                QVERIFY(!view_->grab().isNull());
            }
        }
        theme_->setChoice(ThemeChoice::Light);
        view_->resize(1000, 760);
    }
};

QTEST_MAIN(TestEmbeddingView)
#include "test_embedding_view.moc"

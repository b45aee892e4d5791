#include "widgets/views/embeddings/embedding_view.h"

#include <algorithm>
#include <cmath>

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QLabel>
#include <QLocale>
#include <QSaveFile>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QVariantAnimation>

#include "engine/base/error.h"
#include "engine/store/run_store.h"
#include "widgets/plots/class_legend.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/plot_table.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/views/embeddings/embedding_curves.h"
#include "widgets/views/embeddings/projection_bar.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"
#include "widgets/views/embeddings/triplet_list.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {

EmbeddingView::EmbeddingView(ViewContext viewContext, QWidget* parent)
    : View(viewContext, parent) {
    build();
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        sides_[i].motion = new QVariantAnimation(this);
        sides_[i].motion->setStartValue(0.0);
        sides_[i].motion->setEndValue(1.0);
        sides_[i].motion->setEasingCurve(QEasingCurve::InOutQuad);
        connect(sides_[i].motion, &QVariantAnimation::valueChanged, this,
                [this, i](const QVariant& at) { showBetween(static_cast<int>(i), at.toDouble()); });
    }
    connect(context().watcher, &RunWatcher::runsChanged, this, &EmbeddingView::updateRuns);
    connect(context().watcher, &RunWatcher::seriesArrived, this,
            [this](const std::vector<SeriesNews>& news) {
                bool moved = false;
                for (const SeriesNews& one : news)
                    moved |= book_.apply(one) != SeriesBook::Change::None;
                if (moved) {
                    showCurves();
                    updateTabs();
                }
            });
    showSelection();
    showQuality();
    showEmpty();
}

EmbeddingView::~EmbeddingView() {
    // What they and the panels tell while they go would reach a view that is half gone.
    for (Side& side : sides_) {
        side.motion->stop();
        side.model->disconnect(this);
        side.cloud->disconnect(this);
        delete side.model;
    }
    for (QObject* panel : std::initializer_list<QObject*>{neighbors_, triplets_, selection_,
                                                          legend_, transport_, pictures_, bar_})
        panel->disconnect(this);
    // They hold the faces, which go before the children of the window.
    delete pages_;
}

const QStringList& EmbeddingView::kinds() {
    static const QStringList all = {QStringLiteral("metric_learning"), QStringLiteral("embed"),
                                    QStringLiteral("spatial_contrasting")};
    return all;
}

const engine::RunRecord* EmbeddingView::record(engine::RunId run) const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run == 0 ? -1 : table->indexOf(run);
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

void EmbeddingView::setRuns(const std::vector<engine::RunId>& runs) {
    sides_[0].wanted = runs.empty() ? 0 : runs.front();
    sides_[1].wanted = runs.size() > 1 ? runs[1] : 0;
    updateRuns();
}

void EmbeddingView::showEmpty() {
    if (record(sides_[0].wanted) != nullptr) {
        empty_->setHeading(tr("This run has no embedding"));
        empty_->setText(tr("Choose a run of metric learning, of spatial contrasting or of embed "
                           "in the list."));
    } else {
        empty_->setHeading(tr("No run chosen"));
        empty_->setText(tr("Choose a run of metric learning in the list to watch its space form, "
                           "or open vectors of your own: inlay embed FILE."));
    }
    pages_->setCurrentIndex(0);
}

void EmbeddingView::updateRuns() {
    bool movedRuns = false;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
        Side& side = sides_[i];
        const engine::RunRecord* run = record(side.wanted);
        const bool fits = run != nullptr && kinds().contains(QString::fromStdString(run->kind));
        const engine::RunId id = fits ? run->id : 0;
        if (id != side.model->run()) {
            movedRuns = true;
            side.changed = fits ? run->changed : -1;
            if (i == 0) {
                pinned_ = -1;
                selected_.clear();
                isolated_.clear();
                choice_ = {};
                tags_.clear();
                bar_->setChoice(choice_);
                bar_->setRemark({});
                selection_->setTags(tags_);
                select({});
            }
            side.model->setRun(id);
            side.model->choose(choice_);
            const QString provenance = fits ? tr("%1, run %2, seed %3, %4")
                                                  .arg(QString::fromStdString(run->name))
                                                  .arg(run->id)
                                                  .arg(run->seed)
                                                  .arg(QString::fromStdString(run->device))
                                            : QString();
            side.cloud->setProvenance(provenance);
        } else if (fits && run->changed != side.changed) {
            side.changed = run->changed;
            side.model->refresh();
        }
    }
    if (movedRuns) {
        book_.clear();
        std::vector<engine::RunId> watched;
        for (const Side& side : sides_)
            if (side.model->run() != 0)
                watched.push_back(side.model->run());
        context().watcher->watchSeries(std::move(watched), isEmbeddingSeries);
        sides_[1].cloud->setVisible(isComparing());
        updateMethods();
        showCurves();
        updateTabs();
        updateContents();
        pictures_->setCurrentIndex(0);
        curves_->setCurrentIndex(0);
    }
    if (const engine::RunRecord* run = record(model()->run())) {
        header_->setRun(*run);
        if (model()->hasPairsOnly())
            showQuality();
        pages_->setCurrentIndex(1);
    } else {
        showEmpty();
    }
}

void EmbeddingView::takeFilm(int index) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    side.faces.setFilm(side.model->filmPointer());
    const EmbeddingFilm* film = side.model->film();
    if (index == 0) {
        triplets_->setTriplets(film ? film->triplets : std::vector<HardTriplet>());
        triplets_->setVisible(film != nullptr && !film->triplets.empty());
        legend_->setClasses(side.faces.classes());
        if (film != nullptr) {
            if (choice_.method != side.model->choice().method) {
                choice_ = side.model->choice();
                bar_->setChoice(choice_);
            }
            if (tags_.empty())
                readTags();
        }
        updateMethods();
        showDistances();
    }
    showColors(index);
    showTitles(index);
    showProjectionState();
    updateContents();
    updateTabs();
}

/// Spatial contrasting has images and their pairs where the others have points.
void EmbeddingView::updateContents() {
    const bool isContrast = model()->hasPairsOnly();
    segments_->setVisible(!isContrast);
    bar_->setVisible(!isContrast);
    toolStrip_->setVisible(!isContrast);
    trails_->setVisible(!isContrast && model()->frames() > 1);
    neighbors_->setVisible(!isContrast);
    selection_->setVisible(!isContrast);
    if (isContrast == (contents_->currentWidget() == contrast_))
        return;
    if (isContrast) {
        for (QWidget* page : std::initializer_list<QWidget*>{windows_, pairs_}) {
            if (const int at = pictures_->indexOf(page); at >= 0)
                pictures_->removeTab(at);
            contrast_->addWidget(page);
            page->show();
        }
        contrast_->setSizes({500, 500});
    }
    contents_->setCurrentWidget(isContrast ? contrast_ : clouds_);
}

std::optional<double> EmbeddingView::metric(const char* name) const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = model()->run() == 0 ? -1 : table->indexOf(model()->run());
    const engine::RunColumn* column = table->column(engine::RunColumn::Source::Metric, name);
    if (row < 0 || column == nullptr ||
        column->cells[static_cast<std::size_t>(row)] != engine::RunColumn::Cell::Number)
        return std::nullopt;
    return column->numbers[static_cast<std::size_t>(row)];
}

/// Colors, recorded films and what cannot be had are offered as the run allows.
void EmbeddingView::updateMethods() {
    methods_->button(static_cast<int>(ProjectionMethod::Recorded))
        ->setVisible(model()->hasRecorded());
    for (const ProjectionMethod method :
         {ProjectionMethod::Pca, ProjectionMethod::Tsne, ProjectionMethod::Umap})
        methods_->button(static_cast<int>(method))
            ->setVisible(model()->film() == nullptr || model()->hasVectors());
    methods_->button(static_cast<int>(choice_.method))->setChecked(true);
    spatial_->setVisible(choice_.method != ProjectionMethod::Recorded);
    spatial_->setChecked(choice_.dimension == 3);
    const EmbeddingFilm* film = model()->film();
    const bool hasLabels = film != nullptr && !film->labels.empty();
    isFilling_ = true;
    colors_->clear();
    const std::pair<CloudColor, QString> all[] = {
        {CloudColor::Label, hasLabels ? tr("Color: label") : tr("Color: none")},
        {CloudColor::Predicted, tr("Color: kNN")},
        {CloudColor::Correct, tr("Color: errors")},
        {CloudColor::Density, tr("Color: density")}};
    for (const auto& [color, words] : all)
        if (hasLabels || color == CloudColor::Label || color == CloudColor::Density)
            colors_->addItem(words, static_cast<int>(color));
    int at = colors_->findData(static_cast<int>(color_));
    if (at < 0) {
        color_ = CloudColor::Label;
        at = 0;
    }
    colors_->setCurrentIndex(at);
    isFilling_ = false;
}

void EmbeddingView::setMethod(ProjectionMethod method) {
    ProjectionChoice choice = choice_;
    choice.method = method;
    choose(choice);
}

void EmbeddingView::setDimension(int dimension) {
    ProjectionChoice choice = choice_;
    choice.dimension = dimension;
    choose(choice);
}

void EmbeddingView::choose(ProjectionChoice choice) {
    choice_ = std::move(choice);
    bar_->setChoice(choice_);
    bar_->setRemark({});
    updateMethods();
    for (Side& side : sides_)
        side.model->choose(choice_);
    selection_->setProjected(!choice_.subset.empty());
    showProjectionState();
    showQuality();
}

void EmbeddingView::setColor(CloudColor color) {
    color_ = color;
    if (const int at = colors_->findData(static_cast<int>(color)); at >= 0) {
        isFilling_ = true;
        colors_->setCurrentIndex(at);
        isFilling_ = false;
    }
    isolate({});
    for (int i = 0; i < 2; ++i)
        showColors(i);
}

void EmbeddingView::showProjectionState() {
    bool isRunning = false;
    bool isPaused = false;
    bool isWanted = false;
    const EmbeddingModel* slowest = nullptr;
    for (const Side& side : sides_) {
        if (side.model->run() == 0)
            continue;
        if (side.model->isProjecting()) {
            if (slowest == nullptr || side.model->progress().share < slowest->progress().share)
                slowest = side.model;
            isRunning = true;
            isPaused |= side.model->isProjectionPaused();
        }
        isWanted |= side.model->needsStart();
    }
    const EmbeddingFilm* film = model()->film();
    if (film != nullptr)
        bar_->setExtent(static_cast<int>(film->snapshots.size()),
                        choice_.subset.empty() ? film->count
                                               : static_cast<std::int64_t>(choice_.subset.size()));
    bar_->setState(isRunning
                       ? isPaused ? ProjectionBar::State::Paused : ProjectionBar::State::Running
                   : isWanted ? ProjectionBar::State::Wanted
                              : ProjectionBar::State::Shown);
    if (slowest != nullptr)
        bar_->setProgress(slowest->progress());
    const ProjectedFilm* shown = model()->projected();
    if (const int newer = model()->newerSnapshots(); !isRunning && newer > 0 &&
                                                     shown->choice == choice_ &&
                                                     choice_.method != ProjectionMethod::Pca)
        bar_->setRemark(tr("%n newer snapshots are not in this picture yet.", nullptr, newer));
    else if (!isRunning && shown != nullptr && shown->choice == choice_ && !shown->notes.isEmpty())
        bar_->setRemark(shown->notes.join(QLatin1Char(' ')));
    else if (!isRunning && film != nullptr && choice_.method == ProjectionMethod::Recorded)
        bar_->setRemark(film->notes.isEmpty()
                            ? tr("As the run made it. PCA, t-SNE and UMAP project it anew.")
                            : film->notes.join(QLatin1Char(' ')));
}

void EmbeddingView::takeProjection(int index) {
    const Side& side = sides_[static_cast<std::size_t>(index)];
    const ProjectedFilm* film = side.model->projected();
    side.cloud->setExtent(film ? film->extent : std::vector<Range>());
    if (index == 0)
        updateTransport();
    showTitles(index);
    showProjectionState();
}

void EmbeddingView::updateTransport() {
    isFilling_ = true;
    transport_->setCount(model()->frames());
    transport_->setIndex(model()->frame());
    isFilling_ = false;
    const bool isFilm = model()->frames() > 1;
    transport_->setVisible(isFilm);
    trails_->setVisible(isFilm && !model()->hasPairsOnly());
    const ProjectedFilm* film = model()->projected();
    if (film == nullptr || model()->frame() < 0)
        return;
    const QLocale locale;
    const bool isLayout = film->choice.method == ProjectionMethod::Recorded;
    transport_->setFrameName(isLayout ? tr("picture") : tr("snapshot"));
    transport_->setText(
        (isLayout ? tr("iteration %1, picture %2 of %3") : tr("step %1, snapshot %2 of %3"))
            .arg(locale.toString(static_cast<qlonglong>(model()->key().step)))
            .arg(model()->frame() + 1)
            .arg(model()->frames()));
}

void EmbeddingView::frameChosen(int frame) {
    if (isFilling_)
        return;
    model()->show(frame);
    // The other run shows its newest frame that is not later.
    EmbeddingModel* other = sides_[1].model;
    if (const ProjectedFilm* film = other->projected()) {
        int at = 0;
        for (int i = 0; i < other->frames(); ++i)
            if (film->keys[static_cast<std::size_t>(i)].step <= model()->key().step)
                at = i;
        if (frame + 1 == model()->frames())
            at = other->frames() - 1;
        other->show(at);
    }
    updateTransport();
    showDistances();
    showCurves();
}

void EmbeddingView::showTitles(int index) {
    const Side& side = sides_[static_cast<std::size_t>(index)];
    const ProjectedFilm* film = side.model->projected();
    const engine::RunRecord* run = record(side.model->run());
    const QString title =
        isComparing() && run != nullptr ? QString::fromStdString(run->name) : tr("Embedding space");
    const QLocale locale;
    QStringList words;
    const bool isPreview = side.model->isPreview();
    if (side.model->hasPairsOnly())
        return;
    if (film != nullptr && isPreview) {
        words << tr("%1 being computed").arg(projectionTitle(side.model->choice().method));
    } else if (film != nullptr) {
        const EmbeddingFilm* all = side.model->film();
        if (film->choice.method == ProjectionMethod::Recorded)
            words << recordedTitle(all->layoutMethod);
        else if (film->choice.method != ProjectionMethod::Pca)
            words << projectionTitle(film->choice.method);
        words << (film->choice.method == ProjectionMethod::Pca && film->keys.size() < 2
                      ? tr("principal axes")
                      : projectionWords(film->choice));
        if (!film->choice.subset.empty())
            words << tr("%1 of %2 points")
                         .arg(locale.toString(static_cast<qulonglong>(film->choice.subset.size())),
                              locale.toString(static_cast<qlonglong>(all->count)));
        else
            words << tr("%1 points").arg(locale.toString(static_cast<qlonglong>(all->count)));
    }
    if (!selected_.empty())
        words << tr("%1 selected").arg(locale.toString(static_cast<qulonglong>(selected_.size())));
    side.cloud->setTitle(title, words.join(QStringLiteral(", ")));
    if (film == nullptr)
        return;
    const auto axisName = [&](std::size_t axis) {
        if (isPreview)
            return tr("%1 %2").arg(projectionTitle(side.model->choice().method)).arg(axis + 1);
        if (film->choice.method == ProjectionMethod::Pca && axis < film->varianceShares.size())
            return tr("PCA axis %1, %2 % of variance")
                .arg(axis + 1)
                .arg(locale.toString(100 * film->varianceShares[axis], 'f', 1));
        return film->choice.method == ProjectionMethod::Pca
                   ? tr("Coordinate %1").arg(axis + 1)
                   : tr("%1 %2")
                         .arg(film->choice.method == ProjectionMethod::Recorded
                                  ? recordedTitle(side.model->film()->layoutMethod)
                                  : projectionTitle(film->choice.method))
                         .arg(axis + 1);
    };
    const bool isSpatial = side.model->dimension() == 3;
    if (side.cloud->xAxis().title != (isSpatial ? QString() : axisName(0)) ||
        side.cloud->yAxis().title != (isSpatial ? QString() : axisName(1))) {
        side.cloud->setXAxis({isSpatial ? QString() : axisName(0), {{}, 3}, AxisScale::Linear});
        side.cloud->setYAxis({isSpatial ? QString() : axisName(1), {{}, 3}, AxisScale::Linear});
    }
}

bool EmbeddingView::isLinked() const {
    const EmbeddingFilm* a = sides_[0].model->film();
    const EmbeddingFilm* b = sides_[1].model->film();
    return a != nullptr && b != nullptr && a->count == b->count && a->labels == b->labels;
}

void EmbeddingView::hover(qint64 point) {
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if (point < static_cast<qint64>(sides_[i].cloud->count()) && (i == 0 || isLinked()))
            sides_[i].cloud->setHovered(point);
    if (pinned_ < 0 && sender() != neighbors_) {
        model()->askNeighborsOf(point);
        showNeighbors();
    }
}

void EmbeddingView::pin(qint64 point) {
    pinned_ = point;
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if (point < static_cast<qint64>(sides_[i].cloud->count()) && (i == 0 || isLinked()))
            sides_[i].cloud->setPinned(point);
    for (int i = 0; i < 2; ++i)
        showTrails(i);
    model()->askNeighborsOf(point);
    showNeighbors();
}

void EmbeddingView::select(const PointSet& points) {
    selected_ = points;
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if ((i == 0 || isLinked()) && (points.empty() || points.back() < sides_[i].cloud->count()))
            sides_[i].cloud->select(points);
    for (int i = 0; i < 2; ++i) {
        showTitles(i);
        showTrails(i);
    }
    showSelection();
}

void EmbeddingView::isolate(const std::vector<int>& classes) {
    isolated_ = classes;
    legend_->setIsolated(classes);
    for (Side& side : sides_)
        side.cloud->setIsolated(classes);
}

void EmbeddingView::readTags() {
    const EmbeddingFilm* film = model()->film();
    context().store->ask(
        this,
        [run = model()->run(), count = film->count](engine::RunStore& store) {
            return readSelectionTags(store, run, count);
        },
        [this, run = model()->run()](SelectionTags tags) {
            if (run != model()->run())
                return;
            tags_ = std::move(tags);
            selection_->setTags(tags_);
        });
}

void EmbeddingView::keepTags() {
    selection_->setTags(tags_);
    context().store->ask(
        this,
        [run = model()->run(), tags = tags_](engine::RunStore& store) {
            writeSelectionTags(store, run, tags);
        },
        [this] { emit notice(tr("Tags kept with the run.")); },
        [this](const QString& sentence) { emit notice(sentence); });
}

void EmbeddingView::exportSelection(const QString& path) const {
    const PointFaces& faces = sides_[0].faces;
    const std::vector<std::int32_t>& predicted = model()->predicted();
    PlotTable table;
    table.columns.resize(2);
    table.columns[0].title = QStringLiteral("index");
    table.columns[1].title = QStringLiteral("label");
    table.columns[1].isText = true;
    const bool hasPredicted = !predicted.empty();
    if (hasPredicted) {
        table.columns.push_back({QStringLiteral("predicted"), {}, {}, true});
    }
    for (const std::uint32_t point : selected_) {
        table.columns[0].numbers.emplace_back(point);
        table.columns[1].texts << faces.labelOf(point);
        if (hasPredicted)
            table.columns[2].texts << faces.labelName(predicted[point]);
    }
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(toCsv(table).toUtf8()) < 0 || !file.commit())
        throw engine::Error(
            tr("%1 cannot be written: %2").arg(path, file.errorString()).toStdString());
}

void EmbeddingView::exportWithDialog() {
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export selection"), QStringLiteral("selection.csv"), tr("CSV table (*.csv)"));
    if (path.isEmpty())
        return;
    try {
        exportSelection(path);
        emit notice(tr("%L1 points written to %2").arg(selected_.size()).arg(path));
    } catch (const engine::Error& error) {
        emit notice(QString::fromUtf8(error.what()));
    }
}

} // namespace inlay::widgets

// Which projection is wanted, how far it is, and which of its frames is shown.

#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QLocale>
#include <QToolButton>

#include "widgets/plots/transport.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/projection_bar.h"
#include "widgets/views/embeddings/selection_panel.h"

namespace inlay::widgets {

/// Recorded films and projections are offered as the run allows.
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
    updateColors();
}

void EmbeddingView::updateColors() {
    const auto offered = offeredColors(*model());
    isFilling_ = true;
    colors_->clear();
    for (const auto& [color, words] : offered)
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
    const QString title = isComparing() && run != nullptr ? runName(index) : tr("Embedding space");
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

} // namespace inlay::widgets

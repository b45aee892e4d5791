// What is hovered, pinned, selected and tagged, the same in both runs.

#include <utility>

#include <QFileDialog>
#include <QSaveFile>

#include "engine/base/error.h"
#include "engine/store/run_store.h"
#include "widgets/plots/class_legend.h"
#include "widgets/plots/plot_table.h"
#include "widgets/runs/store_client.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"

namespace inlay::widgets {
namespace {

constexpr std::size_t kKeptSelections = 50;

} // namespace

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
    if (points != selected_) {
        earlier_.push_back(selected_);
        if (earlier_.size() > kKeptSelections)
            earlier_.erase(earlier_.begin());
    }
    selected_ = points;
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if ((i == 0 || isLinked()) && (points.empty() || points.back() < sides_[i].cloud->count()))
            sides_[i].cloud->select(points);
    for (int i = 0; i < 2; ++i) {
        showTitles(i);
        showTrails(i);
    }
    showSelection();
    selection_->setHasPrevious(!earlier_.empty());
}

void EmbeddingView::selectPrevious() {
    if (earlier_.empty())
        return;
    const PointSet before = std::move(earlier_.back());
    earlier_.pop_back();
    selected_ = before; // not a step of its own
    select(before);
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

#include <algorithm>
#include <cmath>

#include <QLocale>
#include <QTableWidget>
#include <QTabWidget>

#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/numbers.h"
#include "widgets/views/embeddings/embedding_curves.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"
#include "widgets/views/ranking/figure_list.h"

namespace inlay::widgets {
namespace {

constexpr int kRinged = 5;

QString share(double value, int digits, const QLocale& locale) {
    return std::isfinite(value) ? locale.toString(value, 'f', digits) : QStringLiteral("–");
}

} // namespace

void EmbeddingView::showDetails(int index) {
    if (color_ != CloudColor::Label)
        showColors(index);
    if (index == 0) {
        showNeighbors();
        showQuality();
        showConfusion();
        showPictures();
        showPairs();
        showSelection();
        showDistances();
        updateTabs();
    }
    showPerClass();
}

void EmbeddingView::showNeighbors() {
    if (pinned_ >= 0)
        model()->askNeighborsOf(pinned_); // of this frame
    const Neighborhood* near = model()->neighborhood();
    const std::int64_t point = pinned_ >= 0 ? pinned_ : cloud()->hovered();
    const EmbeddingFilm* film = model()->film();
    std::vector<ThumbGrid::Cell> cells;
    std::vector<CloudRing> rings;
    QString subtitle;
    if (film != nullptr)
        subtitle = tr("in the original %L1 dimensions").arg(film->dimension);
    if (near != nullptr && point >= 0 && point < film->count) {
        const PointFaces& faces = sides_[0].faces;
        const std::int32_t own = faces.label(point);
        const QLocale locale;
        subtitle = tr("of %1, in %L2-d").arg(faces.name(point)).arg(film->dimension);
        const auto index = near->neighborsOf(point);
        const auto distance = near->distancesOf(point);
        for (std::size_t i = 0; i < index.size(); ++i) {
            const std::int32_t label = faces.label(index[i]);
            const bool isFalse = own >= 0 && label >= 0 && label != own;
            cells.push_back(
                {index[i], formatNumber(distance[i], 3, locale),
                 isFalse ? tr("not %1").arg(faces.labelName(own)) : faces.labelName(label),
                 isFalse ? Tone::Bad : Tone::Normal});
            if (pinned_ >= 0 && i < kRinged)
                rings.push_back({static_cast<std::uint32_t>(index[i]),
                                 isFalse ? CloudRing::Kind::Other : CloudRing::Kind::Same});
        }
    }
    neighbors_->setTitle(tr("Neighbors"), subtitle);
    neighbors_->setCells(std::move(cells));
    cloud()->setRings(std::move(rings));
}

void EmbeddingView::showQuality() {
    quality_->setVisible(!model()->hasPairsOnly());
    const engine::ProjectionQuality* quality = model()->quality();
    const ProjectedFilm* film = model()->isPreview() ? nullptr : model()->projected();
    const Neighborhood* near = model()->neighborhood();
    const QLocale locale;
    const QString waiting = model()->isJudging() ? QStringLiteral("…") : QStringLiteral("–");
    std::vector<FigureList::Row> rows;
    const auto row = [&](const QString& name, const QString& value) {
        rows.push_back({name, value, {}, false});
    };
    const std::int64_t k = quality ? quality->k : engine::QualityOptions().k;
    const std::int64_t kept = quality ? quality->kept : engine::QualityOptions().kept;
    row(tr("Trustworthiness, k = %1").arg(k),
        quality ? share(quality->trustworthiness, 3, locale) : waiting);
    row(tr("Continuity, k = %1").arg(k), quality ? share(quality->continuity, 3, locale) : waiting);
    row(tr("Neighbors kept, k = %1").arg(kept),
        quality ? tr("%1 %").arg(share(100 * quality->neighborsKept, 1, locale)) : waiting);
    row(tr("Distance correlation"), quality ? share(quality->shepard, 3, locale) : waiting);
    if (film != nullptr && film->choice.method == ProjectionMethod::Pca &&
        !film->varianceShares.empty()) {
        double sum = 0;
        for (const double one : film->varianceShares)
            sum += one;
        row(film->dimension == 3 ? tr("Variance on three axes") : tr("Variance on two axes"),
            tr("%1 %").arg(locale.toString(100 * sum, 'f', 1)));
    } else if (film != nullptr && std::isfinite(film->cost)) {
        row(film->choice.method == ProjectionMethod::Tsne ? tr("KL divergence, nats")
                                                          : tr("Cross entropy"),
            formatNumber(film->cost, 4, locale));
    }
    if (near != nullptr && std::isfinite(near->recall))
        row(tr("Recall@1 of these points"),
            tr("%1 %").arg(locale.toString(100 * near->recall, 'f', 2)));
    QString subtitle;
    if (quality != nullptr && film != nullptr && quality->points < model()->film()->count)
        subtitle = tr("of %L1 of the points").arg(quality->points);
    quality_->setTitle(tr("Projection quality"), subtitle);
    quality_->setRows(std::move(rows));
}

void EmbeddingView::showGains() {
    gains_->setVisible(isContrast());
    if (isContrast())
        gains_->setRows(contrastFigures());
}

/// Loss against guessing, and accuracies with their spread over the replicates as they came.
std::vector<FigureList::Row> EmbeddingView::contrastFigures() const {
    const QLocale locale;
    std::vector<FigureList::Row> rows;
    const auto row = [&](const QString& name, const QString& value) {
        rows.push_back({name, value, {}, false});
    };
    const auto plain = [&](const QString& name, const char* key) {
        if (const auto value = metric(key))
            row(name, formatNumber(*value, 4, locale));
    };
    plain(tr("Contrast loss, nats"), "train/loss");
    plain(tr("Loss of guessing, ln N"), "train/chance");
    if (const auto labels = metric("labels"))
        row(tr("Labeled samples"), locale.toString(*labels, 'f', 0));
    const auto accuracy = [&](const QString& name, const char* mean, const char* spread) {
        const auto value = metric(mean);
        if (!value)
            return;
        const double deviation = metric(spread).value_or(0);
        row(name, tr("%1 ± %2 %")
                      .arg(locale.toString(100 * *value, 'f', 2),
                           locale.toString(100 * deviation, 'f', 2)));
    };
    accuracy(tr("Accuracy, pre-trained"), "test/accuracy_pretrained", "test/spread_pretrained");
    accuracy(tr("Accuracy, from scratch"), "test/accuracy_scratch", "test/spread_scratch");
    if (const auto gain = metric("test/gain"))
        row(tr("Gain, percentage points"), (*gain < 0 ? QStringLiteral("−") : QStringLiteral("+")) +
                                               locale.toString(std::abs(100 * *gain), 'f', 2));
    if (rows.empty())
        row(tr("Accuracies"), tr("when the run has ended"));
    return rows;
}

void EmbeddingView::showDistances() {
    const EmbeddingFilm* film = model()->film();
    const PairDistances* shown = model()->distances(model()->key());
    if (shown == nullptr || film == nullptr) {
        distances_->clear();
        return;
    }
    const PairDistances& first = film->distances.front().second;
    const bool hasFirst = &first != shown;
    distances_->setSeries(distanceCurves(*shown, hasFirst ? &first : nullptr,
                                         isContrast()
                                             ? std::pair(tr("own view"), tr("other images"))
                                             : std::pair(tr("same class"), tr("other class"))));
    distances_->setTitle(isContrast() ? tr("Views") : tr("Pairs"),
                         hasFirst ? tr("dotted: first snapshot") : QString());
}

void EmbeddingView::showCurves() {
    std::vector<CurveRun> runs;
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if (const engine::RunRecord* run = record(sides_[i].model->run()))
            runs.push_back({run->id, runName(static_cast<int>(i)), i > 0});
    retrieval_->setSeries(retrievalCurves(book_, runs));
    loss_->setSeries(lossCurves(book_, runs));
    fineTune_->setSeries(fineTuneCurves(book_, runs));
    const bool isFilm = model()->frames() > 1 && model()->projected() != nullptr &&
                        model()->projected()->choice.method != ProjectionMethod::Recorded;
    std::vector<PlotMark> marks;
    if (isFilm)
        marks.push_back({static_cast<double>(model()->key().step), {}});
    violated_->setSeries(tripletCurves(book_, runs));
    retrieval_->setMarks(marks);
    violated_->setMarks(marks);
    loss_->setMarks(std::move(marks));
}

void EmbeddingView::showSelection() {
    selection_->setSelection(selected_, model()->predicted());
    selection_->setProjected(!choice_.subset.empty());
}

/// Only what the run has stands in a tab.
void EmbeddingView::updateTabs() {
    const SnapshotExtras* extras = model()->extras();
    const auto place = [this](QTabWidget* tabs, QWidget* page, const QString& title, bool wanted,
                              int before) {
        const int at = tabs->indexOf(page);
        if (wanted && at < 0) {
            tabs->insertTab(before, page, title);
        } else if (!wanted && at >= 0) {
            tabs->removeTab(at);
            page->hide();
        } else if (at >= 0 && tabs->tabText(at) != title) {
            tabs->setTabText(at, title);
        }
    };
    const EmbeddingFilm* film = model()->film();
    const engine::RunRecord* run = record(model()->run());
    const bool isEmbed = run != nullptr && run->kind == "embed";
    const bool isContrast = model()->hasPairsOnly(); // of windows and pairs in the space's place
    const bool hasLabels = film == nullptr || (!film->labels.empty() && !isContrast);
    place(pictures_, distances_, tr("Distances"), !isEmbed, 0);
    place(pictures_, confusion_, tr("Confusion"), hasLabels, 1);
    // While the next frame is read the tabs stay.
    if (extras != nullptr) {
        place(pictures_, filters_, tr("Filters"), extras->filters.count > 0, 9);
        if (!isContrast) {
            place(pictures_, windows_, tr("Windows"), !extras->windows.empty(), 9);
            place(pictures_, pairs_, tr("Pairs"), extras->pairs > 0, 9);
        }
    } else if (film == nullptr) {
        for (QWidget* page : std::initializer_list<QWidget*>{filters_, windows_, pairs_})
            place(pictures_, page, {}, false, 0);
    }
    place(pictures_, perClass_, tr("Classes"), hasLabels || isComparing(), 9);
    place(curves_, retrieval_,
          isContrast           ? tr("Own view nearest")
          : this->isContrast() ? tr("Neighbors")
                               : tr("Recall"),
          !isEmbed, 0);
    place(curves_, fineTune_, tr("Fine-tuning"), !fineTune_->isEmpty(), 9);
    place(curves_, violated_, tr("Triplets"), !violated_->isEmpty(), 9);
    const QString height = isEmbed ? tr("Cost") : tr("Loss");
    if (loss_->yAxis().title != height)
        loss_->setYAxis({height, {{}, 4}, AxisScale::Linear});
    place(curves_, loss_, isEmbed ? tr("Cost of the layout") : tr("Loss"), true, 1);
}

} // namespace inlay::widgets

#include "widgets/views/embeddings/embedding_view.h"

#include <QCheckBox>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QVariantAnimation>

#include "engine/store/run_store.h"
#include "widgets/plots/class_legend.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
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

QString EmbeddingView::runName(int side) const {
    const engine::RunRecord* run = record(sides_[static_cast<std::size_t>(side)].model->run());
    const engine::RunRecord* other =
        record(sides_[static_cast<std::size_t>(1 - side)].model->run());
    if (run == nullptr)
        return {};
    const QString name = QString::fromStdString(run->name);
    return other != nullptr && other->name == run->name ? tr("%1, run %2").arg(name).arg(run->id)
                                                        : name;
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
                earlier_.clear();
                selection_->setHasPrevious(false);
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
        // Whether it is the only one is in the first one's title.
        showTitles(0);
        updateMethods();
        showCurves();
        updateTabs();
        updateContents();
        pictures_->setCurrentIndex(0);
        curves_->setCurrentIndex(0);
    }
    if (const engine::RunRecord* run = record(model()->run())) {
        header_->setRun(*run);
        showGains();
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

bool EmbeddingView::isContrast() const {
    const engine::RunRecord* run = record(model()->run());
    return run != nullptr && run->kind == "spatial_contrasting";
}

/// A run of spatial contrasting that kept no vectors has images and their pairs where the others
/// have points.
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
    } else {
        for (QWidget* page : std::initializer_list<QWidget*>{windows_, pairs_})
            if (contrast_->indexOf(page) >= 0) {
                page->setParent(pictures_); // updateTabs() gives it a tab again
                page->hide();
            }
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

} // namespace inlay::widgets

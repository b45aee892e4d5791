// The lower half: pictures of the space, curves, selection.

#include <QHeaderView>
#include <QSplitter>
#include <QTabBar>
#include <QTableWidget>
#include <QTabWidget>

#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/picture_grid.h"
#include "widgets/views/embeddings/selection_panel.h"

namespace inlay::widgets {

QWidget* EmbeddingView::buildBottom(QWidget* page) {
    auto* row = new QSplitter(Qt::Horizontal, page);
    row->setChildrenCollapsible(false);
    const auto tabs = [&](const QString& name) {
        auto* made = new QTabWidget(row);
        made->setDocumentMode(true);
        made->tabBar()->setAccessibleName(name);
        row->addWidget(made);
        return made;
    };
    pictures_ = tabs(tr("Pictures of the space"));
    distances_ = new CurvePlot(pictures_);
    distances_->setEmptyText(tr("How far apart pairs of one class and of two are, at each "
                                "snapshot: runs that train an embedding record it."));
    distances_->setXAxis({tr("Distance"), {{}, 3}, AxisScale::Linear});
    distances_->setYAxis({tr("Share of pairs"), {QStringLiteral("%"), 3}, AxisScale::Linear});
    confusion_ = new HeatMap(pictures_);
    confusion_->setXAxis({tr("Label by neighbors"), {{}, 4}, AxisScale::Linear});
    confusion_->setYAxis({tr("Label"), {{}, 4}, AxisScale::Linear});
    confusion_->setValues(tr("Share"), {QStringLiteral("%"), 3}, AxisScale::Linear);
    confusion_->setFixedRange(Range{0, 100});
    confusion_->setSquare(true);
    confusion_->setEmptyText(tr("Labels against those of most neighbors: for points with labels."));
    filters_ = new PictureGrid(pictures_);
    filters_->setAccessibleName(tr("Filters of the first layer"));
    windows_ = new PictureGrid(pictures_);
    windows_->setAccessibleName(tr("Images with their two windows"));
    pairs_ = new HeatMap(pictures_);
    pairs_->setXAxis({tr("Second window of image"), {{}, 4}, AxisScale::Linear});
    pairs_->setYAxis({tr("First window of image"), {{}, 4}, AxisScale::Linear});
    pairs_->setValues(tr("Distance"), {{}, 3}, AxisScale::Linear);
    pairs_->setSquare(true);
    perClass_ = new QTableWidget(0, 4, pictures_);
    perClass_->setAccessibleName(tr("Recall of each class"));
    perClass_->verticalHeader()->hide();
    perClass_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    perClass_->setSelectionMode(QAbstractItemView::NoSelection);
    perClass_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    pictures_->addTab(distances_, tr("Distances"));
    pictures_->addTab(confusion_, tr("Confusion"));
    for (QWidget* later : std::initializer_list<QWidget*>{filters_, windows_, pairs_, perClass_})
        later->hide();
    curves_ = tabs(tr("Curves"));
    retrieval_ = new CurvePlot(curves_);
    retrieval_->setEmptyText(tr("Recall, MAP@R and neighbor accuracy appear here as the run "
                                "measures them."));
    retrieval_->setXAxis({tr("Step"), {{}, 4}, AxisScale::Linear});
    retrieval_->setYAxis({{}, {QStringLiteral("%"), 4}, AxisScale::Linear});
    loss_ = new CurvePlot(curves_);
    loss_->setEmptyText(tr("The loss of the training appears here."));
    loss_->setXAxis({tr("Step"), {{}, 4}, AxisScale::Linear});
    loss_->setYAxis({tr("Loss"), {{}, 4}, AxisScale::Linear});
    violated_ = new CurvePlot(curves_);
    violated_->setXAxis({tr("Step"), {{}, 4}, AxisScale::Linear});
    violated_->setYAxis({tr("Triplets"), {QStringLiteral("%"), 3}, AxisScale::Linear});
    violated_->hide();
    fineTune_ = new CurvePlot(curves_);
    fineTune_->setXAxis({tr("Step of fine-tuning"), {{}, 4}, AxisScale::Linear});
    fineTune_->setYAxis({tr("Loss"), {tr("nats"), 4}, AxisScale::Linear});
    fineTune_->hide();
    curves_->addTab(retrieval_, tr("Recall"));
    curves_->addTab(loss_, tr("Loss"));
    selection_ = new SelectionPanel(sides_[0].faces, row);
    row->addWidget(selection_);
    row->setStretchFactor(0, 6);
    row->setStretchFactor(1, 4);
    row->setStretchFactor(2, 0);
    row->setSizes({scaled(335, font()), scaled(215, font()), scaled(kSideWidth, font())});
    for (Plot* plot : std::initializer_list<Plot*>{distances_, confusion_, pairs_, retrieval_,
                                                   loss_, violated_, fineTune_})
        connect(plot, &Plot::notice, this, &EmbeddingView::notice);
    return row;
}

} // namespace inlay::widgets

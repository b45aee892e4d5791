// What panels tell the view.

#include <QCheckBox>
#include <QTabWidget>
#include <QToolButton>

#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/projection_bar.h"
#include "widgets/views/embeddings/selection_panel.h"
#include "widgets/views/embeddings/thumb_grid.h"
#include "widgets/views/embeddings/triplet_list.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {

void EmbeddingView::connectPanels() {
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(model()->run(), action); });
    connect(bar_, &ProjectionBar::choiceChanged, this, &EmbeddingView::choose);
    connect(bar_, &ProjectionBar::startWanted, this, [this] {
        bar_->setRemark({});
        for (Side& side : sides_)
            side.model->startProjection();
    });
    connect(bar_, &ProjectionBar::pauseWanted, this, [this](bool paused) {
        for (Side& side : sides_)
            side.model->setProjectionPaused(paused);
    });
    connect(bar_, &ProjectionBar::cancelWanted, this, [this] {
        for (Side& side : sides_)
            side.model->cancelProjection();
    });
    connect(transport_, &Transport::indexChanged, this, &EmbeddingView::frameChosen);
    connect(trails_, &QCheckBox::toggled, this, [this] {
        showTrails(0);
        showTrails(1);
    });
    connect(halfButton_, &QToolButton::toggled, this, [this](bool on) {
        showsPlots_ = on;
        updateLayout();
    });
    connect(neighbors_, &ThumbGrid::pointHovered, this, &EmbeddingView::hover);
    connect(neighbors_, &ThumbGrid::pointChosen, this, &EmbeddingView::pin);
    connect(triplets_, &TripletList::pointHovered, this, &EmbeddingView::hover);
    connect(triplets_, &TripletList::pointChosen, this, &EmbeddingView::pin);
    connect(selection_, &SelectionPanel::pointHovered, this, &EmbeddingView::hover);
    connect(selection_, &SelectionPanel::pointChosen, this, &EmbeddingView::pin);
    connect(selection_, &SelectionPanel::clearWanted, this, [this] { select({}); });
    connect(selection_, &SelectionPanel::previousWanted, this, &EmbeddingView::selectPrevious);
    connect(selection_, &SelectionPanel::invertWanted, this,
            [this] { select(inverted(selected_, static_cast<std::uint32_t>(cloud()->count()))); });
    connect(selection_, &SelectionPanel::projectWanted, this, [this] {
        ProjectionChoice choice = choice_;
        choice.subset = selected_;
        select({});
        choose(choice);
    });
    connect(selection_, &SelectionPanel::projectAllWanted, this, [this] {
        ProjectionChoice choice = choice_;
        choice.subset.clear();
        choose(choice);
    });
    connect(selection_, &SelectionPanel::tagWanted, this, [this](const QString& name) {
        tags_[name] = selected_;
        keepTags();
    });
    connect(selection_, &SelectionPanel::tagRemoved, this, [this](const QString& name) {
        tags_.erase(name);
        keepTags();
    });
    connect(selection_, &SelectionPanel::tagChosen, this, [this](const QString& name) {
        if (const auto at = tags_.find(name); at != tags_.end())
            select(at->second);
    });
    connect(selection_, &SelectionPanel::exportWanted, this, &EmbeddingView::exportWithDialog);
    connect(confusion_, &HeatMap::cellClicked, this, [this](int label, int voted) {
        // The points of this cell.
        const std::vector<std::int32_t>& predicted = model()->predicted();
        PointSet points;
        for (std::uint32_t i = 0; i < predicted.size(); ++i)
            if (sides_[0].faces.label(i) == label && predicted[i] == voted)
                points.push_back(i);
        select(points);
    });
    connect(pictures_, &QTabWidget::currentChanged, this, [this] { showDetails(0); });
}

} // namespace inlay::widgets

#pragma once

#include <array>
#include <memory>

#include "widgets/plots/point_cloud.h"
#include "widgets/views/embeddings/embedding_model.h"
#include "widgets/views/embeddings/embedding_tags.h"
#include "widgets/views/embeddings/picture_grid.h"
#include "widgets/views/embeddings/point_colors.h"
#include "widgets/views/embeddings/point_faces.h"
#include "widgets/views/ranking/figure_list.h"
#include "widgets/views/train/series_book.h"
#include "widgets/views/view.h"

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QTableWidget;
class QToolButton;
class QVariantAnimation;

namespace inlay::widgets {

class ClassLegend;
class CurvePlot;
class EmptyState;
class HeatMap;
class ProjectionBar;
class SelectionPanel;
class ThumbGrid;
class TrainingHeader;
class Transport;
class TripletList;

/// An embedding space while it forms and afterwards: runs of kinds "metric_learning", "embed" and
/// "spatial_contrasting". The cloud in a projection that a person chooses, over the snapshots of
/// the training; neighbors in the original space; selections; what the run measured. A second run
/// of the list is shown beside the first, with one selection, one cursor and one set of colors.
class EmbeddingView : public View {
    Q_OBJECT

public:
    EmbeddingView(ViewContext context, QWidget* parent);
    ~EmbeddingView() override;

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

    static const QStringList& kinds();

    EmbeddingModel* model(int side = 0) const { return sides_[side].model; }
    PointCloud* cloud(int side = 0) const { return sides_[side].cloud; }
    Transport* transport() const { return transport_; }
    ProjectionBar* bar() const { return bar_; }
    ThumbGrid* neighbors() const { return neighbors_; }
    TripletList* triplets() const { return triplets_; }
    FigureList* quality() const { return quality_; }
    FigureList* gains() const { return gains_; }
    QComboBox* colors() const { return colors_; }
    SelectionPanel* selection() const { return selection_; }
    CurvePlot* distances() const { return distances_; }
    CurvePlot* retrieval() const { return retrieval_; }
    HeatMap* confusion() const { return confusion_; }
    HeatMap* pairs() const { return pairs_; }
    PictureGrid* windows() const { return windows_; }
    CurvePlot* loss() const { return loss_; }
    CurvePlot* fineTune() const { return fineTune_; }
    QTableWidget* perClass() const { return perClass_; }
    bool isComparing() const { return sides_[1].model->run() != 0; }

    void setMethod(ProjectionMethod method);
    void setDimension(int dimension);
    void setColor(CloudColor color);
    const SelectionTags& tags() const { return tags_; }
    /// Writes number, label and predicted label of the selected points; throws engine::Error.
    void exportSelection(const QString& path) const;

    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Side {
        EmbeddingModel* model = nullptr;
        PointCloud* cloud = nullptr;
        PointFaces faces;
        engine::RunId wanted = 0;
        std::int64_t changed = -1;
        /// From the places of one frame to those of the next.
        QVariantAnimation* motion = nullptr;
        std::vector<float> from;
    };

    static constexpr double kSideWidth = 290; // of the column at the right

    void build();
    QWidget* buildHeader(QWidget* page);
    QWidget* buildSpace(QWidget* page);
    QWidget* buildTools(QWidget* page);
    QWidget* buildBottom(QWidget* page);
    void buildSide(int side, QWidget* parent);
    void connectPanels();
    void updateLayout();

    const engine::RunRecord* record(engine::RunId run) const;
    /// Name of a side's run; with its number where both have the same.
    QString runName(int side) const;
    void updateRuns();
    void showEmpty();
    void takeFilm(int side);
    void takeProjection(int side);
    void showPlaces(int side);
    void showBetween(int side, double at);
    bool moves(const Side& side, const std::vector<float>& places, bool isFrame) const;
    void showColors(int side);
    void showAnchors(int side);
    void showTrails(int side);
    void showTitles(int side);
    void showDetails(int side);
    void showNeighbors();
    void showQuality();
    void showDistances();
    void showCurves();
    void showConfusion();
    void showPictures();
    void showPairs();
    std::vector<PictureGrid::Picture> windowPictures(const SnapshotExtras& extras) const;
    void showPerClass();
    void showSelection();
    void showProjectionState();
    void updateTabs();
    void updateContents();
    std::vector<FigureList::Row> contrastFigures() const;
    std::optional<double> metric(const char* name) const;
    void updateMethods();
    void updateColors();
    void showGains();
    bool isContrast() const;
    void updateTransport();
    void frameChosen(int frame);
    void hover(qint64 point);
    void pin(qint64 point);
    void select(const PointSet& points);
    /// Goes back to the selection before this one.
    void selectPrevious();
    void isolate(const std::vector<int>& classes);
    void choose(ProjectionChoice choice);
    void readTags();
    void keepTags();
    void exportWithDialog();
    bool isLinked() const;

    std::array<Side, 2> sides_;
    SeriesBook book_;
    SelectionTags tags_;
    CloudColor color_ = CloudColor::Label;
    std::int64_t pinned_ = -1;
    PointSet selected_;
    std::vector<PointSet> earlier_; // selections, the newest last
    std::vector<int> isolated_;
    ProjectionChoice choice_;
    bool isFilling_ = false;
    bool showsPlots_ = false; // in a low view: the plots instead of the space

    QStackedWidget* pages_ = nullptr;
    EmptyState* empty_ = nullptr;
    TrainingHeader* header_ = nullptr;
    QLabel* counts_ = nullptr;
    QButtonGroup* methods_ = nullptr;
    QToolButton* spatial_ = nullptr;
    QComboBox* colors_ = nullptr;
    QButtonGroup* tools_ = nullptr;
    ProjectionBar* bar_ = nullptr;
    ClassLegend* legend_ = nullptr;
    QStackedWidget* contents_ = nullptr;
    QSplitter* clouds_ = nullptr;
    QSplitter* contrast_ = nullptr; // windows and pairs in place of the clouds
    QWidget* segments_ = nullptr;
    QWidget* toolStrip_ = nullptr;
    QSplitter* rows_ = nullptr;
    QWidget* space_ = nullptr;
    QWidget* bottom_ = nullptr;
    QToolButton* halfButton_ = nullptr;
    Transport* transport_ = nullptr;
    QCheckBox* trails_ = nullptr;
    ThumbGrid* neighbors_ = nullptr;
    TripletList* triplets_ = nullptr;
    FigureList* quality_ = nullptr;
    FigureList* gains_ = nullptr; // of spatial contrasting
    QTabWidget* pictures_ = nullptr;
    CurvePlot* distances_ = nullptr;
    HeatMap* confusion_ = nullptr;
    PictureGrid* filters_ = nullptr;
    PictureGrid* windows_ = nullptr;
    HeatMap* pairs_ = nullptr;
    QTableWidget* perClass_ = nullptr;
    QTabWidget* curves_ = nullptr;
    CurvePlot* retrieval_ = nullptr;
    CurvePlot* loss_ = nullptr;
    CurvePlot* violated_ = nullptr;
    CurvePlot* fineTune_ = nullptr;
    SelectionPanel* selection_ = nullptr;
};

} // namespace inlay::widgets

#pragma once

#include "widgets/views/clustering/stream_film.h"
#include "widgets/views/view.h"

class QSplitter;
class QStackedWidget;
class QTimer;

namespace inlay::widgets {

class BufferPanel;
class ClusterList;
class ClusterModel;
class CurvePlot;
class EmptyState;
class PointPlot;
class ReadoutRow;
class StreamHeader;
class Transport;

/// A run of kind "streaming_kmeans", live or stored: points and centers over the stream, buffers,
/// cost against time beside the baselines, the clusters found.
class StreamView : public View {
    Q_OBJECT

public:
    StreamView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId run) override;

    engine::RunId run() const { return run_; }
    const StreamFilm& film() const { return film_; }
    Transport* transport() const { return transport_; }
    PointPlot* points() const { return points_; }
    CurvePlot* cost() const { return cost_; }
    ReadoutRow* readouts() const { return readouts_; }
    ClusterModel* clusters() const { return clusters_; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* buildPage();
    void showEmpty();
    void updateRun();
    void askForFilm();
    void takeFilm(StreamFilm film);
    void showMoment();
    void showCost();
    void showReadouts();
    bool atEnd() const;
    const engine::RunRecord* record() const;
    std::optional<double> metric(const char* name) const;

    engine::RunId wanted_ = 0;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool asking_ = false;
    bool stale_ = false;
    StreamFilm film_;
    int chosen_ = -1;

    QStackedWidget* pages_;
    EmptyState* empty_;
    StreamHeader* header_ = nullptr;
    ReadoutRow* readouts_ = nullptr;
    Transport* transport_ = nullptr;
    QSplitter* halves_ = nullptr;
    PointPlot* points_ = nullptr;
    BufferPanel* buffers_ = nullptr;
    CurvePlot* cost_ = nullptr;
    ClusterModel* clusters_ = nullptr;
    ClusterList* list_ = nullptr;
    QTimer* soon_;
};

} // namespace inlay::widgets

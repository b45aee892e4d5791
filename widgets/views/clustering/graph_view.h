#pragma once

#include "widgets/views/clustering/graph_run.h"
#include "widgets/views/view.h"

class QLabel;
class QSlider;
class QStackedWidget;
class QTableWidget;

namespace inlay::widgets {

class CurvePlot;
class EmptyState;
class HeatMap;
class RecoveryBars;
class TrainingHeader;
class Transport;

/// Graph clustering, live or stored: the matrix in found order beside the solution, sizes against
/// the smallest recoverable, eigenvalues with their threshold, and the rounds one can step through.
class GraphView : public View {
    Q_OBJECT

public:
    GraphView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

private:
    void build();
    QWidget* buildReadouts();
    QWidget* buildTables();
    void updateRun();
    void ask();
    void askPictures();
    void showRun();
    void showRound();
    void showPictures(const GraphPictures& pictures);
    void showPrediction();
    void fillRounds();
    void fillMethods();
    const engine::RunRecord* record() const;
    const GraphRound* chosen() const;
    std::vector<FoundCluster> foundSoFar() const;

    QStackedWidget* pages_ = nullptr;
    EmptyState* empty_ = nullptr;
    TrainingHeader* header_ = nullptr;
    Transport* transport_ = nullptr;
    HeatMap* adjacency_ = nullptr;
    HeatMap* solution_ = nullptr;
    RecoveryBars* bars_ = nullptr;
    CurvePlot* spectrum_ = nullptr;
    QSlider* kappa_ = nullptr;
    QLabel* kappaText_ = nullptr;
    QLabel* smallest_ = nullptr;
    QLabel* noise_ = nullptr;
    QLabel* found_ = nullptr;
    QLabel* asked_ = nullptr;
    QTableWidget* rounds_ = nullptr;
    QTableWidget* methods_ = nullptr;
    GraphRun graph_;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool asking_ = false;
    bool askAgain_ = false;
    std::uint64_t wanted_ = 0; // generation of the pictures asked for last
};

} // namespace inlay::widgets

#pragma once

#include <optional>

#include "widgets/views/train/run_costs.h"
#include "widgets/views/view.h"

class QPushButton;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QTimer;

namespace inlay::widgets {

class EmptyState;
class EventList;
class LayerModel;
class LayerTable;
class MistakesStrip;
class ReadoutRow;
class TrainingHeader;
class TrainingPlots;

/// The current run of kind "train", live or stored: is it learning, and is it worth it?
class TrainingView : public View {
    Q_OBJECT

public:
    TrainingView(ViewContext context, QWidget* parent);
    ~TrainingView() override;

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId run) override;

    engine::RunId run() const { return run_; }
    /// What the run is measured against; 0 = nothing.
    engine::RunId twin() const { return twin_; }
    TrainingPlots* plots() const { return plots_; }
    ReadoutRow* readouts() const { return readouts_; }
    LayerModel* layers() const { return layers_; }
    MistakesStrip* mistakes() const { return mistakes_; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    void showEmpty();
    void updateRun();
    void follow(engine::RunId run, engine::RunId twin, bool twinIsBaseline);
    void askForCosts();
    void askForEvents();
    void askForMistakes();
    void updateReadouts();
    void placeMistakes();
    const engine::RunRecord* record(engine::RunId run) const;
    std::optional<double> metric(engine::RunId run, const char* name) const;

    engine::RunId wanted_ = 0;
    engine::RunId baseline_ = 0;
    engine::RunId run_ = 0;
    engine::RunId twin_ = 0;
    bool twinIsBaseline_ = false;
    std::int64_t changed_ = -1;
    std::optional<RunCosts> costs_;
    QString costsTrouble_;

    QStackedWidget* pages_;
    EmptyState* empty_;
    QAction* runExample_;
    TrainingHeader* header_;
    ReadoutRow* readouts_;
    QPushButton* queueTwin_;
    TrainingPlots* plots_;
    QSplitter* bottom_;
    QTabWidget* tabs_;
    LayerModel* layers_;
    LayerTable* layerTable_;
    EventList* events_;
    MistakesStrip* mistakes_;
    QTimer* readoutsSoon_;
};

} // namespace inlay::widgets

#pragma once

#include <cstdint>
#include <optional>

#include <QThreadPool>

#include "widgets/views/bench/lab_cells.h"
#include "widgets/views/draft.h"
#include "widgets/views/view.h"

class QButtonGroup;
class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QToolButton;

namespace inlay::widgets {

class CurvePlot;
class EmptyState;
class LabModel;
class LabPictures;
class LabTable;
class TrainingHeader;

/// The operator lab: for a size and a pass every family beside dense, curves over the size, and the
/// roofline. Follows a live run. While a set-up is typed it shows that one instead: what the layers
/// will be and take, with what was measured of them.
class LabView : public View, public ShowsDraft {
    Q_OBJECT

public:
    LabView(ViewContext context, QWidget* parent);
    ~LabView() override;

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}
    void setDraft(const engine::ProjectFile& project) override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    QWidget* buildChoices();
    void updateRun();
    void ask();
    void takePlan(Lab plan);
    void leavePlan();
    /// The plan with what is measured of it, or the run.
    void showPlanOrRun();
    void showLab();
    void fitTable();
    void refillSizes();
    LabPass pass() const;
    std::int64_t size() const;
    const engine::RunRecord* record() const;

    QStackedWidget* pages_ = nullptr;
    EmptyState* empty_ = nullptr;
    TrainingHeader* header_ = nullptr;
    QButtonGroup* passes_ = nullptr;
    QComboBox* sizes_ = nullptr;
    QLabel* shape_ = nullptr;
    QLabel* planned_ = nullptr;
    QToolButton* backToRun_ = nullptr;
    QSplitter* splitter_ = nullptr;
    LabModel* model_ = nullptr;
    LabTable* table_ = nullptr;
    CurvePlot* speedups_ = nullptr;
    CurvePlot* roofline_ = nullptr;
    LabPictures* pictures_ = nullptr;
    Lab lab_;      // what is shown
    Lab measured_; // of the run
    std::optional<Lab> plan_;
    QThreadPool planner_;
    std::uint64_t wantedPlan_ = 0;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    int fittedRows_ = 0; // the table's height follows its rows until a person moves it
    bool asking_ = false;
    bool askAgain_ = false;
};

} // namespace inlay::widgets

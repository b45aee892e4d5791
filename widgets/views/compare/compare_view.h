#pragma once

#include <memory>

#include "widgets/views/compare/comparison.h"
#include "widgets/views/compare/parameter_words.h"
#include "widgets/views/view.h"

class QFrame;
class QHBoxLayout;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTimer;
class QToolButton;

namespace inlay::widgets {

class CurvePanel;
class DifferenceModel;
class DifferenceTable;
class ElidedLabel;
class EmptyState;
class Plot;
class RunColumnCatalog;
class ScatterPanel;

/// Two or more runs side by side: what differs between them, their curves with the band over
/// seeds, and any result against any cost.
class CompareView : public View {
    Q_OBJECT

public:
    CompareView(ViewContext context, QWidget* parent);
    ~CompareView() override;

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId run) override;

    DifferenceModel* differences() const { return model_; }
    CurvePanel* curves() const { return curves_; }
    CurvePanel* secondCurves() const { return moreCurves_; }
    ScatterPanel* scatter() const { return scatter_; }
    const Comparison& comparison() const { return *comparison_; }
    /// The sentence on the state of the runs; empty when all is well.
    QString sentence() const;
    void setGrouping(RunGrouping grouping);
    /// Writes the table as it is shown; throws engine::Error when the file cannot be written.
    void writeTable(const QString& path) const;
    bool isBusy() const;

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void build();
    QWidget* buildHeader(QWidget* page);
    QWidget* buildPlots(QWidget* page);
    void addExportMenu(QHBoxLayout* row, QWidget* header);
    void connectPanels();
    /// Looks at the list of runs: what must be read again, what is only drawn again.
    void follow();
    void ask();
    void take(Comparison comparison);
    void updateRows();
    void updateWords();
    void showEmpty();
    void highlight(int group);
    void choose(int group);
    void placePanels();
    void fillSecond();
    void exportTable();
    QString fingerprint() const;
    std::int64_t changeOf() const;
    bool hasActive() const;
    ComparisonWish wish() const;

    std::vector<engine::RunId> runs_;
    engine::RunId baseline_ = 0;
    RunGrouping grouping_ = RunGrouping::Seeds;
    std::unique_ptr<RunColumnCatalog> catalog_;
    ParameterWords words_;
    std::shared_ptr<const Comparison> comparison_;
    /// What the comparison was read for: its wish, names and states.
    QString readFor_;
    std::int64_t changed_ = -1;
    int chosen_ = -1;
    bool isAsking_ = false;
    bool isStale_ = false;

    QStackedWidget* pages_ = nullptr;
    EmptyState* empty_ = nullptr;
    ElidedLabel* title_ = nullptr;
    ElidedLabel* subtitle_ = nullptr;
    QLabel* sentence_ = nullptr;
    QToolButton* differing_ = nullptr;
    QToolButton* all_ = nullptr;
    QToolButton* seeds_ = nullptr;
    DifferenceModel* model_ = nullptr;
    DifferenceTable* table_ = nullptr;
    QSplitter* plots_ = nullptr;
    CurvePanel* curves_ = nullptr;
    CurvePanel* moreCurves_ = nullptr;
    ScatterPanel* scatter_ = nullptr;
    QTimer* soon_;
    QTimer* again_;
};

} // namespace inlay::widgets

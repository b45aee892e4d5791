#pragma once

#include <memory>

#include <QElapsedTimer>
#include <QWidget>

#include "widgets/runs/run_columns.h"
#include "widgets/views/compare/comparison.h"
#include "widgets/views/compare/curve_reader.h"

class QActionGroup;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QSlider;
class QTimer;
class QToolButton;

namespace inlay::widgets {

class CurvePlot;
class ParameterWords;
class StoreClient;

/// What the curves of a comparison have in common.
struct CurveOptions {
    CurveAxis axis = CurveAxis::Step;
    BandKind band = BandKind::Deviation;
    double smoothing = 0;
    AxisScale xScale = AxisScale::Linear;

    bool operator==(const CurveOptions&) const = default;
};

/// One series of all compared groups, overlaid: a line a run, or the mean over seeds with its band.
/// What is visible is read from the store on its worker thread, again on zoom and while runs grow.
class CurvePanel : public QWidget {
    Q_OBJECT

public:
    /// The first panel has the controls of the options; the others follow it.
    enum class Role { First, Follower };

    CurvePanel(Role role, StoreClient& store, const RunColumnCatalog& catalog,
               const ParameterWords& words, QWidget* parent);

    void setComparison(std::shared_ptr<const Comparison> comparison);
    void setOptions(const CurveOptions& options);
    const CurveOptions& options() const { return options_; }
    /// Chooses what to show; a name that no run has is ignored.
    void setSeries(const QString& name);
    QString series() const;
    /// Left to the other panel when this one picks a series by itself.
    void setAvoided(const QString& series) { avoided_ = series; }
    /// The store has more: reads again, soon.
    void refresh();
    /// Group by index, -1 = none.
    void highlight(int group);

    CurvePlot* plot() const { return plot_; }
    QComboBox* chooser() const { return series_; }
    bool isBusy() const;

signals:
    void optionsChanged(const inlay::widgets::CurveOptions& options);
    void seriesChanged(const QString& name);
    /// -1 = none.
    void groupHovered(int group);
    void groupClicked(int group);
    void notice(const QString& sentence);

private:
    void buildRow(Role role, QHBoxLayout* row);
    void buildOptions(QHBoxLayout* row);
    void fillSeries();
    QString wantedSeries() const;
    void fillAxes();
    /// Adds an x axis to the choice or takes it away.
    void offerAxis(CurveAxis axis, const QString& title, const QString& toolTip, bool isThere);
    void updateAxes();
    void ask();
    void show(std::vector<GroupCurve> curves);
    void changeOptions(const CurveOptions& options);
    int groupOf(const QString& id) const;
    double timeUnitMs() const;
    double workUnit() const;
    RunColumnStyle styleOf(const QString& series) const;

    StoreClient& store_;
    const RunColumnCatalog& catalog_;
    const ParameterWords& words_;
    std::shared_ptr<const Comparison> comparison_;
    std::shared_ptr<CurveReader> reader_;
    CurveOptions options_;
    QString avoided_;
    /// What a person chose, kept over comparisons.
    QString chosen_;

    QComboBox* series_ = nullptr;
    QToolButton* logY_ = nullptr;
    QComboBox* axis_ = nullptr;
    QSlider* smoothing_ = nullptr;
    QLabel* smoothingValue_ = nullptr;
    QActionGroup* bands_ = nullptr;
    QAction* logX_ = nullptr;
    CurvePlot* plot_;
    QTimer* soon_;
    QElapsedTimer lastAsked_;
    qint64 lastTook_ = 0;
    bool isAsking_ = false;
    bool isStale_ = false;
    /// Answers to older questions are dropped.
    std::uint64_t structure_ = 0;
};

} // namespace inlay::widgets

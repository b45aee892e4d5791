#pragma once

#include <memory>
#include <vector>

#include <QWidget>

#include "widgets/views/compare/compare_rows.h"

class QAction;
class QComboBox;

namespace inlay::widgets {

class ScatterPlot;

/// Any result of the groups against any cost, result or numeric setting, with the Pareto front
/// where both have a direction; groups of seeds at their mean with a bar from least to most.
class ScatterPanel : public QWidget {
    Q_OBJECT

public:
    explicit ScatterPanel(QWidget* parent);

    void setRows(std::shared_ptr<const Comparison> comparison, const std::vector<CompareRow>& rows);
    /// By key of the row; unknown keys are ignored.
    void setQuantities(const QString& x, const QString& y);
    /// Group by index, -1 = none.
    void highlight(int group);
    void setChosen(int group);

    ScatterPlot* plot() const { return plot_; }

signals:
    void groupHovered(int group);
    void groupClicked(int group);
    void notice(const QString& sentence);

private:
    void fill(QComboBox* box, const QStringList& preferred, bool settingsToo);
    const CompareRow* rowOf(const QComboBox* box) const;
    void update();
    int groupOf(const QString& id) const;
    QString idOf(int group) const;

    std::shared_ptr<const Comparison> comparison_;
    std::vector<CompareRow> rows_;
    QComboBox* y_;
    QComboBox* x_;
    QAction* logX_;
    QAction* logY_;
    ScatterPlot* plot_;
};

} // namespace inlay::widgets

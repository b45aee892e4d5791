#pragma once

#include <vector>

#include <QTreeView>

#include "engine/store/run_record.h"

namespace inlay::widgets {

class RunTableModel;

/// The run table: state, pin, star and name in the first column, the chosen columns after it. Keeps
/// selection and place by run when the rows move.
class RunTableView : public QTreeView {
    Q_OBJECT

public:
    explicit RunTableView(RunTableModel* model, QWidget* parent = nullptr);

    /// Selected runs, those of groups included; the current one first.
    std::vector<engine::RunId> selectedRuns() const;
    void selectRuns(const std::vector<engine::RunId>& runs);
    /// Selected rows as lines of tab-separated texts under the headers.
    QString selectionAsText() const;

signals:
    void runsSelected(const std::vector<inlay::engine::RunId>& runs);
    /// A key has moved the selection.
    void chosenByKeyboard();
    void columnMenuWanted(const QPoint& globalPosition, int section);

protected:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                 const QModelIndex& index) const override;
    void drawBranches(QPainter* painter, const QRect& rect,
                      const QModelIndex& index) const override;
    void selectionChanged(const QItemSelection& selected,
                          const QItemSelection& deselected) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void beforeReset();
    void afterReset();
    void fitColumns();
    void fitNameColumn();

    RunTableModel* runs_;
    std::vector<engine::RunId> kept_;
    std::vector<engine::RunId> announced_;
    std::vector<engine::RunId> expanded_;
    int scroll_ = 0;
    bool isResetting_ = false;
};

} // namespace inlay::widgets

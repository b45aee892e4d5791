#pragma once

#include <QWidget>

#include "engine/store/run_record.h"

class QLabel;
class QProgressBar;
class QStackedWidget;
class QToolButton;

namespace inlay::widgets {

class RunColumnCatalog;

/// One line of the jobs: state, name, kind, progress, time left, device, what it does, buttons.
class JobRow : public QWidget {
    Q_OBJECT

public:
    explicit JobRow(QWidget* parent = nullptr);

    /// Shows a run as it is now; `waitsFor` is the name of the run that a queued one stands behind.
    void setRun(const engine::RunRecord& run, const RunColumnCatalog& catalog,
                const QString& waitsFor);

signals:
    void actionWanted(const QString& action);
    void activated();

protected:
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void setCell(QLabel* label, const QString& text);
    void setIcon();
    void elide();
    QString stateText(const engine::RunRecord& run, const QString& waitsFor) const;
    QString activityText(const engine::RunRecord& run) const;

    QLabel* icon_;
    QLabel* name_;
    QLabel* kind_;
    QStackedWidget* middle_;
    QLabel* state_;
    QProgressBar* progress_;
    QLabel* percent_;
    QLabel* time_;
    QLabel* device_;
    QLabel* activity_;
    QToolButton* hold_;
    QToolButton* end_;
    QToolButton* log_;
    QString status_;
};

} // namespace inlay::widgets

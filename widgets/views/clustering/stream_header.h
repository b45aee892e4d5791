#pragma once

#include <QWidget>

#include "engine/store/run_record.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace inlay::widgets {

class ElidedLabel;
class StateChip;

/// Name, state and progress of a clustering run, what one can do with it, and how it ended.
class StreamHeader : public QWidget {
    Q_OBJECT

public:
    explicit StreamHeader(QWidget* parent);
    void setRun(const engine::RunRecord& run);

signals:
    /// "pause", "continue", "stop", "resume".
    void actionWanted(const QString& action);

private:
    QPushButton* makeButton(const QString& iconName, const QString& text, const QString& action);

    ElidedLabel* name_;
    StateChip* chip_;
    QProgressBar* progress_;
    ElidedLabel* status_;
    QPushButton* pause_;
    QPushButton* goOn_;
    QPushButton* stop_;
    QPushButton* resume_;
    QLabel* sentence_;
};

} // namespace inlay::widgets

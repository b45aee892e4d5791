#pragma once

#include <QWidget>

#include "engine/store/run_record.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace inlay::widgets {

class ElidedLabel;
class StateChip;

/// Name, state, progress and time left of a run, what one can do with it, and the sentence of how
/// it ended, with what to do.
class TrainingHeader : public QWidget {
    Q_OBJECT

public:
    explicit TrainingHeader(QWidget* parent);

    void setRun(const engine::RunRecord& run);
    /// Whether the run's learning rate can be moved and a fork begun from its checkpoints; true
    /// until told otherwise.
    void setTrains(bool trains);

signals:
    /// "pause", "continue", "stop", "resume", "set learning_rate", "fork", "convert".
    void actionWanted(const QString& action);

private:
    QPushButton* makeButton(const QString& iconName, const QString& text, const QString& action);

    bool trains_ = true;
    ElidedLabel* name_;
    StateChip* chip_;
    QProgressBar* progress_;
    ElidedLabel* status_;
    QPushButton* pause_;
    QPushButton* goOn_;
    QPushButton* stop_;
    QPushButton* resume_;
    QPushButton* learningRate_;
    QPushButton* fork_;
    QPushButton* convert_;
    QWidget* line_;
    QLabel* sentence_;
};

/// How an ended run came to its end and what to do; empty for others.
QString endSentence(const engine::RunRecord& run);

} // namespace inlay::widgets

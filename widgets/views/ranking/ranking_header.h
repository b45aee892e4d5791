#pragma once

#include <QWidget>

#include "engine/store/run_record.h"

class QLabel;
class QPushButton;

namespace inlay::widgets {

class ElidedLabel;
class StateChip;

/// Name, state and a line of words about a ranking run, and what one can do with it.
class RankingHeader : public QWidget {
    Q_OBJECT

public:
    explicit RankingHeader(QWidget* parent);

    /// `words` describe the set-up: "200 items, flips 0.1, 5 replicates".
    void setRun(const engine::RunRecord& run, const QString& words, bool canExport);
    /// Whether the ranking is one of recorded runs, which can have their places as a column.
    void setRanksRuns(bool ranksRuns);

signals:
    /// "pause", "continue", "stop", "resume", "place column".
    void actionWanted(const QString& action);
    void exportWanted();

private:
    QPushButton* makeButton(const QString& iconName, const QString& text, const QString& action);

    ElidedLabel* name_;
    StateChip* chip_;
    ElidedLabel* words_;
    QPushButton* pause_;
    QPushButton* goOn_;
    QPushButton* resume_;
    QPushButton* stop_;
    QPushButton* column_;
    QPushButton* export_;
    QLabel* sentence_;
};

} // namespace inlay::widgets

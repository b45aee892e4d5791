#pragma once

#include <optional>

#include <QFrame>

#include "engine/analysis/training_cost.h"

class QGridLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace inlay::widgets {

/// What the network being typed costs beside its dense twin: parameters, work, predicted time,
/// limits, and in words what it does to samples and sizes.
class CostCard : public QFrame {
    Q_OBJECT

public:
    explicit CostCard(QWidget* parent = nullptr);

    /// `problem`: why a measured machine predicts nothing; empty otherwise.
    void setCost(const engine::TrainingCost& cost, const QString& problem);
    /// The set-up has issues: the last figures stay, faint.
    void setOutdated();
    /// The machine is being measured: in place of the button.
    enum class Measuring { No, Yes };
    void setMeasuring(Measuring measuring);
    /// All that is shown, line by line, for tests and screen readers.
    QString text() const;

signals:
    void measureWanted();

private:
    struct Line {
        QLabel* title;
        QLabel* dense;
        QLabel* now;
        QLabel* ratio;
    };
    struct Fact {
        QLabel* title;
        QLabel* value;
    };
    Line addLine(const QString& title);
    Fact addFact();
    void setRemarks(const engine::TrainingCost& cost, const QString& problem);
    void setFaint(bool faint);

    QVBoxLayout* layout_;
    QGridLayout* grid_;
    Line parameters_;
    Line work_;
    Line step_;
    QLabel* unmeasured_;
    QGridLayout* facts_;
    QFrame* rule_;
    Fact speedup_;
    Fact breakEven_;
    QWidget* remarks_ = nullptr;
    QPushButton* measure_;
    bool measured_ = false;
};

} // namespace inlay::widgets

#pragma once

#include <optional>
#include <vector>

#include <QDialog>

#include "engine/runner/experiment_kind.h"
#include "engine/schema/project_file.h"
#include "widgets/forms/form_worker.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace inlay::widgets {

class NumberEdit;

/// Makes several runs of a set-up: parameters with the values they take in turn, and seeds. It does
/// not block the window.
class SweepDialog : public QDialog {
    Q_OBJECT

public:
    SweepDialog(const engine::ExperimentKind& kind, engine::ProjectFile project,
                QWidget* parent = nullptr);

    /// The set-up with the grid and the seeds of the dialog.
    engine::ProjectFile project() const;
    std::size_t runs() const;
    /// Predicted time of one run as set up, for the estimate of all.
    void setSecondsPerRun(double seconds);
    void addAxis(const QString& key, const QString& values);
    QString summary() const;
    QString problem() const;

signals:
    void sweepWanted(const inlay::engine::ProjectFile& project);
    /// A check came back.
    void checked();

private:
    struct Axis {
        QWidget* widget;
        QComboBox* key;
        QLineEdit* values;
    };
    void removeAxis(QWidget* widget);
    void update();
    void showReport(const SetupReport& report);

    const engine::ExperimentKind& kind_;
    engine::ProjectFile project_;
    FormWorker worker_;
    std::vector<Axis> axes_;
    std::optional<double> secondsPerRun_;
    std::vector<engine::Issue> gridIssues_;
    QVBoxLayout* list_ = nullptr;
    NumberEdit* seeds_ = nullptr;
    QLabel* summary_ = nullptr;
    QLabel* problem_ = nullptr;
    QPushButton* start_ = nullptr;
};

} // namespace inlay::widgets

#pragma once

#include <QDialog>

#include "engine/schema/project_file.h"

class QLabel;
class QPlainTextEdit;
class QPushButton;
class QSpinBox;

namespace inlay::app {

/// Turns a set-up into many runs: values per parameter and a number of seeds. Not modal.
class SweepDialog : public QDialog {
    Q_OBJECT

public:
    /// `schema` outlives the dialog.
    SweepDialog(engine::ProjectFile project, const engine::AnySchema& schema, QWidget* parent);

signals:
    void sweepWanted(const inlay::engine::ProjectFile& project);

private:
    void check();

    engine::ProjectFile project_;
    engine::ProjectFile wanted_;
    const engine::AnySchema& schema_;
    QPlainTextEdit* grid_;
    QSpinBox* seeds_;
    QLabel* verdict_;
    QPushButton* run_;
};

} // namespace inlay::app

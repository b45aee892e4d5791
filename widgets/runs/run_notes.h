#pragma once

#include <memory>
#include <vector>

#include <QWidget>

#include "engine/store/run_table.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace inlay::widgets {

class RunEdits;

/// Tags and notes of the selected runs, edited in place. Tags are those that all of them have; a
/// note belongs to the first one.
class RunNotes : public QWidget {
    Q_OBJECT

public:
    explicit RunNotes(RunEdits& edits, QWidget* parent = nullptr);

    void setRuns(std::shared_ptr<const engine::RunTable> table,
                 const std::vector<engine::RunId>& runs);
    /// Writes what was typed and not yet left.
    void apply();
    QLineEdit* tagEdit() const { return tags_; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QStringList commonTags() const;
    void applyTags();
    void applyNotes();

    RunEdits& edits_;
    std::shared_ptr<const engine::RunTable> table_;
    std::vector<engine::RunId> runs_;
    QLabel* heading_;
    QLineEdit* tags_;
    QPlainTextEdit* notes_;
    QString shownTags_;
    QString shownNotes_;
};

} // namespace inlay::widgets

#pragma once

#include <QWidget>

#include "engine/schema/field.h"

class QLabel;
class QToolButton;

namespace inlay::widgets {

class FieldEditor;

/// One parameter of a form: label, mark of a changed value, editor and, below it, what is wrong.
class FormRow : public QWidget {
    Q_OBJECT

public:
    FormRow(engine::FieldInfo field, QWidget* parent);

    const engine::FieldInfo& field() const { return field_; }
    /// Whether this row can go on showing `field`.
    bool fits(const engine::FieldInfo& field) const;

    engine::Json value() const;
    void setValue(const engine::Json& value);
    FieldEditor* editor() const { return editor_; }
    QString title() const;
    /// The value in words, for the summary of a folded group.
    QString valueInWords() const;
    /// Whether the value is not the default; never where the field has none.
    bool isChanged() const;

    /// Sentences as the schema gives them; they are shown with the title in place of the key.
    void setIssues(const QStringList& sentences);
    QStringList issues() const { return issues_; }
    void focusEditor();
    /// Focus order of the row's controls after `previous`; returns the last of them.
    QWidget* chainTabOrder(QWidget* previous);

signals:
    void edited();

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void reset();
    void updateMark();

    engine::FieldInfo field_;
    FieldEditor* editor_ = nullptr;
    QLabel* label_ = nullptr;
    QToolButton* reset_ = nullptr;
    QWidget* issueBox_ = nullptr;
    QLabel* issueLabel_ = nullptr;
    QStringList issues_;
};

} // namespace inlay::widgets

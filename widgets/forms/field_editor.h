#pragma once

#include <QWidget>

#include "engine/base/json.h"
#include "engine/schema/field.h"

namespace inlay::widgets {

/// The control of one parameter. It shows and returns wrong values as they are, so that the schema
/// alone says what is wrong.
class FieldEditor : public QWidget {
    Q_OBJECT

public:
    /// Beside the label, or below it over the whole width.
    enum class Place { Beside, Below };
    enum class Mark { None, Invalid };

    explicit FieldEditor(QWidget* parent = nullptr)
        : QWidget(parent) {}

    virtual engine::Json value() const = 0;
    /// Emits nothing.
    virtual void setValue(const engine::Json& value) = 0;
    virtual Place place() const { return Place::Beside; }
    /// What the label is buddy of.
    virtual QWidget* focusTarget() = 0;
    /// All controls that take the name and the help text.
    virtual QList<QWidget*> controls() { return {focusTarget()}; }

    void setNames(const QString& title, const QString& help);
    /// Draws the frame of the controls as wrong.
    void setMark(Mark mark);

signals:
    /// A person changed the value.
    void edited();
};

/// The editor that fits a field: check box, spin box, buttons or combo box, line edit, path, rules.
FieldEditor* makeFieldEditor(const engine::FieldInfo& field, QWidget* parent);

} // namespace inlay::widgets

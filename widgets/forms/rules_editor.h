#pragma once

#include <memory>
#include <vector>

#include "widgets/forms/field_editor.h"

class QLineEdit;
class QToolButton;
class QVBoxLayout;

namespace inlay::widgets {

/// A list of structs, one line each: the members side by side, nested ones as JSON.
class RulesEditor : public FieldEditor {
    Q_OBJECT

public:
    RulesEditor(const engine::FieldInfo& field, QWidget* parent);

    engine::Json value() const override;
    void setValue(const engine::Json& value) override;
    Place place() const override { return Place::Below; }
    QWidget* focusTarget() override;
    QList<QWidget*> controls() override;

private:
    struct Line {
        QWidget* widget = nullptr;
        std::vector<QLineEdit*> edits;
    };
    void addLine(const engine::Json& item);
    void removeLine(QWidget* widget);
    void renumber();

    engine::FieldInfo field_;
    std::vector<std::string> members_;
    std::vector<Line> lines_;
    QVBoxLayout* list_ = nullptr;
    QToolButton* add_ = nullptr;
};

} // namespace inlay::widgets

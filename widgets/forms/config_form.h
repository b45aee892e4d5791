#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <QWidget>

#include "engine/schema/any_schema.h"
#include "widgets/forms/kind_memory.h"

class QVBoxLayout;

namespace inlay::widgets {

class FormRow;
class FormSection;

/// The form of a config, made from its schema: the active fields, grouped. It holds the values as
/// typed and checks nothing itself; issues are given to it.
class ConfigForm : public QWidget {
    Q_OBJECT

public:
    explicit ConfigForm(QWidget* parent = nullptr);

    /// Shows a partial config. The schema outlives the form.
    void setConfig(const engine::AnySchema& schema, engine::Json values);
    /// What differs from the defaults.
    engine::Json values() const;

    /// Shows each issue at its field, or at the nearest one around it; returns those that belong
    /// to none.
    std::vector<engine::Issue> setIssues(const std::vector<engine::Issue>& issues);
    /// The row of an active field, or null.
    FormRow* row(const std::string& key) const;
    FormSection* section(const QString& title) const;
    QList<FormRow*> rows() const;
    /// Unfolds what hides the first row with an issue and gives it the focus.
    void focusFirstIssue();

    /// A widget at the end of the section that holds fields below `prefix` ("network."), shown
    /// only while there are such fields. Taken over.
    void setCompanion(const std::string& prefix, QWidget* widget);
    /// Puts the controls in reading order after `previous`; returns the last one.
    QWidget* chainTabOrder(QWidget* previous);

signals:
    /// A person changed a value; values() has it.
    void changed();
    /// Rows came or went.
    void rebuilt();

private:
    void take(FormRow* row);
    void rebuild();
    QString sectionTitle(const engine::FieldInfo& field) const;
    void updateSummaries();

    const engine::AnySchema* schema_ = nullptr;
    engine::Json values_ = engine::Json::object();
    KindMemory memory_;
    QVBoxLayout* layout_ = nullptr;
    std::map<std::string, FormRow*> rows_;
    std::vector<std::string> order_;
    std::vector<FormSection*> sections_;
    std::map<std::string, std::string> sectionOfGroup_;
    std::string companionPrefix_;
    QWidget* companion_ = nullptr;
};

} // namespace inlay::widgets

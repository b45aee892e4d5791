#include "widgets/forms/config_form.h"

#include <algorithm>
#include <set>
#include <utility>

#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/forms/form_row.h"
#include "widgets/forms/form_section.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::AnySchema;
using engine::FieldInfo;
using engine::Issue;
using engine::Json;

namespace {

/// Groups of fewer parameters share the section of the ungrouped ones.
constexpr std::size_t kSmallGroup = 3;

/// For every outermost group the number of its different keys under any value.
std::map<std::string, std::size_t> groupSizes(const AnySchema& schema) {
    std::map<std::string, std::set<std::string>> keys;
    for (const FieldInfo& field : schema.allFields())
        if (field.key.find("[]") == std::string::npos && !field.groups.empty())
            keys[field.groups.front()].insert(field.key);
    std::map<std::string, std::size_t> sizes;
    for (const auto& [group, names] : keys)
        sizes[group] = names.size();
    return sizes;
}

} // namespace

ConfigForm::ConfigForm(QWidget* parent)
    : QWidget(parent) {
    layout_ = new QVBoxLayout(this);
    layout_->setContentsMargins(0, 0, 0, 0);
    layout_->setSpacing(scaled(9, font()));
}

void ConfigForm::setConfig(const AnySchema& schema, Json values) {
    if (schema_ != &schema) {
        memory_ = KindMemory();
        sectionOfGroup_.clear();
        for (const auto& [group, size] : groupSizes(schema))
            sectionOfGroup_[group] = size < kSmallGroup ? std::string() : group;
    }
    schema_ = &schema;
    values_ = values.is_object() ? std::move(values) : Json::object();
    rebuild();
}

Json ConfigForm::values() const {
    return schema_ ? schema_->reduce(values_) : Json::object();
}

QString ConfigForm::sectionTitle(const FieldInfo& field) const {
    const std::string group = field.groups.empty() ? "" : sectionOfGroup_.at(field.groups.front());
    return group.empty() ? tr("General") : QString::fromStdString(group);
}

void ConfigForm::rebuild() {
    const std::vector<FieldInfo> fields = schema_->fields(values_);
    const Json full = schema_->complete(values_);
    std::map<std::string, FormRow*> old = std::exchange(rows_, {});
    std::vector<FormSection*> used;
    std::map<FormSection*, QList<QWidget*>> main;
    std::map<FormSection*, QList<QWidget*>> more;
    FormSection* companionSection = nullptr;
    order_.clear();
    for (const FieldInfo& field : fields) {
        const QString title = sectionTitle(field);
        FormSection* home = section(title);
        if (!home) {
            home = new FormSection(title, this);
            sections_.push_back(home);
        }
        if (std::find(used.begin(), used.end(), home) == used.end())
            used.push_back(home);
        FormRow* row = nullptr;
        const auto known = old.find(field.key);
        if (known != old.end() && known->second->fits(field)) {
            row = known->second;
            old.erase(known);
        } else {
            row = new FormRow(field, home);
            connect(row, &FormRow::edited, this, [this, row] { take(row); });
        }
        if (const Json* value = engine::findPath(full, field.key))
            row->setValue(*value);
        rows_[field.key] = row;
        order_.push_back(field.key);
        (field.advanced ? more : main)[home] << row;
        if (companion_ && field.key.starts_with(companionPrefix_))
            companionSection = home;
    }
    for (const auto& [key, row] : old) {
        row->hide();
        row->deleteLater();
    }
    while (QLayoutItem* item = layout_->takeAt(0))
        delete item;
    for (FormSection* each : sections_) {
        if (std::find(used.begin(), used.end(), each) != used.end())
            continue;
        if (companion_ && each->isAncestorOf(companion_))
            companion_->setParent(this);
        each->hide();
        each->deleteLater();
    }
    sections_ = used;
    for (FormSection* each : sections_) {
        each->setRows(FormSection::Rows::Main, main[each]);
        each->setRows(FormSection::Rows::More, more[each]);
        each->setFooter(each == companionSection ? companion_ : nullptr);
        layout_->addWidget(each);
        each->show();
    }
    if (companion_)
        companion_->setVisible(companionSection != nullptr);
    updateSummaries();
    emit rebuilt();
}

void ConfigForm::take(FormRow* row) {
    const FieldInfo field = row->field();
    const Json value = row->value();
    if (field.discriminator && value.is_string())
        memory_.choose(*schema_, values_, field.key, value.get<std::string>());
    else
        engine::setPath(values_, field.key, value);
    // Only choices and check boxes are conditions of other fields.
    if (field.type == engine::FieldType::Choice || field.type == engine::FieldType::Boolean)
        rebuild();
    else
        updateSummaries();
    emit changed();
}

void ConfigForm::updateSummaries() {
    for (FormSection* each : sections_) {
        QStringList words;
        for (const std::string& key : order_) {
            const FormRow* row = rows_.at(key);
            if (!each->isAncestorOf(row) || (row->field().advanced && !row->isChanged()))
                continue;
            const bool named = row->field().type == engine::FieldType::Choice;
            words << (named ? row->valueInWords()
                            : row->title() + QLatin1Char(' ') + row->valueInWords());
        }
        each->setSummary(words.join(QStringLiteral(" · ")));
    }
}

std::vector<Issue> ConfigForm::setIssues(const std::vector<Issue>& issues) {
    std::map<FormRow*, QStringList> sentences;
    std::vector<Issue> homeless;
    for (const Issue& issue : issues) {
        FormRow* best = nullptr;
        std::size_t length = 0;
        for (const auto& [key, row] : rows_) {
            const bool inside = issue.key.starts_with(key) &&
                                (issue.key.size() == key.size() || issue.key[key.size()] == '.' ||
                                 issue.key[key.size()] == '[');
            // What concerns a whole variant is shown where it is chosen.
            const bool around = row->field().discriminator && issue.key + ".kind" == key;
            if ((inside || around) && key.size() > length) {
                best = row;
                length = key.size();
            }
        }
        if (best)
            sentences[best] << QString::fromStdString(issue.message);
        else
            homeless.push_back(issue);
    }
    for (const auto& [key, row] : rows_)
        row->setIssues(sentences[row]);
    return homeless;
}

FormRow* ConfigForm::row(const std::string& key) const {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : found->second;
}

FormSection* ConfigForm::section(const QString& title) const {
    for (FormSection* each : sections_)
        if (each->title() == title)
            return each;
    return nullptr;
}

QList<FormRow*> ConfigForm::rows() const {
    QList<FormRow*> rows;
    for (const std::string& key : order_)
        rows << rows_.at(key);
    return rows;
}

void ConfigForm::focusFirstIssue() {
    for (FormRow* each : rows()) {
        if (each->issues().isEmpty())
            continue;
        for (FormSection* home : sections_) {
            if (!home->isAncestorOf(each))
                continue;
            home->setFolded(false);
            if (each->field().advanced)
                home->setMoreShown(true);
        }
        each->focusEditor();
        return;
    }
}

void ConfigForm::setCompanion(const std::string& prefix, QWidget* widget) {
    companionPrefix_ = prefix;
    companion_ = widget;
    companion_->setParent(this);
    companion_->hide();
    if (schema_)
        rebuild();
}

QWidget* ConfigForm::chainTabOrder(QWidget* previous) {
    const auto after = [&previous](QWidget* next) {
        if (previous)
            QWidget::setTabOrder(previous, next);
        previous = next;
    };
    for (FormSection* each : sections_) {
        after(each->header());
        for (const bool advanced : {false, true}) {
            if (advanced)
                after(each->moreButton());
            for (FormRow* row : rows())
                if (each->isAncestorOf(row) && row->field().advanced == advanced)
                    previous = row->chainTabOrder(previous);
        }
    }
    return previous;
}

} // namespace inlay::widgets

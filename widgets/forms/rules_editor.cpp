#include "widgets/forms/rules_editor.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLineEdit>
#include <QToolButton>
#include <QVBoxLayout>

#include "engine/schema/any_schema.h"
#include "engine/schema/assignments.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::FieldInfo;
using engine::Json;

namespace {

QString textOf(const Json& value) {
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    return QString::fromStdString(engine::dumpJson(value));
}

} // namespace

RulesEditor::RulesEditor(const FieldInfo& field, QWidget* parent)
    : FieldEditor(parent)
    , field_(field) {
    const Json item = field.item ? field.item->defaults() : Json::object();
    for (const auto& [name, value] : item.items())
        members_.push_back(name);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kFormRowGap, font()));
    list_ = new QVBoxLayout;
    list_->setSpacing(scaled(measure::kFormRowGap, font()));
    layout->addLayout(list_);
    add_ = new QToolButton(this);
    add_->setText(tr("Add rule"));
    add_->setIcon(icon(QStringLiteral("plus")));
    add_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    add_->setFocusPolicy(Qt::StrongFocus);
    layout->addWidget(add_, 0, Qt::AlignLeft);
    connect(add_, &QToolButton::clicked, this, [this] {
        addLine(field_.item ? field_.item->defaults() : Json::object());
        lines_.back().edits.front()->setFocus();
        emit edited();
    });
}

Json RulesEditor::value() const {
    Json list = Json::array();
    for (const Line& line : lines_) {
        Json item = Json::object();
        for (std::size_t i = 0; i < members_.size(); ++i) {
            const std::string text = line.edits[i]->text().toStdString();
            const engine::FieldInfo* known = nullptr;
            const auto fields =
                field_.item ? field_.item->allFields() : std::vector<engine::FieldInfo>();
            for (const engine::FieldInfo& each : fields)
                if (each.key == members_[i])
                    known = &each;
            const bool isText = known && (known->type == engine::FieldType::Text ||
                                          known->type == engine::FieldType::Path);
            // An empty line edit leaves the member at its default.
            if (text.empty() && known && !isText)
                continue;
            item[members_[i]] = isText ? Json(text) : engine::valueFromText(text);
        }
        list.push_back(std::move(item));
    }
    return list;
}

void RulesEditor::setValue(const Json& value) {
    if (!value.is_array() || value == this->value())
        return;
    while (!lines_.empty())
        removeLine(lines_.back().widget);
    for (const Json& item : value)
        addLine(item);
}

void RulesEditor::addLine(const Json& item) {
    Line line;
    line.widget = new QWidget(this);
    auto* layout = new QHBoxLayout(line.widget);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kFormRowGap, font()));
    const Json reduced = field_.item ? field_.item->reduce(item) : item;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const std::string& member = members_[i];
        auto* edit = new QLineEdit(line.widget);
        const Json* given = item.contains(member) ? &item.at(member) : nullptr;
        // Of a nested value what differs from the defaults is enough, and fits the line.
        if (given && given->is_object() && reduced.contains(member))
            given = &reduced.at(member);
        if (given)
            edit->setText(textOf(*given));
        edit->setCursorPosition(0);
        connect(edit, &QLineEdit::textChanged, this, &FieldEditor::edited);
        layout->addWidget(edit, i == 0 ? 2 : 3);
        line.edits.push_back(edit);
    }
    auto* remove = new QToolButton(line.widget);
    remove->setIcon(icon(QStringLiteral("close")));
    remove->setFocusPolicy(Qt::StrongFocus);
    remove->setObjectName(QStringLiteral("remove"));
    layout->addWidget(remove);
    connect(remove, &QToolButton::clicked, this, [this, widget = line.widget] {
        removeLine(widget);
        emit edited();
    });
    list_->addWidget(line.widget);
    lines_.push_back(std::move(line));
    renumber();
}

void RulesEditor::removeLine(QWidget* widget) {
    std::erase_if(lines_, [widget](const Line& line) { return line.widget == widget; });
    list_->removeWidget(widget);
    widget->hide();
    widget->deleteLater();
    renumber();
}

void RulesEditor::renumber() {
    const auto fields = field_.item ? field_.item->allFields() : std::vector<FieldInfo>();
    for (std::size_t row = 0; row < lines_.size(); ++row) {
        for (std::size_t i = 0; i < members_.size(); ++i) {
            QString title = QString::fromStdString(members_[i]);
            QString help = tr("JSON, e.g. {\"kind\": \"stl\", \"rank\": 16}");
            for (const FieldInfo& each : fields) {
                if (each.key == members_[i])
                    help = QString::fromStdString(each.help);
                if (each.key == members_[i] || each.key == members_[i] + ".kind")
                    title = QString::fromStdString(each.title);
            }
            lines_[row].edits[i]->setAccessibleName(
                tr("Rule %1: %2").arg(static_cast<int>(row) + 1).arg(title));
            lines_[row].edits[i]->setPlaceholderText(title);
            lines_[row].edits[i]->setToolTip(help);
        }
        auto* remove = lines_[row].widget->findChild<QToolButton*>(QStringLiteral("remove"));
        remove->setAccessibleName(tr("Remove rule %1").arg(static_cast<int>(row) + 1));
        remove->setToolTip(remove->accessibleName());
    }
}

QWidget* RulesEditor::focusTarget() {
    return lines_.empty() ? static_cast<QWidget*>(add_) : lines_.front().edits.front();
}

QList<QWidget*> RulesEditor::controls() {
    return {};
}

} // namespace inlay::widgets

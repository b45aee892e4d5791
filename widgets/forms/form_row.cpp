#include "widgets/forms/form_row.h"

#include <utility>

#include <QAbstractSpinBox>
#include <QContextMenuEvent>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include "widgets/forms/field_editor.h"
#include "widgets/forms/number_edit.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::Choice;
using engine::FieldInfo;
using engine::FieldType;
using engine::Json;

namespace {

constexpr double kResetWidth = 16;

QString wordsFor(const FieldInfo& field, const Json& value) {
    if (value.is_number())
        return textFromNumber(value) +
               (field.unit.empty() ? QString()
                                   : QStringLiteral(" ") + QString::fromStdString(field.unit));
    if (value.is_boolean())
        return value.get<bool>() ? FormRow::tr("on") : FormRow::tr("off");
    for (const Choice& choice : field.choices)
        if (value == Json(choice.id))
            return QString::fromStdString(choice.title);
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (value.is_array() && field.type != FieldType::Rules) {
        QStringList parts;
        for (const Json& element : value)
            parts << (element.is_number() ? textFromNumber(element)
                                          : QString::fromStdString(engine::dumpJson(element)));
        return parts.join(QStringLiteral("–"));
    }
    if (value.is_array())
        return FormRow::tr("%n rule(s)", nullptr, static_cast<int>(value.size()));
    return QString::fromStdString(engine::dumpJson(value));
}

} // namespace

FormRow::FormRow(FieldInfo field, QWidget* parent)
    : QWidget(parent)
    , field_(std::move(field)) {
    editor_ = makeFieldEditor(field_, this);
    editor_->setNames(title(), QString::fromStdString(field_.help));

    label_ = new QLabel(title(), this);
    label_->setProperty("role", QStringLiteral("muted"));
    label_->setToolTip(QString::fromStdString(field_.help));
    label_->setWordWrap(true);
    label_->setBuddy(editor_->focusTarget());

    reset_ = new QToolButton(this);
    reset_->setIcon(icon(QStringLiteral("restore"), IconColor::Accent));
    reset_->setIconSize(QSize(scaled(12, font()), scaled(12, font())));
    reset_->setStyleSheet(QStringLiteral("QToolButton { padding: 0; }"));
    reset_->setFixedSize(scaled(kResetWidth, font()), scaled(kResetWidth, font()));
    reset_->setFocusPolicy(Qt::TabFocus);
    reset_->setToolTip(
        tr("Changed; back to the default, %1").arg(wordsFor(field_, field_.defaultValue)));
    reset_->setAccessibleName(tr("Reset %1").arg(title()));
    QSizePolicy keep = reset_->sizePolicy();
    keep.setRetainSizeWhenHidden(true);
    reset_->setSizePolicy(keep);
    connect(reset_, &QToolButton::clicked, this, &FormRow::reset);

    issueBox_ = new QWidget(this);
    auto* issueLayout = new QGridLayout(issueBox_);
    issueLayout->setContentsMargins(0, 0, 0, scaled(4, font()));
    issueLayout->setHorizontalSpacing(scaled(4, font()));
    auto* mark = new QLabel(issueBox_);
    mark->setPixmap(icon(QStringLiteral("error"), IconColor::Bad).pixmap(scaled(14, font())));
    mark->setAccessibleName(tr("Issue"));
    issueLabel_ = new QLabel(issueBox_);
    issueLabel_->setProperty("role", QStringLiteral("bad"));
    issueLabel_->setWordWrap(true);
    issueLabel_->setTextFormat(Qt::PlainText);
    issueLabel_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    issueLayout->addWidget(mark, 0, 0, Qt::AlignTop);
    issueLayout->addWidget(issueLabel_, 0, 1);
    issueLayout->setColumnStretch(1, 1);
    issueBox_->hide();

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(0);
    grid->setVerticalSpacing(scaled(2, font()));
    const bool beside = editor_->place() == FieldEditor::Place::Beside;
    // Label and mark take the label's width and the gap together.
    if (beside)
        label_->setFixedWidth(scaled(measure::kFormLabelWidth + 8 - kResetWidth, font()));
    grid->addWidget(label_, 0, 0);
    grid->addWidget(reset_, 0, 1);
    if (beside)
        grid->addWidget(editor_, 0, 2);
    else
        grid->addWidget(editor_, 1, 0, 1, 3);
    grid->addWidget(issueBox_, 2, 0, 1, 3);
    grid->setColumnStretch(beside ? 2 : 0, 1);
    grid->setRowMinimumHeight(0, scaled(measure::kFieldHeight, font()));

    connect(editor_, &FieldEditor::edited, this, [this] {
        updateMark();
        emit edited();
    });
    updateMark();
}

bool FormRow::fits(const FieldInfo& field) const {
    if (field.choices.size() != field_.choices.size())
        return false;
    for (std::size_t i = 0; i < field.choices.size(); ++i)
        if (field.choices[i].id != field_.choices[i].id)
            return false;
    return field.key == field_.key && field.type == field_.type && field.title == field_.title &&
           field.help == field_.help && field.unit == field_.unit &&
           field.minimum == field_.minimum && field.maximum == field_.maximum &&
           field.item == field_.item && field.defaultValue == field_.defaultValue;
}

Json FormRow::value() const {
    return editor_->value();
}

void FormRow::setValue(const Json& value) {
    editor_->setValue(value);
    updateMark();
}

QString FormRow::title() const {
    return QString::fromStdString(field_.title.empty() ? field_.key : field_.title);
}

QString FormRow::valueInWords() const {
    return wordsFor(field_, value());
}

bool FormRow::isChanged() const {
    return !field_.defaultValue.is_null() && value() != field_.defaultValue;
}

void FormRow::setIssues(const QStringList& sentences) {
    if (sentences == issues_)
        return;
    issues_ = sentences;
    const QString key = QString::fromStdString(field_.key);
    const QString lastPart = key.section(QLatin1Char('.'), -1);
    QStringList shown;
    for (const QString& sentence : sentences) {
        QString text = sentence;
        for (const QString& start : {key, lastPart}) {
            if (text.startsWith(start + QLatin1Char(' '))) {
                text.replace(0, start.size(), title());
                break;
            }
        }
        shown << text;
    }
    issueLabel_->setText(shown.join(QLatin1Char('\n')));
    issueLabel_->setToolTip(sentences.join(QLatin1Char('\n')));
    issueBox_->setVisible(!sentences.isEmpty());
    editor_->setMark(sentences.isEmpty() ? FieldEditor::Mark::None : FieldEditor::Mark::Invalid);
    const QString help = QString::fromStdString(field_.help);
    for (QWidget* control : editor_->controls())
        control->setAccessibleDescription(
            sentences.isEmpty() ? help : shown.join(QLatin1Char(' ')) + QLatin1Char(' ') + help);
}

void FormRow::focusEditor() {
    editor_->focusTarget()->setFocus(Qt::OtherFocusReason);
}

QWidget* FormRow::chainTabOrder(QWidget* previous) {
    QList<QWidget*> all{reset_};
    for (QWidget* child : editor_->findChildren<QWidget*>())
        // The list of a combo box is a window of its own.
        if (child->focusPolicy() & Qt::TabFocus && child->window() == window() &&
            !child->focusProxy() && !qobject_cast<QAbstractSpinBox*>(child->parentWidget()))
            all << child;
    for (QWidget* next : all) {
        if (previous)
            setTabOrder(previous, next);
        previous = next;
    }
    return previous;
}

void FormRow::contextMenuEvent(QContextMenuEvent* event) {
    if (!isChanged())
        return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(reset_->toolTip(), this, &FormRow::reset);
    menu->popup(event->globalPos());
}

void FormRow::reset() {
    focusEditor();
    setValue(field_.defaultValue);
    emit edited();
}

void FormRow::updateMark() {
    reset_->setVisible(isChanged());
}

} // namespace inlay::widgets

#include "widgets/forms/field_editor.h"

#include <QAbstractSpinBox>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QRegularExpression>
#include <QStyle>
#include <QToolButton>
#include <QWheelEvent>

#include "widgets/forms/number_edit.h"
#include "widgets/forms/rules_editor.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::Choice;
using engine::FieldInfo;
using engine::FieldType;
using engine::Json;

namespace {

QString qt(const std::string& text) {
    return QString::fromStdString(text);
}

QHBoxLayout* rowLayout(QWidget* owner) {
    auto* layout = new QHBoxLayout(owner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kGap, owner->font()));
    return layout;
}

/// A combo box that leaves the wheel to the form unless it has the focus.
class QuietComboBox : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void wheelEvent(QWheelEvent* event) override {
        if (hasFocus())
            QComboBox::wheelEvent(event);
        else
            event->ignore();
    }
};

class ToggleEditor final : public FieldEditor {
public:
    explicit ToggleEditor(QWidget* parent)
        : FieldEditor(parent)
        , box_(new QCheckBox(this)) {
        rowLayout(this)->addWidget(box_);
        connect(box_, &QCheckBox::toggled, this, [this] {
            raw_ = box_->isChecked();
            emit edited();
        });
    }
    Json value() const override { return raw_; }
    void setValue(const Json& value) override {
        const QSignalBlocker blocker(box_);
        raw_ = value;
        box_->setChecked(value.is_boolean() && value.get<bool>());
    }
    QWidget* focusTarget() override { return box_; }

private:
    QCheckBox* box_;
    Json raw_ = false;
};

class NumberEditor final : public FieldEditor {
public:
    NumberEditor(const FieldInfo& field, QWidget* parent)
        : FieldEditor(parent)
        , box_(new NumberEdit(field, this)) {
        rowLayout(this)->addWidget(box_);
        connect(box_, &NumberEdit::edited, this, &FieldEditor::edited);
    }
    Json value() const override { return box_->value(); }
    void setValue(const Json& value) override {
        const QSignalBlocker blocker(box_);
        box_->setValue(value);
    }
    QWidget* focusTarget() override { return box_; }

private:
    NumberEdit* box_;
};

class ComboEditor final : public FieldEditor {
public:
    ComboEditor(const FieldInfo& field, QWidget* parent)
        : FieldEditor(parent)
        , box_(new QuietComboBox(this)) {
        box_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box_->setMinimumContentsLength(6);
        box_->setFocusPolicy(Qt::StrongFocus);
        for (const Choice& choice : field.choices) {
            box_->addItem(qt(choice.title), qt(choice.id));
            box_->setItemData(box_->count() - 1, qt(choice.summary), Qt::ToolTipRole);
        }
        rowLayout(this)->addWidget(box_);
        connect(box_, &QComboBox::currentIndexChanged, this, [this](int index) {
            if (index < 0)
                return;
            raw_ = box_->itemData(index).toString().toStdString();
            emit edited();
        });
    }
    Json value() const override { return raw_; }
    void setValue(const Json& value) override {
        const QSignalBlocker blocker(box_);
        raw_ = value;
        const QString id = value.is_string() ? qt(value.get<std::string>()) : QString();
        box_->setCurrentIndex(box_->findData(id));
        box_->setPlaceholderText(box_->currentIndex() < 0 ? qt(engine::valueText(value))
                                                          : QString());
    }
    QWidget* focusTarget() override { return box_; }

private:
    QComboBox* box_;
    Json raw_;
};

/// Two to four choices side by side.
class SegmentEditor final : public FieldEditor {
public:
    SegmentEditor(const FieldInfo& field, QWidget* parent)
        : FieldEditor(parent) {
        auto* layout = rowLayout(this);
        layout->setSpacing(0);
        group_.setExclusive(true);
        for (const Choice& choice : field.choices) {
            auto* button = new QToolButton(this);
            button->setText(qt(choice.title));
            button->setToolTip(qt(choice.summary));
            button->setAccessibleName(qt(field.title) + QStringLiteral(": ") + qt(choice.title));
            button->setCheckable(true);
            button->setFocusPolicy(Qt::StrongFocus);
            button->setProperty("segment", true);
            button->setProperty("id", qt(choice.id));
            button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
            group_.addButton(button);
            layout->addWidget(button);
        }
        connect(&group_, &QButtonGroup::buttonClicked, this, [this](QAbstractButton* button) {
            const Json chosen = button->property("id").toString().toStdString();
            if (chosen == raw_)
                return;
            raw_ = chosen;
            emit edited();
        });
    }
    /// Whether the buttons fit beside a label.
    static bool fits(const FieldInfo& field, const QWidget* parent) {
        if (field.choices.size() < 2 || field.choices.size() > 4)
            return false;
        QFont bold = parent->font();
        bold.setWeight(QFont::DemiBold);
        const QFontMetrics metrics(bold);
        int widest = 0;
        for (const Choice& choice : field.choices)
            widest = std::max(widest, metrics.horizontalAdvance(qt(choice.title)));
        const int columns = static_cast<int>(field.choices.size());
        return columns * (widest + scaled(20, parent->font())) <= scaled(168, parent->font());
    }
    Json value() const override { return raw_; }
    void setValue(const Json& value) override {
        raw_ = value;
        group_.setExclusive(false);
        for (QAbstractButton* button : group_.buttons())
            button->setChecked(Json(button->property("id").toString().toStdString()) == value);
        group_.setExclusive(true);
    }
    QWidget* focusTarget() override {
        return group_.checkedButton() ? group_.checkedButton() : group_.buttons().front();
    }
    QList<QWidget*> controls() override { return {}; }

private:
    QButtonGroup group_;
    Json raw_;
};

class TextEditor : public FieldEditor {
public:
    explicit TextEditor(QWidget* parent)
        : FieldEditor(parent)
        , edit_(new QLineEdit(this))
        , layout_(rowLayout(this)) {
        layout_->addWidget(edit_);
        connect(edit_, &QLineEdit::textChanged, this, &FieldEditor::edited);
    }
    Json value() const override { return edit_->text().toStdString(); }
    void setValue(const Json& value) override {
        const QString text =
            value.is_string() ? qt(value.get<std::string>()) : qt(engine::dumpJson(value));
        if (text == edit_->text())
            return;
        const QSignalBlocker blocker(edit_);
        edit_->setText(text);
        edit_->setCursorPosition(0);
    }
    QWidget* focusTarget() override { return edit_; }

protected:
    QLineEdit* edit_;
    QHBoxLayout* layout_;
};

class PathEditor final : public TextEditor {
public:
    PathEditor(const FieldInfo& field, QWidget* parent)
        : TextEditor(parent) {
        browse_ = new QToolButton(this);
        browse_->setIcon(icon(QStringLiteral("folder")));
        browse_->setToolTip(tr("Choose %1…").arg(qt(field.title)));
        browse_->setAccessibleName(tr("Choose %1").arg(qt(field.title)));
        browse_->setFocusPolicy(Qt::StrongFocus);
        layout_->addWidget(browse_);
        connect(browse_, &QToolButton::clicked, this, [this, kind = field.pathKind] {
            auto* dialog = new QFileDialog(this, browse_->accessibleName(), edit_->text());
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->setFileMode(kind == engine::PathKind::File ? QFileDialog::ExistingFile
                                                               : QFileDialog::Directory);
            connect(dialog, &QFileDialog::fileSelected, edit_, &QLineEdit::setText);
            dialog->open();
        });
    }

private:
    QToolButton* browse_;
};

/// "256, 256"; where the comma is the decimal sign, lists of reals take semicolons.
class ListEditor final : public TextEditor {
public:
    ListEditor(const FieldInfo& field, QWidget* parent)
        : TextEditor(parent)
        , type_(field.type) {
        edit_->setPlaceholderText(field.type == FieldType::IntegerList ? tr("e.g. 256, 128")
                                                                       : textOf(Json{0.5, 0.25}));
    }
    Json value() const override {
        Json list = Json::array();
        const QStringList parts = edit_->text().split(separators(), Qt::SkipEmptyParts);
        for (const QString& part : parts) {
            const Json number = numberFromText(part, type_);
            list.push_back(number.is_null() ? Json(part.toStdString()) : number);
        }
        return list;
    }
    void setValue(const Json& value) override {
        if (value.is_array() && value == this->value())
            return;
        const QSignalBlocker blocker(edit_);
        edit_->setText(value.is_array() ? textOf(value) : qt(engine::dumpJson(value)));
        edit_->setCursorPosition(0);
    }

private:
    bool commaIsDecimal() const {
        return type_ == FieldType::RealList && QLocale().decimalPoint() == QLatin1String(",");
    }
    QRegularExpression separators() const {
        return QRegularExpression(commaIsDecimal() ? QStringLiteral("[;\\s]+|,\\s+")
                                                   : QStringLiteral("[;,\\s]+"));
    }
    QString textOf(const Json& list) const {
        QStringList parts;
        for (const Json& element : list)
            parts << (element.is_number()   ? textFromNumber(element)
                      : element.is_string() ? qt(element.get<std::string>())
                                            : qt(engine::dumpJson(element)));
        return parts.join(commaIsDecimal() ? QStringLiteral("; ") : QStringLiteral(", "));
    }

    FieldType type_;
};

} // namespace

void FieldEditor::setNames(const QString& title, const QString& help) {
    for (QWidget* control : controls()) {
        control->setAccessibleName(title);
        control->setAccessibleDescription(help);
        control->setToolTip(help);
    }
}

void FieldEditor::setMark(Mark mark) {
    const bool invalid = mark == Mark::Invalid;
    for (QWidget* control : controls()) {
        if (control->property("invalid").toBool() == invalid)
            continue;
        control->setProperty("invalid", invalid);
        control->style()->unpolish(control);
        control->style()->polish(control);
    }
}

FieldEditor* makeFieldEditor(const FieldInfo& field, QWidget* parent) {
    switch (field.type) {
    case FieldType::Boolean:
        return new ToggleEditor(parent);
    case FieldType::Integer:
    case FieldType::Real:
        return new NumberEditor(field, parent);
    case FieldType::Choice:
        if (SegmentEditor::fits(field, parent))
            return new SegmentEditor(field, parent);
        return new ComboEditor(field, parent);
    case FieldType::Path:
        return new PathEditor(field, parent);
    case FieldType::IntegerList:
    case FieldType::RealList:
        return new ListEditor(field, parent);
    case FieldType::Rules:
        return new RulesEditor(field, parent);
    case FieldType::Text:
        break;
    }
    return new TextEditor(parent);
}

} // namespace inlay::widgets

#include "widgets/plots/empty_state.h"

#include <algorithm>

#include <QAction>
#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kIconSize = 24;
constexpr double kTextWidth = 300;
constexpr double kNarrowest = 120;

} // namespace

EmptyState::EmptyState(const QString& iconName, const QString& heading, const QString& text,
                       QWidget* parent)
    : QWidget(parent)
    , iconName_(iconName)
    , icon_(new QLabel(this))
    , heading_(new QLabel(this))
    , text_(new QLabel(this))
    , button_(new QPushButton(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(scaled(8, font()));
    layout->addStretch(2);
    for (QLabel* label : {icon_, heading_, text_}) {
        label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
        layout->addWidget(label, 0, Qt::AlignHCenter);
    }
    heading_->setProperty("role", QStringLiteral("title"));
    text_->setProperty("role", QStringLiteral("muted"));
    text_->setWordWrap(true);
    layout->addWidget(button_, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    button_->hide();
    connect(button_, &QPushButton::clicked, this, [this] {
        if (action_)
            action_->trigger();
    });
    setHeading(heading);
    setText(text);
    restyle();
}

void EmptyState::setHeading(const QString& heading) {
    heading_->setText(heading);
    setAccessibleName(heading);
}

void EmptyState::setText(const QString& text) {
    text_->setText(text);
    fitText();
    setAccessibleDescription(text);
}

void EmptyState::fitText() {
    // A wrapped label has no width of its own.
    const QMargins margins = contentsMargins() + layout()->contentsMargins();
    const int room = width() - margins.left() - margins.right();
    text_->setFixedWidth(std::clamp(room, scaled(kNarrowest, font()), scaled(kTextWidth, font())));
    text_->setFixedHeight(std::max(0, text_->heightForWidth(text_->width())));
}

void EmptyState::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitText();
}

void EmptyState::setAction(QAction* action) {
    if (action_)
        disconnect(action_, nullptr, this, nullptr);
    action_ = action;
    button_->setVisible(action != nullptr);
    if (!action)
        return;
    const auto follow = [this] {
        button_->setText(action_->text());
        button_->setIcon(action_->icon());
        button_->setToolTip(action_->toolTip());
        button_->setEnabled(action_->isEnabled());
    };
    connect(action, &QAction::changed, this, follow);
    connect(action, &QObject::destroyed, this, [this] {
        action_ = nullptr;
        button_->hide();
    });
    follow();
}

void EmptyState::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        restyle();
}

void EmptyState::restyle() {
    icon_->setPixmap(iconPixmap(iconName_, tokensOf(this).muted, scaled(kIconSize, font()),
                                devicePixelRatioF()));
    heading_->setFont(fontsFor(font()).title);
    setText(text_->text());
}

} // namespace inlay::widgets

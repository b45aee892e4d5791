#include "app/workbench/dock_title.h"

#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::app {

using namespace widgets;

DockTitle::DockTitle(QDockWidget* dock)
    : QWidget(dock)
    , summary_(new QLabel) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(scaled(measure::kDockPadding, font()), 0, scaled(6, font()), 0);
    layout->setSpacing(scaled(10, font()));
    setFixedHeight(scaled(measure::kDockTitleHeight, font()));
    auto* title = new QLabel(dock->windowTitle());
    title->setProperty("role", QStringLiteral("title"));
    layout->addWidget(title);
    summary_->setProperty("role", QStringLiteral("muted"));
    summary_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    layout->addWidget(summary_, 1);
    const auto add = [&](const QString& iconName, const QString& text, auto slot) {
        auto* button = new QToolButton;
        button->setIcon(icon(iconName, IconColor::Muted));
        button->setIconSize(QSize(scaled(12, font()), scaled(12, font())));
        button->setFixedSize(scaled(26, font()), scaled(22, font()));
        button->setToolTip(text);
        button->setAccessibleName(tr("%1: %2").arg(text, dock->windowTitle()));
        connect(button, &QToolButton::clicked, dock, slot);
        layout->addWidget(button);
    };
    add(QStringLiteral("float"), tr("Float or dock this panel"),
        [dock] { dock->setFloating(!dock->isFloating()); });
    add(QStringLiteral("close"), tr("Close this panel; View brings it back"),
        [dock] { dock->close(); });
}

void DockTitle::setSummary(const QString& text) {
    summary_->setText(text);
    summary_->setToolTip(text);
}

QSize DockTitle::minimumSizeHint() const {
    return {scaled(120, font()), scaled(measure::kDockTitleHeight, font())};
}

void DockTitle::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokensOf(this);
    painter.fillRect(rect(), t.raised);
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.border);
}

} // namespace inlay::app

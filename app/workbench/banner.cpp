#include "app/workbench/banner.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::app {

using namespace widgets;

Banner::Banner(QWidget* parent)
    : QFrame(parent)
    , icon_(new QLabel)
    , text_(new QLabel) {
    setProperty("card", true);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(scaled(12, font()), scaled(6, font()), scaled(6, font()),
                               scaled(6, font()));
    const int size = scaled(16, font());
    icon_->setPixmap(icon(QStringLiteral("warning"), IconColor::Bad).pixmap(size));
    layout->addWidget(icon_);
    text_->setWordWrap(true);
    text_->setTextFormat(Qt::PlainText);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    text_->setAccessibleName(tr("What went wrong"));
    layout->addWidget(text_, 1);
    auto* close = new QToolButton;
    close->setIcon(icon(QStringLiteral("close"), IconColor::Muted));
    close->setToolTip(tr("Close this message"));
    close->setAccessibleName(close->toolTip());
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    layout->addWidget(close);
    hide();
}

void Banner::show(Cause cause, const QString& sentence) {
    cause_ = cause;
    text_->setText(sentence);
    setVisible(!sentence.isEmpty());
}

void Banner::clear(Cause cause) {
    if (cause == cause_)
        hide();
}

QString Banner::text() const {
    return isHidden() ? QString() : text_->text();
}

} // namespace inlay::app

#include "widgets/plots/state_chip.h"

#include <array>

#include <QCoreApplication>
#include <QEvent>
#include <QPainter>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

struct StateRow {
    RunState state;
    const char* status;
    const char* title;
    const char* icon;
    QColor Tokens::*color;
};

constexpr std::array<StateRow, 8> kStates = {{
    {RunState::Queued, "queued", QT_TRANSLATE_NOOP("RunState", "Queued"), "clock", &Tokens::muted},
    {RunState::Running, "running", QT_TRANSLATE_NOOP("RunState", "Running"), "running",
     &Tokens::accent},
    {RunState::Paused, "paused", QT_TRANSLATE_NOOP("RunState", "Paused"), "pause", &Tokens::warn},
    {RunState::Finished, "finished", QT_TRANSLATE_NOOP("RunState", "Finished"), "check",
     &Tokens::good},
    {RunState::Stopped, "stopped", QT_TRANSLATE_NOOP("RunState", "Stopped"), "square",
     &Tokens::muted},
    {RunState::Failed, "failed", QT_TRANSLATE_NOOP("RunState", "Failed"), "error", &Tokens::bad},
    {RunState::Diverged, "diverged", QT_TRANSLATE_NOOP("RunState", "Diverged"), "warning",
     &Tokens::bad},
    {RunState::Lost, "lost", QT_TRANSLATE_NOOP("RunState", "Lost"), "warning", &Tokens::warn},
}};

const StateRow& rowOf(RunState state) {
    return kStates[static_cast<std::size_t>(state)];
}

} // namespace

RunState runStateFrom(const QString& status) {
    for (const StateRow& row : kStates)
        if (status == QLatin1String(row.status))
            return row.state;
    return RunState::Lost;
}

QString runStateTitle(RunState state) {
    return QCoreApplication::translate("RunState", rowOf(state).title);
}

QString runStateIcon(RunState state) {
    return QString::fromLatin1(rowOf(state).icon);
}

QColor runStateColor(RunState state, const Tokens& tokens) {
    return tokens.*rowOf(state).color;
}

StateChip::StateChip(QWidget* parent)
    : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    updateNames();
}

void StateChip::setState(RunState state) {
    state_ = state;
    updateNames();
}

void StateChip::setText(const QString& text) {
    text_ = text;
    updateNames();
}

QString StateChip::shownText() const {
    return text_.isEmpty() ? runStateTitle(state_) : text_;
}

void StateChip::updateNames() {
    setAccessibleName(tr("State: %1").arg(shownText()));
    updateGeometry();
    update();
}

QSize StateChip::sizeHint() const {
    const QFontMetrics metrics(fontsFor(font()).small);
    return {metrics.horizontalAdvance(shownText()) + scaled(12 + 4 + 18, font()),
            scaled(2 * measure::kChipRadius, font()) + 2};
}

void StateChip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const QColor color = runStateColor(state_, t);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(color, 1));
    painter.setBrush(t.surface);
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2);
    const int size = scaled(12, font());
    const int left = scaled(8, font());
    painter.drawPixmap(left, (height() - size) / 2,
                       iconPixmap(runStateIcon(state_), color, size, devicePixelRatioF()));
    painter.setFont(fontsFor(font()).small);
    painter.setPen(color);
    painter.drawText(rect().adjusted(left + size + scaled(4, font()), 0, 0, 0),
                     Qt::AlignLeft | Qt::AlignVCenter, shownText());
}

void StateChip::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        updateNames();
}

} // namespace inlay::widgets

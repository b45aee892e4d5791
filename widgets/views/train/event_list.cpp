#include "widgets/views/train/event_list.h"

#include <QDateTime>
#include <QHeaderView>
#include <QLocale>

#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

EventList::EventList(QWidget* parent)
    : QTableWidget(0, 2, parent) {
    setAccessibleName(tr("Events"));
    setHorizontalHeaderLabels({tr("Time"), tr("Event")});
    setShowGrid(false);
    setEditTriggers(NoEditTriggers);
    setSelectionBehavior(SelectRows);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setStretchLastSection(true);
    horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
}

void EventList::setEvents(const std::vector<engine::EventRecord>& events) {
    setRowCount(static_cast<int>(events.size()));
    int row = 0;
    for (auto event = events.rbegin(); event != events.rend(); ++event, ++row) {
        const QString text = QString::fromStdString(event->text);
        auto* when = new QTableWidgetItem(QLocale().toString(
            QDateTime::fromMSecsSinceEpoch(event->timeMs).time(), QStringLiteral("HH:mm:ss")));
        auto* what = new QTableWidgetItem(text);
        what->setToolTip(text);
        if (event->level == engine::EventLevel::Warning)
            what->setIcon(icon(QStringLiteral("warning"), IconColor::Warn));
        else if (event->level == engine::EventLevel::Error)
            what->setIcon(icon(QStringLiteral("error"), IconColor::Bad));
        setItem(row, 0, when);
        setItem(row, 1, what);
    }
}

} // namespace inlay::widgets

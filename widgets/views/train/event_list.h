#pragma once

#include <vector>

#include <QTableWidget>

#include "engine/store/run_record.h"

namespace inlay::widgets {

/// Events of a run, newest first: time, level, text.
class EventList : public QTableWidget {
    Q_OBJECT

public:
    explicit EventList(QWidget* parent);

    void setEvents(const std::vector<engine::EventRecord>& events);
};

} // namespace inlay::widgets

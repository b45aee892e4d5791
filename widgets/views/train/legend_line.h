#pragma once

#include <vector>

#include <QWidget>

#include "widgets/theme/series_style.h"

namespace inlay::widgets {

/// A line of keys "stroke  words"; keys that have no room are left out from the right.
class LegendLine : public QWidget {
    Q_OBJECT

public:
    struct Key {
        QString text;
        SeriesStyle style;
        enum class Mark { Line, LineAndMarker } mark = Mark::Line;
    };

    explicit LegendLine(QWidget* parent = nullptr);

    void setKeys(std::vector<Key> keys);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int widthOf(const Key& key) const;

    std::vector<Key> keys_;
};

} // namespace inlay::widgets

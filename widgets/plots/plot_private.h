#pragma once

#include <functional>

#include "widgets/plots/plot.h"

namespace inlay::widgets {

/// The title row above the axes; painted by the plot so that exports share the code.
class Plot::Header : public QWidget {
public:
    Header(QWidget* parent, std::function<void(QPainter&, const QRect&)> paint)
        : QWidget(parent)
        , paint_(std::move(paint)) {}

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::function<void(QPainter&, const QRect&)> paint_;
};

/// A pan or a box while a button is held.
struct Plot::Drag {
    enum class Kind { Pan, Box };
    Kind kind = Kind::Pan;
    QPointF start;
    QPointF now;
    View view;
    bool moved = false;
};

} // namespace inlay::widgets

#pragma once

#include <QObject>
#include <QPointer>

#include <vector>

#include "widgets/plots/plot.h"

namespace inlay::widgets {

enum class LinkRanges { None, X };

/// Plots of one view that share a crosshair and equal margins, and, if wished, the x range.
class PlotGroup : public QObject {
    Q_OBJECT

public:
    explicit PlotGroup(QObject* parent = nullptr, LinkRanges link = LinkRanges::None);

    void add(Plot* plot);
    /// Moves the crosshair of all plots, e.g. with a time slider.
    void setCursor(std::optional<double> x);

signals:
    void cursorMoved(double x);
    void cursorLeft();

private:
    void equalizeMargins();

    std::vector<QPointer<Plot>> plots_;
    LinkRanges link_;
    bool linking_ = false;
};

} // namespace inlay::widgets

#include "widgets/plots/plot_group.h"

#include <algorithm>

namespace inlay::widgets {

PlotGroup::PlotGroup(QObject* parent, LinkRanges link)
    : QObject(parent)
    , link_(link) {}

void PlotGroup::add(Plot* plot) {
    plots_.emplace_back(plot);
    connect(plot, &Plot::cursorMoved, this, [this, plot](double x) {
        for (const auto& other : plots_)
            if (other && other != plot)
                other->showCursor(x);
        emit cursorMoved(x);
    });
    connect(plot, &Plot::cursorLeft, this, [this, plot] {
        for (const auto& other : plots_)
            if (other && other != plot)
                other->showCursor(std::nullopt);
        emit cursorLeft();
    });
    connect(plot, &Plot::marginsChanged, this, &PlotGroup::equalizeMargins);
    if (link_ == LinkRanges::X)
        connect(plot, &Plot::rangeChanged, this, [this, plot](double x0, double x1, int) {
            if (linking_)
                return;
            linking_ = true;
            for (const auto& other : plots_) {
                if (!other || other == plot)
                    continue;
                if (plot->isFollowing() && !other->isFollowing())
                    other->fit();
                else if (!plot->isFollowing() && other->xRange() != Range{x0, x1})
                    other->zoomTo({x0, x1}, other->yRange());
                other->flush();
            }
            linking_ = false;
        });
    equalizeMargins();
}

void PlotGroup::setCursor(std::optional<double> x) {
    for (const auto& plot : plots_)
        if (plot)
            plot->showCursor(x);
}

void PlotGroup::equalizeMargins() {
    QMargins all;
    for (const auto& plot : plots_)
        if (plot)
            all = all | plot->ownMargins();
    for (const auto& plot : plots_) {
        if (!plot)
            continue;
        // Only the sides line up; top and bottom belong to each plot.
        const QMargins own = plot->ownMargins();
        plot->setSharedMargins(QMargins(all.left(), own.top(), all.right(), own.bottom()));
    }
}

} // namespace inlay::widgets

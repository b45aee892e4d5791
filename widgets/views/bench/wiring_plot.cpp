#include "widgets/views/bench/wiring_plot.h"

#include <algorithm>
#include <cmath>

#include <QPainter>

#include "widgets/plots/plot_table.h"
#include "widgets/theme/color_map.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

WiringPlot::WiringPlot(QWidget* parent)
    : Plot(parent) {
    setXAxis({tr("Stages applied"), {}, AxisScale::Linear});
    setYAxis({tr("Feature"), {}, AxisScale::Linear});
}

void WiringPlot::setWiring(int stages, std::vector<float> wiring) {
    wires_.clear();
    largest_ = 0;
    stages_ = stages;
    const int width = stages > 0 ? static_cast<int>(wiring.size()) / stages : 0;
    features_ = std::max(0, width - 1) / 2;
    for (int applied = 0; applied < stages && width > 1; ++applied) {
        const float* row = wiring.data() + static_cast<std::ptrdiff_t>(applied) * width;
        // A damaged store may hold anything.
        if (!(row[0] >= 0 && row[0] < 30))
            continue;
        const int stride = 1 << static_cast<int>(row[0]);
        const float* block = row + 1;
        for (int i = 0; i < features_; ++i) {
            if ((i & stride) != 0 || i + stride >= features_)
                continue;
            const int pair[2] = {i, i + stride};
            // y_i = a x_i + b x_j, y_j = c x_i + d x_j.
            for (int k = 0; k < 4; ++k) {
                wires_.push_back({applied, pair[k % 2], pair[k / 2], block[k]});
                if (std::isfinite(block[k]))
                    largest_ = std::max(largest_, std::abs(block[k]));
            }
            block += 4;
        }
    }
    resetView();
    markDirty();
}

int WiringPlot::liveWires() const {
    return static_cast<int>(std::count_if(
        wires_.begin(), wires_.end(), [](const Wire& wire) { return !std::isnan(wire.weight); }));
}

Plot::Extent WiringPlot::dataExtent() const {
    if (wires_.empty())
        return {};
    return {Range{0, static_cast<double>(stages_)}, Range{0, static_cast<double>(features_ - 1)}};
}

void WiringPlot::paintFront(QPainter& painter) {
    painter.setRenderHint(QPainter::Antialiasing);
    // Thin where features are close, or a small picture would be one area.
    const double base = std::clamp(std::abs(toPixelY(1) - toPixelY(0)) / 7, 0.3, 1.2);
    const auto draw = [&](const Wire& wire, const QPen& pen) {
        painter.setPen(pen);
        painter.drawLine(QPointF(toPixelX(wire.stage), toPixelY(wire.from)),
                         QPointF(toPixelX(wire.stage + 1), toPixelY(wire.to)));
    };
    // What is on no path lies behind.
    for (const Wire& wire : wires_)
        if (std::isnan(wire.weight))
            draw(wire, QPen(colors().hair, base));
    for (const Wire& wire : wires_) {
        if (std::isnan(wire.weight))
            continue;
        const double share = largest_ > 0 ? static_cast<double>(wire.weight / largest_) : 0;
        const QColor color = mapColor(ColorMap::Diverging, appearance(), (1 + share) / 2);
        draw(wire, QPen(color, base * (0.5 + std::abs(share))));
    }
}

QString WiringPlot::describe() const {
    return tr("Wiring of %1 stages over %2 features, %3 of %4 wires on a path to an output")
        .arg(stages_)
        .arg(features_)
        .arg(liveWires())
        .arg(wires_.size());
}

PlotTable WiringPlot::table() const {
    PlotTable table;
    table.columns.resize(4);
    table.columns[0].title = tr("Stage");
    table.columns[1].title = tr("From feature");
    table.columns[2].title = tr("To feature");
    table.columns[3].title = tr("Weight");
    for (const Wire& wire : wires_) {
        table.columns[0].numbers.emplace_back(wire.stage + 1);
        table.columns[1].numbers.emplace_back(wire.from);
        table.columns[2].numbers.emplace_back(wire.to);
        table.columns[3].numbers.push_back(
            std::isnan(wire.weight) ? std::optional<double>() : std::optional<double>(wire.weight));
    }
    return table;
}

} // namespace inlay::widgets

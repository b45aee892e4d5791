#include "widgets/views/bench/lab_plots.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "widgets/plots/curve_plot.h"

namespace inlay::widgets {
namespace {

QString plotText(const char* text) {
    return QCoreApplication::translate("LabView", text);
}

/// The roof that the shares of the cells imply: peak rate and bytes a second. A share is the least
/// time over the measured one, so each cell gives the rate of whichever side limits it.
struct Roof {
    double flopsPerSecond = 0;
    double bytesPerSecond = 0;
};

Roof roofOf(const Lab& lab) {
    Roof roof;
    for (const LabCell& cell : lab.cells) {
        if (!cell.rooflineShare || *cell.rooflineShare <= 0)
            continue;
        const double least = *cell.rooflineShare * cell.seconds;
        roof.flopsPerSecond = std::max(roof.flopsPerSecond, 2 * cell.multiplyAdds / least);
        roof.bytesPerSecond = std::max(roof.bytesPerSecond, cell.bytes / least);
    }
    return roof;
}

} // namespace

void showSpeedups(CurvePlot& plot, const Lab& lab, LabPass pass) {
    plot.setTitle(
        plotText("Speed-up against size"),
        lab.isMeasured()
            ? plotText("solid: measured, dashed: multiply-adds alone")
            : plotText("solid: measured, dotted: predicted, dashed: multiply-adds alone"));
    plot.setXAxis({plotText("Inputs of the layer"), {}, AxisScale::Log});
    plot.setYAxis({plotText("Speed-up over dense"), {QStringLiteral("×"), 3}, AxisScale::Log});
    std::vector<CurveSeries> series;
    double low = 0, high = 0;
    for (const QString& label : lab.labels()) {
        const std::vector<const LabCell*> curve = lab.curve(label, pass);
        if (curve.empty())
            continue;
        CurveSeries measured;
        measured.id = label;
        measured.name = label;
        measured.style = lab.styleOf(label);
        measured.style.dash = {};
        measured.emphasis = Emphasis::Chosen;
        measured.marks = PointMarks::Shown;
        measured.label = EndLabel::NameAndValue;
        CurveSeries promised;
        promised.id = label + QStringLiteral(" by count");
        promised.name = plotText("%1 by count").arg(label);
        promised.style = lab.styleOf(label);
        promised.style.dash = {4, 3};
        promised.label = EndLabel::None;
        CurveSeries predicted = measured;
        predicted.id = label + QStringLiteral(" predicted");
        predicted.name = plotText("%1 ≈").arg(label);
        predicted.style.dash = {1, 2};
        for (const LabCell* cell : curve) {
            const auto size = static_cast<double>(cell->in);
            if (cell->isMeasured()) {
                measured.points.x.push_back(size);
                measured.points.y.push_back(cell->speedup);
            } else if (const auto speedup = cell->predictedSpeedup()) {
                predicted.points.x.push_back(size);
                predicted.points.y.push_back(*speedup);
            }
            promised.points.x.push_back(size);
            promised.points.y.push_back(cell->denseMultiplyAdds / cell->multiplyAdds);
            low = low == 0 ? size : std::min(low, size);
            high = std::max(high, size);
        }
        series.push_back(std::move(promised));
        if (!predicted.points.x.empty()) {
            if (!measured.points.x.empty())
                predicted.label = EndLabel::None;
            series.push_back(std::move(predicted));
        }
        if (!measured.points.x.empty())
            series.push_back(std::move(measured));
    }
    if (!series.empty()) {
        CurveSeries even;
        even.id = QStringLiteral("dense");
        even.name = plotText("as fast as dense");
        even.style = familyStyle(QStringLiteral("dense"));
        even.style.dash = {};
        even.emphasis = Emphasis::Reference;
        even.label = EndLabel::Name;
        even.points = {{low, high > low ? high : low * 1.01}, {1, 1}};
        series.insert(series.begin(), std::move(even));
    }
    plot.setSeries(std::move(series));
}

void showRoofline(CurvePlot& plot, const Lab& lab, LabPass pass, std::int64_t size) {
    plot.setXAxis({plotText("Intensity"), {plotText("flop/byte"), 3}, AxisScale::Log});
    plot.setYAxis({plotText("Rate"), {plotText("GFLOP/s"), 3}, AxisScale::Log});
    std::vector<CurveSeries> series;
    double low = 0, high = 0;
    for (const QString& label : lab.labels())
        for (const LabCell* cell : lab.curve(label, pass)) {
            if (cell->in != size || cell->bytes <= 0 || !cell->isMeasured())
                continue;
            CurveSeries point;
            point.id = point.name = label;
            point.style = lab.styleOf(label);
            point.marks = PointMarks::Shown;
            point.label = EndLabel::Name;
            const double intensity = 2 * cell->multiplyAdds / cell->bytes;
            point.points = {{intensity}, {2 * cell->multiplyAdds / cell->seconds * 1e-9}};
            low = low == 0 ? intensity : std::min(low, intensity);
            high = std::max(high, intensity);
            series.push_back(std::move(point));
        }
    const Roof roof = roofOf(lab);
    const bool hasRoof = roof.flopsPerSecond > 0 && roof.bytesPerSecond > 0;
    plot.setTitle(plotText("Roofline"),
                  hasRoof ? plotText("what this machine reaches at most")
                          : plotText("roof unknown: this machine was not measured"));
    if (hasRoof && !series.empty()) {
        const double knee = roof.flopsPerSecond / roof.bytesPerSecond;
        CurveSeries line;
        line.id = line.name = plotText("roof");
        line.style = familyStyle(QStringLiteral("dense"));
        line.style.dash = {};
        line.emphasis = Emphasis::Reference;
        line.label = EndLabel::NameAndValue;
        const double from = std::min(low, knee) / 2;
        const double to = std::max(high, knee) * 2;
        line.points = {{from, knee, to},
                       {from * roof.bytesPerSecond * 1e-9, roof.flopsPerSecond * 1e-9,
                        roof.flopsPerSecond * 1e-9}};
        series.insert(series.begin(), std::move(line));
    }
    plot.setSeries(std::move(series));
}

} // namespace inlay::widgets

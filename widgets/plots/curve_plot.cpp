#include "widgets/plots/curve_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/curve_private.h"
#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr double kLine = 1.6;
constexpr double kChosenLine = 2.2;
constexpr double kRawLine = 1;
constexpr float kRawAlpha = 0.28F;
/// Above this many curves antialiasing costs more than it shows.
constexpr int kManyCurves = 100;

} // namespace

CurvePlot::CurvePlot(QWidget* parent)
    : Plot(parent) {}

CurvePlot::~CurvePlot() = default;

int CurvePlot::indexOf(const QString& id) const {
    const auto found = std::find_if(series_.begin(), series_.end(),
                                    [&](const CurveSeries& s) { return s.id == id; });
    return found == series_.end() ? -1 : static_cast<int>(found - series_.begin());
}

/// The series that the crosshair snaps to: hovered, chosen, or the first visible one.
const CurveSeries* CurvePlot::leading() const {
    const CurveSeries* best = nullptr;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        if (!shown_[i].visible || series_[i].points.size() == 0)
            continue;
        if (series_[i].id == hovered_ || series_[i].id == highlighted_)
            return &series_[i];
        const auto rank = [](const CurveSeries& s) {
            return s.emphasis == Emphasis::Chosen ? 2 : s.emphasis == Emphasis::Normal ? 1 : 0;
        };
        if (!best || rank(series_[i]) > rank(*best))
            best = &series_[i];
    }
    return best;
}

void CurvePlot::setSeries(std::vector<CurveSeries> series) {
    QStringList hidden;
    for (std::size_t i = 0; i < series_.size(); ++i)
        if (!shown_[i].visible)
            hidden << series_[i].id;
    series_ = std::move(series);
    shown_.clear();
    canvas()->clearGraphs();
    for (const CurveSeries& s : series_) {
        Q_ASSERT(s.points.x.size() == s.points.y.size() && s.raw.x.size() == s.raw.y.size());
        Shown& shown = shown_.emplace_back();
        shown.visible = !hidden.contains(s.id);
    }
    resetShown();
    resetView();
}

void CurvePlot::addSeries(CurveSeries series) {
    Q_ASSERT(indexOf(series.id) < 0);
    series_.push_back(std::move(series));
    shown_.emplace_back();
    resetShown();
    markDirty();
}

void CurvePlot::removeSeries(const QString& id) {
    const int index = indexOf(id);
    if (index < 0)
        return;
    series_.erase(series_.begin() + index);
    shown_.erase(shown_.begin() + index);
    resetShown();
    markDirty();
}

void CurvePlot::clear() {
    setSeries({});
}

/// Graphs are made anew in drawing order: raw curves, then references, lines and the chosen one.
void CurvePlot::resetShown() {
    canvas()->clearGraphs();
    const auto make = [this] {
        QCPGraph* graph = canvas()->addGraph();
        graph->setAdaptiveSampling(false);
        graph->setSelectable(QCP::stNone);
        graph->removeFromLegend();
        return graph;
    };
    for (Shown& shown : shown_)
        shown.raw = make();
    for (const Emphasis emphasis : {Emphasis::Reference, Emphasis::Normal, Emphasis::Chosen})
        for (std::size_t i = 0; i < series_.size(); ++i)
            if (series_[i].emphasis == emphasis)
                shown_[i].line = make();
    for (std::size_t i = 0; i < series_.size(); ++i)
        refreshExtent(i);
}

void CurvePlot::refreshExtent(std::size_t index) {
    const CurveSeries& s = series_[index];
    Shown& shown = shown_[index];
    shown.y = {};
    shown.nonPositive = 0;
    shown.countNonPositive(s.points, 0);
    shown.take(s.points, 0);
    shown.take(s.raw, 0);
    shown.take(s.band);
    shown.reduced = {};
}

void CurvePlot::setPoints(const QString& id, Points points, Points raw) {
    Q_ASSERT(points.x.size() == points.y.size() && raw.x.size() == raw.y.size());
    const int index = indexOf(id);
    if (index < 0)
        return;
    const auto i = static_cast<std::size_t>(index);
    series_[i].points = std::move(points);
    series_[i].raw = std::move(raw);
    refreshExtent(i);
    markDirty();
}

void CurvePlot::setBand(const QString& id, BandPoints band) {
    const int index = indexOf(id);
    if (index < 0)
        return;
    series_[static_cast<std::size_t>(index)].band = std::move(band);
    refreshExtent(static_cast<std::size_t>(index));
    markDirty();
}

void CurvePlot::appendPoints(const QString& id, const Points& points, const Points& raw) {
    const int index = indexOf(id);
    if (index < 0)
        return;
    const auto i = static_cast<std::size_t>(index);
    const auto append = [&](Points& to, const Points& from) {
        Q_ASSERT(to.x.empty() || from.x.empty() || from.x.front() >= to.x.back());
        const std::size_t old = to.size();
        to.x.insert(to.x.end(), from.x.begin(), from.x.end());
        to.y.insert(to.y.end(), from.y.begin(), from.y.end());
        shown_[i].take(to, old);
    };
    const std::size_t before = series_[i].points.size();
    append(series_[i].points, points);
    shown_[i].countNonPositive(series_[i].points, before);
    append(series_[i].raw, raw);
    shown_[i].reduced = {};
    markDirty();
}

void CurvePlot::setSeriesVisible(const QString& id, bool visible) {
    const int index = indexOf(id);
    if (index < 0)
        return;
    shown_[static_cast<std::size_t>(index)].visible = visible;
    markDirty();
}

bool CurvePlot::isSeriesVisible(const QString& id) const {
    const int index = indexOf(id);
    return index >= 0 && shown_[static_cast<std::size_t>(index)].visible;
}

void CurvePlot::highlight(const QString& id) {
    if (id == highlighted_)
        return;
    highlighted_ = id;
    markDirty();
}

void CurvePlot::setExpectedEnd(std::optional<double> x) {
    expectedEnd_ = x;
    markDirty();
}

void CurvePlot::setMarks(std::vector<PlotMark> marks) {
    if (marks == marks_)
        return;
    marks_ = std::move(marks);
    markDirty();
}

void CurvePlot::setHeadingFormat(std::function<QString(double)> format) {
    heading_ = std::move(format);
}

bool CurvePlot::isEmpty() const {
    return std::all_of(series_.begin(), series_.end(), [](const CurveSeries& s) {
        return s.points.size() == 0 && s.raw.size() == 0 && s.band.x.empty();
    });
}

int CurvePlot::hiddenOnLogAxis() const {
    if (yAxis().scale != AxisScale::Log)
        return 0;
    int hidden = 0;
    for (const Shown& shown : shown_)
        hidden += shown.visible ? shown.nonPositive : 0;
    return hidden;
}

Plot::Extent CurvePlot::dataExtent() const {
    const bool logY = yAxis().scale == AxisScale::Log;
    const bool logX = xAxis().scale == AxisScale::Log;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Range x{kInfinity, -kInfinity};
    Range y{kInfinity, -kInfinity};
    for (const Shown& shown : shown_) {
        if (!shown.visible)
            continue;
        x.low = std::min(x.low, logX ? shown.x.lowPositive : shown.x.low);
        x.high = std::max(x.high, shown.x.high);
        y.low = std::min(y.low, logY ? shown.y.lowPositive : shown.y.low);
        y.high = std::max(y.high, shown.y.high);
    }
    if (expectedEnd_ && std::isfinite(x.low))
        x.high = std::max(x.high, *expectedEnd_);
    Extent extent;
    if (x.low <= x.high)
        extent.x = x;
    if (y.low <= y.high)
        extent.y = y;
    return extent;
}

QPen CurvePlot::penFor(std::size_t index) const {
    const CurveSeries& s = series_[index];
    const bool strong = s.emphasis == Emphasis::Chosen || s.id == highlighted_ || s.id == hovered_;
    SeriesStyle style = s.style;
    if (s.emphasis == Emphasis::Reference && style.dash.isEmpty())
        style.dash = baselineStyle().dash;
    QPen pen = seriesPen(style, colors(), strong ? kChosenLine : kLine);
    // A dash pattern over dense noise is a solid line drawn the slow way.
    if (shown_[index].line->data()->size() > 2 * std::max(1, plotWidth()) / 3)
        pen.setStyle(Qt::SolidLine);
    return pen;
}

void CurvePlot::prepare() {
    const ReductionKey key{xRange(), plotWidth(), xAxis().scale, yAxis().scale};
    const std::vector<double> edges = columnEdges();
    int curves = 0;
    for (const Shown& shown : shown_)
        curves += shown.visible ? 1 : 0;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        Shown& shown = shown_[i];
        shown.line->setVisible(shown.visible);
        shown.raw->setVisible(shown.visible);
        if (!shown.visible)
            continue;
        if (shown.reduced != key) {
            fillGraph(*shown.line, series_[i].points, key, edges);
            fillGraph(*shown.raw, series_[i].raw, key, edges);
            shown.reduced = key;
        }
        shown.line->setPen(penFor(i));
        shown.line->setAntialiased(curves <= kManyCurves);
        QColor faint = seriesColor(series_[i].style, colors());
        faint.setAlphaF(kRawAlpha);
        shown.raw->setPen(QPen(faint, kRawLine));
        shown.raw->setAntialiased(curves <= kManyCurves);
    }
}

std::vector<double> CurvePlot::columnEdges() const {
    const QRect axes = axisRect();
    std::vector<double> edges;
    edges.reserve(static_cast<std::size_t>(std::max(1, axes.width())) + 1);
    for (int pixel = 0; pixel <= std::max(1, axes.width()); ++pixel)
        edges.push_back(toValueX(axes.left() + pixel));
    return edges;
}

/// Name and value at a curve's end; a long name gives way to its value.
QString CurvePlot::endLabelText(const CurveSeries& series, const QFontMetrics& metrics) const {
    if (series.label == EndLabel::None)
        return {};
    QString value;
    const int last = lastFinite(series.points);
    if (series.label == EndLabel::NameAndValue && last >= 0)
        value = QLatin1Char(' ') + formatNumber(series.points.y[static_cast<std::size_t>(last)],
                                                yAxis().format.digits, QLocale());
    const int room = scaled(kWidestLabel - kLeader, font()) - 8 - metrics.horizontalAdvance(value);
    return metrics.elidedText(series.name, Qt::ElideRight, room) + value;
}

QMargins CurvePlot::wantedMargins() const {
    QMargins margins = Plot::wantedMargins();
    QFont bold = smallFont();
    bold.setWeight(QFont::DemiBold);
    const QFontMetrics metrics(bold);
    int widest = 0;
    for (std::size_t i = 0; i < series_.size(); ++i)
        if (shown_[i].visible)
            widest = std::max(widest, metrics.horizontalAdvance(endLabelText(series_[i], metrics)));
    if (widest > 0)
        margins.setRight(std::clamp(widest + scaled(kLeader + 8, font()), scaled(70, font()),
                                    scaled(kWidestLabel, font())));
    return margins;
}

PlotTable CurvePlot::table() const {
    const Range range = xRange();
    std::vector<double> steps;
    struct Part {
        const std::vector<double>* x;
        const std::vector<double>* y;
        QString title;
    };
    std::vector<Part> parts;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const CurveSeries& s = series_[i];
        if (!shown_[i].visible)
            continue;
        parts.push_back({&s.points.x, &s.points.y, s.name});
        if (s.raw.size() > 0)
            parts.push_back({&s.raw.x, &s.raw.y, tr("%1, raw").arg(s.name)});
        if (!s.band.x.empty()) {
            parts.push_back({&s.band.x, &s.band.low, tr("%1, band from").arg(s.name)});
            parts.push_back({&s.band.x, &s.band.high, tr("%1, band to").arg(s.name)});
        }
    }
    const auto inside = [&](double x) {
        return x >= range.low && x <= range.high;
    };
    for (const Part& part : parts)
        std::copy_if(part.x->begin(), part.x->end(), std::back_inserter(steps), inside);
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    PlotTable table;
    PlotTable::Column& first = table.columns.emplace_back();
    first.title = axisTitle(xAxis());
    first.numbers.assign(steps.begin(), steps.end());
    for (const Part& part : parts) {
        PlotTable::Column& column = table.columns.emplace_back();
        column.title = part.title;
        column.numbers.resize(steps.size());
        for (std::size_t k = 0; k < part.x->size(); ++k) {
            if (!inside((*part.x)[k]))
                continue;
            const auto at = std::lower_bound(steps.begin(), steps.end(), (*part.x)[k]);
            column.numbers[static_cast<std::size_t>(at - steps.begin())] = (*part.y)[k];
        }
    }
    return table;
}

QString CurvePlot::describe() const {
    const Extent extent = dataExtent();
    const QLocale locale;
    QStringList parts;
    int visible = 0;
    for (std::size_t i = 0; i < series_.size(); ++i) {
        const CurveSeries& s = series_[i];
        if (!shown_[i].visible)
            continue;
        ++visible;
        const int last = lastFinite(s.points);
        QString part =
            last < 0 ? tr("%1: no finite value").arg(s.name)
                     : tr("%1: last %2")
                           .arg(s.name, formatValue(s.points.y[static_cast<std::size_t>(last)],
                                                    yAxis().format, locale));
        if (shown_[i].firstNonFinite)
            part += tr(", first non-finite value at %1")
                        .arg(formatStep(*shown_[i].firstNonFinite, locale));
        parts << part;
    }
    QString text = tr("%n series", nullptr, visible);
    if (extent.x)
        text += tr(", %1 %2 to %3")
                    .arg(xAxis().title.toLower(), formatStep(extent.x->low, locale),
                         formatStep(extent.x->high, locale));
    if (!parts.isEmpty())
        text += QStringLiteral(". ") + parts.join(QStringLiteral("; "));
    if (const int hidden = hiddenOnLogAxis())
        text += QStringLiteral(". ") + hiddenText(hidden);
    return text;
}

} // namespace inlay::widgets

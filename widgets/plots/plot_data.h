#pragma once

#include <optional>
#include <vector>

#include <QList>
#include <QString>

#include "widgets/theme/series_style.h"

namespace inlay::widgets {

enum class AxisScale { Linear, Log };

/// How numbers of an axis and of its series are written.
struct NumberFormat {
    /// Written after values in read-outs ("nats", "%", "images/s"); the axis title has it too.
    QString unit;
    /// Significant digits in read-outs and labels.
    int digits = 4;
};

/// Whole keeps the ticks at whole numbers: steps, places, numbers of items.
enum class TickStep { Any, Whole };

struct AxisSpec {
    QString title;
    NumberFormat format;
    AxisScale scale = AxisScale::Linear;
    TickStep step = TickStep::Any;
};

/// Points of a series; x is non-decreasing and finite, y may hold NaN and infinities.
struct Points {
    std::vector<double> x;
    std::vector<double> y;

    std::size_t size() const { return x.size(); }
    bool operator==(const Points&) const = default;
};

/// An area between two lines over shared x, e.g. mean ± standard deviation. NaN opens a gap.
struct BandPoints {
    std::vector<double> x;
    std::vector<double> low;
    std::vector<double> high;

    bool operator==(const BandPoints&) const = default;
};

/// Chosen series are drawn thicker and last; reference series (a dense twin, a bound) dashed.
enum class Emphasis { Normal, Chosen, Reference };
enum class PointMarks { None, Shown };
enum class EndLabel { None, Name, NameAndValue };

struct CurveSeries {
    /// Unique within the plot.
    QString id;
    QString name;
    SeriesStyle style;
    Emphasis emphasis = Emphasis::Normal;
    PointMarks marks = PointMarks::None;
    EndLabel label = EndLabel::Name;
    Points points;
    /// What `points` was smoothed from, drawn faintly behind; empty for none.
    Points raw;
    BandPoints band;
};

/// A vertical dotted line at x with words beside it ("checkpoint", "resumed"); empty text for none.
struct PlotMark {
    double x = 0;
    QString text;

    bool operator==(const PlotMark&) const = default;
};

/// A closed range of an axis.
struct Range {
    double low = 0;
    double high = 1;

    double size() const { return high - low; }
    bool operator==(const Range&) const = default;
};

} // namespace inlay::widgets

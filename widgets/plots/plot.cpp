#include "widgets/plots/plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "widgets/plots/numbers.h"
#include "widgets/plots/plot_private.h"
#include "widgets/plots/redraw_clock.h"
#include "widgets/plots/ticks.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

/// Share of the data's span that stays free above and below while following.
constexpr double kPadding = 0.05;
/// While live the y range stays as long as the data fill at least this share of it.
constexpr double kLeastFill = 0.6;
/// Of a name at an axis, in characters.
constexpr int kLongestTickName = 12;

/// Ticks and their texts from ticks.h and numbers.h.
class NiceTicker : public QCPAxisTicker {
public:
    NiceTicker(QCPAxis* axis, const AxisSpec* spec, const QStringList* names)
        : axis_(axis)
        , spec_(spec)
        , names_(names) {}

    void generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override {
        const Ticks nice = niceTicks(range);
        ticks = QVector<double>(nice.positions.begin(), nice.positions.end());
        if (subTicks)
            subTicks->clear();
        if (!tickLabels)
            return;
        tickLabels->clear();
        const TickText text = horizontal() ? TickText::Compact : TickText::Plain;
        for (const double value : nice.positions) {
            if (!names_->isEmpty()) {
                tickLabels->append(
                    shortened(names_->value(static_cast<qsizetype>(std::floor(value)))));
                continue;
            }
            const double step = nice.step > 0 ? nice.step : decadeOf(value);
            tickLabels->append(formatTick(value, step, text, QLocale()));
        }
    }

private:
    bool horizontal() const { return axis_->orientation() == Qt::Horizontal; }

    QString shortened(const QString& name) const {
        const QFontMetrics metrics(axis_->tickLabelFont());
        return metrics.elidedText(name, Qt::ElideRight,
                                  kLongestTickName * metrics.averageCharWidth());
    }

    double roomOfNames(const QFontMetrics& metrics) const {
        double longest = 0;
        for (const QString& name : *names_)
            longest = std::max<double>(longest, metrics.horizontalAdvance(shortened(name)));
        return horizontal() ? longest + metrics.averageCharWidth() : metrics.height() * 0.88;
    }

    static double decadeOf(double value) {
        return std::pow(10.0, std::floor(std::log10(value) + 1e-9));
    }

    Ticks niceTicks(const QCPRange& range) const {
        const QFontMetrics metrics(axis_->tickLabelFont());
        const QRect rect = axis_->axisRect()->rect();
        const int pixels = horizontal() ? rect.width() : rect.height();
        const double room = horizontal() ? metrics.horizontalAdvance(QStringLiteral("0,000")) * 1.5
                                         : metrics.height() * 1.9;
        const int count = std::max(2, static_cast<int>(pixels / std::max(1.0, room)));
        const Range r{range.lower, range.upper};
        if (!names_->isEmpty())
            return nameTicks(r, static_cast<std::size_t>(names_->size()), pixels,
                             roomOfNames(metrics));
        if (spec_->scale == AxisScale::Log)
            return logTicks(r, count);
        const bool whole = spec_->step == TickStep::Whole || (horizontal() && range.size() > 4);
        return linearTicks(r, count, whole ? TickStep::Whole : TickStep::Any);
    }

    QCPAxis* axis_;
    const AxisSpec* spec_;
    const QStringList* names_;
};

/// Calls back while a layer is drawn, on the screen and in exports alike.
class Painted : public QCPLayerable {
public:
    enum class Clip { Axes, None };

    Painted(QCustomPlot* plot, const QString& layer, Clip clip,
            std::function<void(QPainter&)> paint)
        : QCPLayerable(plot, layer)
        , clip_(clip)
        , paint_(std::move(paint)) {}

protected:
    QRect clipRect() const override {
        return clip_ == Clip::Axes ? mParentPlot->axisRect()->rect() : mParentPlot->viewport();
    }
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override {
        painter->setAntialiasing(true);
    }
    void draw(QCPPainter* painter) override {
        painter->save();
        paint_(*painter);
        painter->restore();
    }

private:
    Clip clip_;
    std::function<void(QPainter&)> paint_;
};

/// A layout may take all room from a plot that is not shown; there is nothing to paint on then.
class Canvas : public QCustomPlot {
public:
    using QCustomPlot::QCustomPlot;

protected:
    void resizeEvent(QResizeEvent* event) override {
        if (!event->size().isEmpty())
            QCustomPlot::resizeEvent(event);
    }
};

} // namespace

Plot::Plot(QWidget* parent)
    : QWidget(parent)
    , clock_(RedrawClock::shared()) {
    build();
}

Plot::~Plot() = default;

void Plot::build() {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    header_ = new Header(this, [this](QPainter& p, const QRect& rect) { paintTitle(p, rect); });
    canvas_ = new Canvas(this);
    layout->addWidget(header_);
    layout->addWidget(canvas_, 1);
    header_->hide();

    canvas_->axisRect()->setAutoMargins(QCP::msNone);
    canvas_->setNoAntialiasingOnDrag(true);
    canvas_->setPlottingHints(QCP::phFastPolylines | QCP::phCacheLabels);
    canvas_->setFocusPolicy(Qt::StrongFocus);
    canvas_->setMouseTracking(true);
    canvas_->installEventFilter(this);
    setFocusProxy(canvas_);
    canvas_->xAxis->setTicker(
        QSharedPointer<NiceTicker>::create(canvas_->xAxis, &xSpec_, &xNames_));
    canvas_->yAxis->setTicker(
        QSharedPointer<NiceTicker>::create(canvas_->yAxis, &ySpec_, &yNames_));
    for (QCPAxis* axis : {canvas_->xAxis, canvas_->yAxis}) {
        axis->setSubTicks(false);
        axis->setTickLength(0, 4);
        axis->setTickLabelPadding(4);
    }

    canvas_->addLayer(QStringLiteral("behind"), canvas_->layer(QStringLiteral("grid")));
    canvas_->addLayer(QStringLiteral("front"), canvas_->layer(QStringLiteral("main")));
    canvas_->addLayer(QStringLiteral("notes"), canvas_->layer(QStringLiteral("axes")));
    canvas_->addLayer(QStringLiteral("cursor"), canvas_->layer(QStringLiteral("overlay")));
    canvas_->layer(QStringLiteral("cursor"))->setMode(QCPLayer::lmBuffered);
    // Owned by the canvas.
    new Painted(canvas_, QStringLiteral("behind"), Painted::Clip::Axes, [this](QPainter& p) {
        prepare();
        paintBehind(p);
    });
    new Painted(canvas_, QStringLiteral("front"), Painted::Clip::Axes,
                [this](QPainter& p) { paintFront(p); });
    new Painted(canvas_, QStringLiteral("notes"), Painted::Clip::None, [this](QPainter& p) {
        paintFrame(p);
        if (!isEmpty())
            paintOverlay(p);
    });
    new Painted(canvas_, QStringLiteral("cursor"), Painted::Clip::None,
                [this](QPainter& p) { paintCursorLayer(p); });
    updateMargins();
    applyTheme();
}

QSize Plot::sizeHint() const {
    return {scaled(420, font()), scaled(220, font())};
}

QSize Plot::minimumSizeHint() const {
    return {scaled(180, font()), scaled(110, font())};
}

void Plot::setTitle(const QString& title, const QString& subtitle) {
    title_ = title;
    subtitle_ = subtitle;
    header_->setVisible(!title.isEmpty());
    header_->update();
    announce();
}

void Plot::setEmptyText(const QString& text) {
    emptyText_ = text;
    markDirty();
}

void Plot::setProvenance(const QString& text) {
    provenance_ = text;
}

void Plot::setXAxis(const AxisSpec& spec) {
    xSpec_ = spec;
    canvas_->xAxis->setScaleType(spec.scale == AxisScale::Log ? QCPAxis::stLogarithmic
                                                              : QCPAxis::stLinear);
    resetView();
}

void Plot::setYAxis(const AxisSpec& spec) {
    ySpec_ = spec;
    canvas_->yAxis->setScaleType(spec.scale == AxisScale::Log ? QCPAxis::stLogarithmic
                                                              : QCPAxis::stLinear);
    resetView();
}

void Plot::setTickNames(const QStringList& x, const QStringList& y) {
    if (x == xNames_ && y == yNames_)
        return;
    xNames_ = x;
    yNames_ = y;
    markDirty();
}

Range Plot::xRange() const {
    const QCPRange range = canvas_->xAxis->range();
    return {range.lower, range.upper};
}

Range Plot::yRange() const {
    const QCPRange range = canvas_->yAxis->range();
    return {range.lower, range.upper};
}

int Plot::plotWidth() const {
    return canvas_->axisRect()->width();
}

QRect Plot::axisRect() const {
    return canvas_->axisRect()->rect();
}

double Plot::toPixelX(double x) const {
    return canvas_->xAxis->coordToPixel(x);
}
double Plot::toPixelY(double y) const {
    return canvas_->yAxis->coordToPixel(y);
}
double Plot::toValueX(double pixel) const {
    return canvas_->xAxis->pixelToCoord(pixel);
}
double Plot::toValueY(double pixel) const {
    return canvas_->yAxis->pixelToCoord(pixel);
}

Appearance Plot::appearance() const {
    return paper_ ? *paper_ : appearanceOf(palette());
}

const Tokens& Plot::colors() const {
    return tokens(appearance());
}

QFont Plot::smallFont() const {
    return fontsFor(font()).small;
}

void Plot::markDirty() {
    dirty_ = true;
    if (isVisible())
        clock_->request(this);
}

void Plot::markUrgent() {
    urgent_ = true;
    markDirty();
}

void Plot::resetView() {
    exactFit_ = true;
    ownMargins_ = {};
    markDirty();
}

void Plot::setRanges(const Range& x, const Range& y) {
    canvas_->xAxis->setRange(x.low, x.high);
    canvas_->yAxis->setRange(y.low, y.high);
}

/// Ranges that show all data; while live y moves only when it must.
void Plot::followData() {
    const Extent extent = dataExtent();
    Range x = xRange();
    Range y = yRange();
    if (extent.x)
        x = extent.x->size() > 0 ? *extent.x : padded(*extent.x, xSpec_.scale, kPadding);
    if (extent.y) {
        const Range wanted = padded(*extent.y, ySpec_.scale, padsY() ? kPadding : 0);
        const auto length = [this](const Range& r) {
            return ySpec_.scale == AxisScale::Log ? std::log(r.high / r.low) : r.size();
        };
        const bool fits = !exactFit_ && y.low <= extent.y->low && y.high >= extent.y->high &&
                          length(wanted) >= kLeastFill * length(y);
        if (!fits)
            y = wanted;
    }
    exactFit_ = false;
    setRanges(x, y);
}

void Plot::replotNow() {
    // A layout may show a plot before it gives it room; with that it is asked for again.
    if (canvas_->size().isEmpty()) {
        urgent_ = false;
        return;
    }
    QElapsedTimer timer;
    timer.start();
    const bool dataMoved = dirty_;
    dirty_ = false;
    if (following_)
        followData();
    showScales(!isEmpty() && hasScales());
    updateMargins();
    canvas_->replot(QCustomPlot::rpImmediateRefresh);
    // The widths of the tick labels are known only now.
    const QMargins before = ownMargins_;
    updateMargins();
    if (ownMargins_ != before)
        canvas_->replot(QCustomPlot::rpImmediateRefresh);
    lastReplotMs_ = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    urgent_ = false;
    if (dataMoved)
        announce();
    if (plotWidth() != emittedWidth_ && !isEmpty())
        rangeMoved_ = true;
    if (rangeMoved_) {
        rangeMoved_ = false;
        emittedWidth_ = plotWidth();
        const Range x = xRange();
        emit rangeChanged(x.low, x.high, plotWidth());
    }
}

/// Without data there is nothing to read off: axes stay as plain lines.
void Plot::showScales(bool shown) {
    canvas_->xAxis->setVisible(hasScales());
    canvas_->yAxis->setVisible(hasScales());
    canvas_->xAxis->setTicks(shown);
    canvas_->xAxis->setTickLabels(shown);
    canvas_->yAxis->setTicks(shown && zoomsY());
    canvas_->yAxis->setTickLabels(shown && zoomsY());
    canvas_->xAxis->grid()->setVisible(shown);
    canvas_->yAxis->grid()->setVisible(shown && zoomsY());
}

void Plot::flush() {
    replotNow();
}

QMargins Plot::wantedMargins() const {
    const QFont small = smallFont();
    const QFontMetrics metrics(small);
    int labels = 0;
    for (const QString& label : canvas_->yAxis->tickVectorLabels())
        labels = std::max(labels, metrics.horizontalAdvance(label));
    const bool titled = !ySpec_.title.isEmpty();
    const int left = labels + scaled(titled ? 26 : 14, font());
    return {std::max(left, scaled(titled ? 60 : 44, font())), scaled(8, font()), scaled(14, font()),
            scaled(xSpec_.title.isEmpty() ? 22 : 36, font())};
}

/// Margins only grow, in steps, until the view is reset: tick labels that change their width must
/// not make a live plot jump.
void Plot::updateMargins() {
    const QMargins wanted = wantedMargins();
    constexpr int kStep = 8;
    const auto grown = [](int now, int needed) {
        return needed <= now ? now : now == 0 ? needed : (needed + kStep - 1) / kStep * kStep;
    };
    const QMargins before = ownMargins_;
    ownMargins_ = {grown(before.left(), wanted.left()), grown(before.top(), wanted.top()),
                   grown(before.right(), wanted.right()), grown(before.bottom(), wanted.bottom())};
    canvas_->axisRect()->setMargins(sharedMargins_.value_or(ownMargins_));
    if (ownMargins_ != before)
        emit marginsChanged();
}

void Plot::setSharedMargins(const std::optional<QMargins>& margins) {
    if (margins == sharedMargins_)
        return;
    sharedMargins_ = margins;
    markDirty();
}

void Plot::applyTheme() {
    const Tokens& t = colors();
    const QFont small = smallFont();
    canvas_->setBackground(QBrush(t.surface));
    for (QCPAxis* axis : {canvas_->xAxis, canvas_->yAxis}) {
        const QPen pen(t.axis, 1);
        axis->setBasePen(pen);
        axis->setTickPen(pen);
        axis->setTickLabelColor(t.muted);
        axis->setTickLabelFont(small);
        axis->grid()->setPen(QPen(t.grid, 1));
        axis->grid()->setZeroLinePen(Qt::NoPen);
        axis->grid()->setSubGridVisible(false);
    }
    header_->setFixedHeight(scaled(measure::kPlotTitleHeight, font()));
    header_->update();
    markDirty();
}

void Plot::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange ||
        event->type() == QEvent::StyleChange)
        applyTheme();
}

void Plot::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    // A first picture at once; what comes later waits for the clock.
    if (dirty_)
        replotNow();
}

void Plot::announce() {
    const QString spoken = cursorX_ && ownsCursor_ ? describeCursor() : QString();
    const QString name = spoken.isEmpty() ? title_ : title_ + QStringLiteral(": ") + spoken;
    canvas_->setAccessibleName(name.isEmpty() ? tr("Plot") : name);
    const QString description = isEmpty() ? emptyText_ : describe();
    canvas_->setAccessibleDescription(description);
    setAccessibleName(title_.isEmpty() ? tr("Plot") : title_);
    setAccessibleDescription(description);
}

} // namespace inlay::widgets

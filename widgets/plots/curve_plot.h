#pragma once

#include <functional>
#include <vector>

#include "widgets/plots/plot.h"

class QCPGraph;

namespace inlay::widgets {

/// Lines over a shared x: any number of series, each with raw data behind, a band and a label at
/// its end. What it is given is reduced to the pixels of the visible range when drawn (min-max, so
/// a one-point spike shows at every zoom), hence full data of a million points may be handed over.
class CurvePlot : public Plot {
    Q_OBJECT

public:
    explicit CurvePlot(QWidget* parent = nullptr);
    ~CurvePlot() override;

    /// Replaces all series; ranges follow the data again unless a person zoomed.
    void setSeries(std::vector<CurveSeries> series);
    void addSeries(CurveSeries series);
    void removeSeries(const QString& id);
    void clear();
    const std::vector<CurveSeries>& series() const { return series_; }

    /// Replaces what one series displays, e.g. after re-reading the visible range. The extent for
    /// fit() keeps the x range of everything the series has shown before.
    void setPoints(const QString& id, Points points, Points raw = {});
    void setBand(const QString& id, BandPoints band);
    /// Appends live points; x must not be less than the last one.
    void appendPoints(const QString& id, const Points& points, const Points& raw = {});
    void setSeriesVisible(const QString& id, bool visible);
    bool isSeriesVisible(const QString& id) const;
    /// Draws one series thicker and on top (hover in a table); empty for none.
    void highlight(const QString& id);

    /// The x where a live run is expected to end: the axis reaches it from the start.
    void setExpectedEnd(std::optional<double> x);
    void setMarks(std::vector<PlotMark> marks);
    /// Words of the read-out's heading for an x; default "<axis title> <x>".
    void setHeadingFormat(std::function<QString(double)> format);

    /// Values that a log axis cannot show, over all visible series.
    int hiddenOnLogAxis() const;

    PlotTable table() const override;
    bool isEmpty() const override;

signals:
    void seriesHovered(const QString& id);
    void seriesClicked(const QString& id);

protected:
    Extent dataExtent() const override;
    void prepare() override;
    void paintBehind(QPainter& painter) override;
    void paintFront(QPainter& painter) override;
    void paintOverlay(QPainter& painter) override;
    void paintCursor(QPainter& painter) override;
    QMargins wantedMargins() const override;
    QString describe() const override;
    QString describeCursor() const override;
    std::optional<double> neighborX(std::optional<double> from, int points) const override;
    int pointCount() const override;
    std::optional<double> cursorAt(const QPointF& pixel) const override;
    void hoverAt(const std::optional<QPointF>& pixel) override;
    void clickAt(const QPointF& pixel) override;

private:
    struct Shown;

    int indexOf(const QString& id) const;
    const CurveSeries* leading() const;
    void resetShown();
    void refreshExtent(std::size_t index);
    std::vector<double> columnEdges() const;
    static QString hiddenText(int count);
    QPen penFor(std::size_t index) const;
    QString endLabelText(const CurveSeries& series, const QFontMetrics& metrics) const;
    int nearestSeries(const QPointF& pixel) const;
    std::vector<ReadoutRowText> readoutRows(double x) const;

    std::vector<CurveSeries> series_;
    std::vector<Shown> shown_;
    std::vector<PlotMark> marks_;
    std::optional<double> expectedEnd_;
    std::function<QString(double)> heading_;
    QString highlighted_;
    QString hovered_;
};

} // namespace inlay::widgets

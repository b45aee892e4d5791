#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QObject>

#include "engine/analysis/smoothing.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/views/train/series_book.h"

class QTimer;

namespace inlay::widgets {

class StoreClient;

enum class TimeAxis { Step, WallTime };
enum class Smoothing { None, Wanted };

/// One curve of a plot and the series it shows.
struct FedCurve {
    /// Its points are filled in by the feed, unless it belongs to no run.
    CurveSeries look;
    engine::RunId run = 0;
    QString name;
    /// Values are shown times this: 100 for fractions in percent.
    double factor = 1;
    Smoothing smoothing = Smoothing::None;
    /// Wall time counts from here.
    double originMs = 0;
};

/// Keeps a CurvePlot at the series of a book: smooths the full data and re-reads the visible range
/// from the store, both on the store's worker thread, and appends live points at once. The picture
/// stays until the newer one is there; the latest wish wins.
class CurveFeed : public QObject {
    Q_OBJECT

public:
    CurveFeed(CurvePlot* plot, const SeriesBook& book, StoreClient& store, QObject* parent);

    /// Replaces all curves.
    void setCurves(std::vector<FedCurve> curves);
    /// Weight of the exponential average, 0 (none) to 0.999.
    void setSmoothing(double weight);
    void setTimeAxis(TimeAxis axis, double millisecondsPerUnit);
    /// The book took news of this series.
    void apply(engine::RunId run, const QString& name, SeriesBook::Change change);
    /// The last smoothed value of a curve; nothing before the first.
    std::optional<double> lastShown(const QString& id) const;
    bool isBusy() const { return isAsking_; }

signals:
    /// lastShown() may have moved.
    void shownChanged();

private:
    struct Shown {
        std::optional<engine::DebiasedAverage> average;
        /// Points of the book that the plot has.
        std::size_t consumed = 0;
        std::optional<double> last;
    };
    struct Request;
    struct Answer;

    void refresh();
    void ask();
    void take(std::vector<Answer> answers);
    void appendTail(std::size_t index);
    static std::vector<Answer> compute(engine::RunStore& store, const Request& request);

    CurvePlot* plot_;
    const SeriesBook& book_;
    StoreClient& store_;
    QTimer* soon_;
    std::vector<FedCurve> curves_;
    std::vector<Shown> shown_;
    double weight_ = 0;
    TimeAxis axis_ = TimeAxis::Step;
    double unitMs_ = 1;
    /// Answers for older curves or a moved axis are dropped; others are shown although late.
    std::uint64_t structure_ = 0;
    std::uint64_t generation_ = 0;
    bool isAsking_ = false;
};

} // namespace inlay::widgets

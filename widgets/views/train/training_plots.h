#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <QWidget>

#include "engine/store/series_data.h"
#include "widgets/views/train/curve_feed.h"

class QComboBox;
class QLabel;
class QSlider;
class QTimer;

namespace inlay::widgets {

class HeatStrip;
class LegendLine;
class PlotGroup;
class StoreClient;

/// The four linked plots of a training run with their legend and controls: loss, accuracy,
/// throughput and gradient norm per layer.
class TrainingPlots : public QWidget {
    Q_OBJECT

public:
    TrainingPlots(StoreClient& store, QWidget* parent);

    /// The run on show and what it is compared with; run = 0 for none.
    struct Subject {
        engine::RunId run = 0;
        engine::RunId twin = 0;
        QString twinName;
        double originMs = 0;
        double twinOriginMs = 0;

        bool operator==(const Subject&) const = default;
    };
    void setSubject(const Subject& subject);
    void setProvenance(const QString& text);
    void setExpectedEnd(std::optional<double> step);
    /// Names of the layers, top to bottom, with their titles.
    void setLayers(QStringList names, QStringList titles);
    void setSubtitles(const QString& accuracy, const QString& throughput);
    /// Takes news of the watched series; true when points were taken away by a new attempt.
    bool take(const std::vector<SeriesNews>& news);
    const SeriesBook& book() const { return book_; }
    /// Smoothed training loss at its end.
    std::optional<double> smoothedLoss() const;
    std::optional<double> smoothedThroughput() const;
    /// Reads the points that later attempts replaced.
    void readSuperseded();

    CurvePlot* loss() const { return loss_; }
    CurvePlot* accuracy() const { return accuracy_; }
    CurvePlot* throughput() const { return throughput_; }
    HeatStrip* gradients() const { return gradients_; }
    QSlider* smoothing() const { return smoothing_; }
    bool isBusy() const;

signals:
    void notice(const QString& sentence);
    /// The smoothing moved, or what is smoothed.
    void smoothingChanged();

private:
    void buildControls();
    void updateCurves();
    void updateAxes();
    void updateGradients();
    void updateLegend();
    /// Milliseconds in the unit of the wall time axis, by the length of the run.
    double wallUnitMs() const;

    StoreClient& store_;
    SeriesBook book_;
    Subject subject_;
    CurvePlot* loss_;
    CurvePlot* accuracy_;
    CurvePlot* throughput_;
    HeatStrip* gradients_;
    PlotGroup* columns_;
    CurveFeed* lossFeed_;
    CurveFeed* accuracyFeed_;
    CurveFeed* throughputFeed_;
    QSlider* smoothing_;
    QLabel* smoothingValue_;
    QComboBox* timeAxis_;
    QComboBox* lossScale_;
    LegendLine* legend_;
    QStringList layers_;
    QStringList layerTitles_;
    std::optional<double> expectedEnd_;
    /// Superseded curves by series name.
    std::map<std::string, engine::SeriesData> superseded_;
    QTimer* gradientsSoon_;
    bool gradientsAsking_ = false;
};

} // namespace inlay::widgets

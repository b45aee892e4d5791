#include "widgets/views/train/training_plots.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QSlider>
#include <QTimer>

#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"
#include "widgets/plots/heat_strip.h"
#include "widgets/plots/plot_group.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/train/legend_line.h"

namespace inlay::widgets {
namespace {

constexpr int kSliderSteps = 999;
constexpr int kStartSmoothing = 900;
constexpr int kGradientsEveryMs = 400;
constexpr std::size_t kMostGradientColumns = 400;
constexpr double kPercent = 100;

const QString kTrainLoss = QStringLiteral("train/loss");
const QString kValidationLoss = QStringLiteral("validation/loss");
const QString kValidationAccuracy = QStringLiteral("validation/accuracy");
const QString kSamplesPerSecond = QStringLiteral("time/samples_per_second");
const QString kGradientNorm = QStringLiteral("gradient_norm/");

CurveSeries look(const QString& id, const QString& name, const SeriesStyle& style,
                 Emphasis emphasis, EndLabel label) {
    CurveSeries series;
    series.id = id;
    series.name = name;
    series.style = style;
    series.emphasis = emphasis;
    series.label = label;
    return series;
}

/// Columns of at most kMostGradientColumns buckets: the largest norm in each, no value where one
/// of them is not finite.
HeatData heatOf(const std::vector<std::shared_ptr<const SeriesPoints>>& layers, TimeAxis axis,
                double originMs, double unitMs, const std::optional<Range>& range) {
    HeatData heat;
    const SeriesPoints* clock = nullptr;
    for (const auto& layer : layers)
        if (layer && (clock == nullptr || layer->size() > clock->size()))
            clock = layer.get();
    if (clock == nullptr)
        return heat;
    std::vector<double> steps;
    std::vector<double> x;
    for (std::size_t i = 0; i < clock->size(); ++i) {
        const double at =
            axis == TimeAxis::Step ? clock->steps[i] : (clock->wallMs[i] - originMs) / unitMs;
        if (range && (at < range->low || at > range->high))
            continue;
        if (!x.empty() && at <= x.back())
            continue;
        steps.push_back(clock->steps[i]);
        x.push_back(at);
    }
    const std::size_t stride = (x.size() + kMostGradientColumns - 1) / kMostGradientColumns;
    std::vector<double> starts;
    for (std::size_t i = 0; i < x.size(); i += std::max<std::size_t>(stride, 1)) {
        const std::size_t last = std::min(i + stride, x.size()) - 1;
        starts.push_back(steps[i]);
        heat.x.push_back(0.5 * (x[i] + x[last]));
    }
    heat.values.reserve(layers.size() * starts.size());
    for (const auto& layer : layers) {
        std::size_t at = 0;
        const std::size_t count = layer ? layer->size() : 0;
        if (layer && !starts.empty())
            at = static_cast<std::size_t>(
                std::lower_bound(layer->steps.begin(), layer->steps.end(), starts.front()) -
                layer->steps.begin());
        for (std::size_t c = 0; c < starts.size(); ++c) {
            const double end = c + 1 < starts.size() ? starts[c + 1]
                               : range               ? steps.back() + 1
                                                     : std::numeric_limits<double>::infinity();
            double largest = std::numeric_limits<double>::quiet_NaN();
            bool isFinite = true;
            for (; at < count && layer->steps[at] < end; ++at) {
                isFinite = isFinite && std::isfinite(layer->values[at]);
                largest = std::fmax(largest, layer->values[at]);
            }
            heat.values.push_back(isFinite ? largest : std::numeric_limits<double>::quiet_NaN());
        }
    }
    return heat;
}

} // namespace

TrainingPlots::TrainingPlots(StoreClient& store, QWidget* parent)
    : QWidget(parent)
    , store_(store)
    , gradientsSoon_(new QTimer(this)) {
    setProperty("surface", true);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(0);
    buildControls();
    loss_ = new CurvePlot(this);
    accuracy_ = new CurvePlot(this);
    throughput_ = new CurvePlot(this);
    gradients_ = new HeatStrip(this);
    grid->addWidget(loss_, 1, 0);
    grid->addWidget(accuracy_, 1, 1);
    grid->addWidget(throughput_, 2, 0);
    grid->addWidget(gradients_, 2, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    grid->setRowStretch(1, 6);
    grid->setRowStretch(2, 5);

    loss_->setEmptyText(
        tr("Training and validation loss will appear here as soon as a run starts."));
    accuracy_->setTitle(tr("Accuracy"), tr("validation"));
    accuracy_->setEmptyText(tr("Accuracy on the validation images will appear here after the "
                               "first epoch, with the dense twin as a dashed line."));
    accuracy_->setYAxis({tr("Accuracy"), {QStringLiteral("%"), 4}, AxisScale::Linear});
    throughput_->setTitle(tr("Throughput"));
    throughput_->setEmptyText(tr("Images a second will appear here as soon as a run starts."));
    throughput_->setYAxis({tr("Images/s"), {{}, 4}, AxisScale::Linear});
    gradients_->setTitle(tr("Gradient norm"), tr("per layer, L2, log scale"));
    gradients_->setEmptyText(tr("One row a layer will appear here as soon as a run starts."));
    gradients_->setValues({{}, 3}, AxisScale::Log);

    columns_ = new PlotGroup(this, LinkRanges::X);
    for (Plot* plot : std::initializer_list<Plot*>{loss_, accuracy_, throughput_, gradients_}) {
        columns_->add(plot);
        connect(plot, &Plot::notice, this, &TrainingPlots::notice);
    }
    lossFeed_ = new CurveFeed(loss_, book_, store_, this);
    accuracyFeed_ = new CurveFeed(accuracy_, book_, store_, this);
    throughputFeed_ = new CurveFeed(throughput_, book_, store_, this);

    gradientsSoon_->setSingleShot(true);
    gradientsSoon_->setInterval(kGradientsEveryMs);
    connect(gradientsSoon_, &QTimer::timeout, this, &TrainingPlots::updateGradients);
    connect(gradients_, &Plot::rangeChanged, this, &TrainingPlots::updateGradients);
    connect(smoothing_, &QSlider::valueChanged, this, [this](int value) {
        const double weight = value / 1000.0;
        smoothingValue_->setText(QLocale().toString(weight, 'f', weight > 0.99 ? 3 : 2));
        lossFeed_->setSmoothing(weight);
        throughputFeed_->setSmoothing(weight);
        emit smoothingChanged();
    });
    for (CurveFeed* feed : {lossFeed_, throughputFeed_})
        connect(feed, &CurveFeed::shownChanged, this, &TrainingPlots::smoothingChanged);
    smoothing_->setValue(kStartSmoothing);
    connect(timeAxis_, &QComboBox::currentIndexChanged, this, &TrainingPlots::updateAxes);
    connect(lossScale_, &QComboBox::currentIndexChanged, this, &TrainingPlots::updateAxes);
    updateAxes();
}

void TrainingPlots::buildControls() {
    auto* bar = new QWidget(this);
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(scaled(measure::kViewPadding, font()), scaled(4, font()),
                               scaled(measure::kViewPadding, font()), 0);
    layout->setSpacing(scaled(measure::kGap, font()));
    legend_ = new LegendLine(bar);
    layout->addWidget(legend_, 1);
    const auto caption = [&](const QString& text, QWidget* buddy) {
        auto* label = new QLabel(text, bar);
        label->setProperty("role", QStringLiteral("muted"));
        label->setBuddy(buddy);
        layout->addWidget(label);
    };
    smoothing_ = new QSlider(Qt::Horizontal, bar);
    smoothing_->setRange(0, kSliderSteps);
    smoothing_->setPageStep(50);
    smoothing_->setMinimumWidth(scaled(64, font()));
    smoothing_->setMaximumWidth(scaled(84, font()));
    smoothing_->setAccessibleName(tr("Smoothing"));
    smoothing_->setToolTip(tr("Weight of the exponential moving average over all points; the raw "
                              "values stay behind the curve"));
    caption(tr("Smoothing"), smoothing_);
    layout->addWidget(smoothing_);
    smoothingValue_ = new QLabel(bar);
    smoothingValue_->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("0.999")));
    layout->addWidget(smoothingValue_);
    timeAxis_ = new QComboBox(bar);
    timeAxis_->addItems({tr("Step"), tr("Wall time")});
    timeAxis_->setAccessibleName(tr("X axis"));
    caption(tr("X axis"), timeAxis_);
    layout->addWidget(timeAxis_);
    lossScale_ = new QComboBox(bar);
    lossScale_->addItems({tr("Log"), tr("Linear")});
    lossScale_->setAccessibleName(tr("Scale of the loss"));
    caption(tr("Loss"), lossScale_);
    layout->addWidget(lossScale_);
    static_cast<QGridLayout*>(this->layout())->addWidget(bar, 0, 0, 1, 2);
}

void TrainingPlots::setSubject(const Subject& subject) {
    if (subject == subject_)
        return;
    const bool isOther = subject.run != subject_.run;
    if (isOther) {
        book_.clear();
        superseded_.clear();
        gradients_->setData({});
        for (Plot* plot : std::initializer_list<Plot*>{loss_, accuracy_, throughput_, gradients_})
            plot->fit();
    }
    subject_ = subject;
    updateCurves();
    updateLegend();
    gradientsSoon_->start();
    if (isOther)
        readSuperseded();
}

void TrainingPlots::setProvenance(const QString& text) {
    for (Plot* plot : std::initializer_list<Plot*>{loss_, accuracy_, throughput_, gradients_})
        plot->setProvenance(text);
}

void TrainingPlots::setExpectedEnd(std::optional<double> step) {
    if (step == expectedEnd_)
        return;
    expectedEnd_ = step;
    const bool isSteps = timeAxis_->currentIndex() == 0;
    const std::optional<double> end = isSteps ? expectedEnd_ : std::nullopt;
    for (CurvePlot* plot : {loss_, accuracy_, throughput_})
        plot->setExpectedEnd(end);
    gradients_->setExpectedEnd(end);
}

void TrainingPlots::setLayers(QStringList names, QStringList titles) {
    if (names == layers_ && titles == layerTitles_)
        return;
    layers_ = std::move(names);
    layerTitles_ = std::move(titles);
    updateGradients();
}

void TrainingPlots::setSubtitles(const QString& accuracy, const QString& throughput) {
    accuracy_->setTitle(tr("Accuracy"), accuracy);
    throughput_->setTitle(tr("Throughput"), throughput);
}

void TrainingPlots::updateCurves() {
    std::vector<FedCurve> loss;
    std::vector<FedCurve> accuracy;
    std::vector<FedCurve> throughput;
    const Subject& s = subject_;
    const bool isSteps = timeAxis_->currentIndex() == 0;
    const auto superseded = [&](const QString& name, const SeriesStyle& style, double factor,
                                std::vector<FedCurve>& to) {
        const auto found = superseded_.find(name.toStdString());
        if (found == superseded_.end())
            return;
        FedCurve curve;
        curve.look = look(QStringLiteral("superseded"), tr("earlier attempt"), style,
                          Emphasis::Normal, EndLabel::None);
        // Of stretches that were replaced twice the first is shown: x must not go back.
        const engine::SeriesData& replaced = found->second;
        Points& raw = curve.look.raw;
        for (std::size_t i = 0; i < replaced.size(); ++i) {
            const double x =
                isSteps ? static_cast<double>(replaced.steps[i])
                        : (static_cast<double>(replaced.wallMs[i]) - s.originMs) / wallUnitMs();
            if (!raw.x.empty() && x < raw.x.back())
                continue;
            raw.x.push_back(x);
            raw.y.push_back(replaced.values[i] * factor);
        }
        to.push_back(std::move(curve));
    };
    if (s.run != 0) {
        superseded(kTrainLoss, trainStyle(), 1, loss);
        superseded(kValidationAccuracy, validationStyle(), kPercent, accuracy);
        superseded(kSamplesPerSecond, trainStyle(), 1, throughput);
    }
    if (s.twin != 0) {
        const auto twin = [&](const QString& name, double factor, Smoothing smoothing) {
            return FedCurve{look(QStringLiteral("twin"), tr("dense twin"), baselineStyle(),
                                 Emphasis::Reference, EndLabel::Name),
                            s.twin,
                            name,
                            factor,
                            smoothing,
                            s.twinOriginMs};
        };
        loss.push_back(twin(kValidationLoss, 1, Smoothing::None));
        accuracy.push_back(twin(kValidationAccuracy, kPercent, Smoothing::None));
        throughput.push_back(twin(kSamplesPerSecond, 1, Smoothing::Wanted));
    }
    if (s.run != 0) {
        loss.push_back({look(QStringLiteral("train"), tr("train"), trainStyle(), Emphasis::Chosen,
                             EndLabel::NameAndValue),
                        s.run, kTrainLoss, 1, Smoothing::Wanted, s.originMs});
        FedCurve validation{look(QStringLiteral("validation"), tr("validation"), validationStyle(),
                                 Emphasis::Normal, EndLabel::NameAndValue),
                            s.run,
                            kValidationLoss,
                            1,
                            Smoothing::None,
                            s.originMs};
        validation.look.marks = PointMarks::Shown;
        loss.push_back(validation);
        validation.look.id = QStringLiteral("run");
        validation.look.name = tr("this run");
        validation.name = kValidationAccuracy;
        validation.factor = kPercent;
        validation.look.emphasis = Emphasis::Chosen;
        accuracy.push_back(validation);
        throughput.push_back({look(QStringLiteral("run"), tr("this run"), trainStyle(),
                                   Emphasis::Chosen, EndLabel::NameAndValue),
                              s.run, kSamplesPerSecond, 1, Smoothing::Wanted, s.originMs});
    }
    lossFeed_->setCurves(std::move(loss));
    accuracyFeed_->setCurves(std::move(accuracy));
    throughputFeed_->setCurves(std::move(throughput));
}

double TrainingPlots::wallUnitMs() const {
    constexpr double kMinute = 60'000;
    constexpr double kHour = 60 * kMinute;
    const auto all = book_.find(subject_.run, kTrainLoss);
    const double span = all && all->size() > 0 ? all->wallMs.back() - subject_.originMs : 0;
    return span > 3 * kHour ? kHour : span > 3 * kMinute ? kMinute : 1000;
}

void TrainingPlots::updateAxes() {
    const bool isSteps = timeAxis_->currentIndex() == 0;
    const bool isLog = lossScale_->currentIndex() == 0;
    const double unit = wallUnitMs();
    AxisSpec x{tr("Step"), {{}, 4}, AxisScale::Linear};
    if (!isSteps)
        x = {tr("Wall time"),
             {unit > 1e6    ? QStringLiteral("h")
              : unit > 1000 ? QStringLiteral("min")
                            : QStringLiteral("s"),
              3},
             AxisScale::Linear};
    loss_->setTitle(tr("Loss"), isLog ? tr("log scale") : QString());
    loss_->setYAxis({tr("Loss"), {tr("nats"), 3}, isLog ? AxisScale::Log : AxisScale::Linear});
    const bool isOtherAxis =
        !(loss_->xAxis().title == x.title && loss_->xAxis().format.unit == x.format.unit);
    for (Plot* plot : std::initializer_list<Plot*>{loss_, accuracy_, throughput_, gradients_}) {
        plot->setXAxis(x);
        if (isOtherAxis)
            plot->fit();
    }
    const std::optional<double> end = isSteps ? expectedEnd_ : std::nullopt;
    for (CurvePlot* plot : {loss_, accuracy_, throughput_})
        plot->setExpectedEnd(end);
    gradients_->setExpectedEnd(end);
    if (!isOtherAxis)
        return;
    const TimeAxis axis = isSteps ? TimeAxis::Step : TimeAxis::WallTime;
    for (CurveFeed* feed : {lossFeed_, accuracyFeed_, throughputFeed_})
        feed->setTimeAxis(axis, isSteps ? 1 : unit);
    updateCurves();
    gradientsSoon_->start();
}

bool TrainingPlots::take(const std::vector<SeriesNews>& news) {
    bool isReplaced = false;
    bool hasNorms = false;
    std::vector<std::pair<const SeriesNews*, SeriesBook::Change>> changes;
    for (const SeriesNews& one : news) {
        if (one.run != subject_.run && one.run != subject_.twin)
            continue;
        const SeriesBook::Change change = book_.apply(one);
        changes.emplace_back(&one, change);
        isReplaced = isReplaced || change == SeriesBook::Change::Replaced;
        hasNorms = hasNorms || one.name.startsWith(kGradientNorm);
    }
    for (const auto& [one, change] : changes) {
        if (change == SeriesBook::Change::None)
            continue;
        for (CurveFeed* feed : {lossFeed_, accuracyFeed_, throughputFeed_})
            feed->apply(one->run, one->name, change);
    }
    if (hasNorms && !gradientsSoon_->isActive())
        gradientsSoon_->start();
    if (isReplaced)
        readSuperseded();
    return isReplaced;
}

std::optional<double> TrainingPlots::smoothedLoss() const {
    return lossFeed_->lastShown(QStringLiteral("train"));
}

std::optional<double> TrainingPlots::smoothedThroughput() const {
    return throughputFeed_->lastShown(QStringLiteral("run"));
}

void TrainingPlots::readSuperseded() {
    if (subject_.run == 0)
        return;
    store_.ask(
        this,
        [run = subject_.run](engine::RunStore& store) {
            std::map<std::string, engine::SeriesData> found;
            if (store.attempts(run).size() < 2)
                return found;
            engine::SeriesReader reader(store);
            for (const QString& name : {kTrainLoss, kValidationAccuracy, kSamplesPerSecond})
                if (const auto info = reader.find(run, name.toStdString())) {
                    engine::SeriesData replaced = reader.readSuperseded(info->id);
                    if (replaced.size() > 0)
                        found[name.toStdString()] = std::move(replaced);
                }
            return found;
        },
        [this, run = subject_.run](std::map<std::string, engine::SeriesData> found) {
            if (run != subject_.run || (found.empty() && superseded_.empty()))
                return;
            superseded_ = std::move(found);
            updateCurves();
        });
}

void TrainingPlots::updateGradients() {
    if (gradientsAsking_) {
        gradientsSoon_->start();
        return;
    }
    if (subject_.run == 0)
        return;
    QStringList names = layers_;
    QStringList titles = layerTitles_;
    if (names.isEmpty()) {
        for (const QString& name : book_.names(subject_.run, kGradientNorm))
            names << name.mid(kGradientNorm.size());
        titles = names;
    }
    std::vector<std::shared_ptr<const SeriesPoints>> layers;
    bool hasAny = false;
    for (const QString& name : names) {
        layers.push_back(book_.find(subject_.run, kGradientNorm + name));
        hasAny = hasAny || layers.back();
    }
    if (!hasAny)
        return;
    std::optional<Range> range;
    if (!gradients_->isFollowing())
        range = gradients_->xRange();
    const TimeAxis axis = timeAxis_->currentIndex() == 0 ? TimeAxis::Step : TimeAxis::WallTime;
    gradientsAsking_ = true;
    store_.ask(
        this,
        [layers = std::move(layers), axis, origin = subject_.originMs, unit = wallUnitMs(),
         range](engine::RunStore&) { return heatOf(layers, axis, origin, unit, range); },
        [this, titles, run = subject_.run, axis](HeatData heat) {
            gradientsAsking_ = false;
            const bool isSteps = timeAxis_->currentIndex() == 0;
            if (run != subject_.run || (axis == TimeAxis::Step) != isSteps)
                return;
            heat.rowNames = titles;
            gradients_->setData(std::move(heat));
        },
        [this](const QString&) { gradientsAsking_ = false; });
}

void TrainingPlots::updateLegend() {
    std::vector<LegendLine::Key> keys;
    using Mark = LegendLine::Key::Mark;
    keys.push_back({tr("train, raw behind smoothed"), trainStyle(), Mark::Line});
    keys.push_back({tr("validation"), validationStyle(), Mark::LineAndMarker});
    if (subject_.twin != 0)
        keys.push_back({subject_.twinName.isEmpty() ? tr("dense twin")
                                                    : tr("dense twin (%1)").arg(subject_.twinName),
                        baselineStyle(), Mark::Line});
    legend_->setKeys(std::move(keys));
}

bool TrainingPlots::isBusy() const {
    return lossFeed_->isBusy() || accuracyFeed_->isBusy() || throughputFeed_->isBusy() ||
           gradientsAsking_ || gradientsSoon_->isActive();
}

} // namespace inlay::widgets

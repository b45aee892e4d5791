#include "widgets/views/compare/curve_panel.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QLocale>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>

#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/compare/compare_rows.h"
#include "widgets/views/compare/elided_combo.h"

namespace inlay::widgets {
namespace {

constexpr int kLeastPauseMs = 100;
// A few points are marked one by one.
constexpr std::size_t kMarkedPoints = 60;
constexpr std::size_t kLabeledGroups = 14;

bool isAnswered(const std::vector<GroupCurve>& curves) {
    return std::any_of(curves.begin(), curves.end(),
                       [](const auto& curve) { return curve.mean.size() > 0; });
}

} // namespace

CurvePanel::CurvePanel(Role role, StoreClient& store, const RunColumnCatalog& catalog,
                       const ParameterWords& words, QWidget* parent)
    : QWidget(parent)
    , store_(store)
    , catalog_(catalog)
    , words_(words)
    , comparison_(std::make_shared<Comparison>())
    , reader_(std::make_shared<CurveReader>())
    , plot_(new CurvePlot(this))
    , soon_(new QTimer(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* bar = new QWidget(this);
    bar->setFixedHeight(scaled(measure::kButtonHeight + 6, font()));
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(scaled(measure::kViewPadding, font()), scaled(4, font()),
                            scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(measure::kGap, font()));
    buildRow(role, row);
    column->addWidget(bar);
    column->addWidget(plot_, 1);
    plot_->setEmptyText(tr("The runs have recorded nothing yet that can be drawn as a curve; it "
                           "appears here as they go on."));
    soon_->setSingleShot(true);
    connect(soon_, &QTimer::timeout, this, &CurvePanel::ask);
    connect(plot_, &Plot::rangeChanged, this, &CurvePanel::refresh);
    connect(plot_, &Plot::notice, this, &CurvePanel::notice);
    connect(plot_, &CurvePlot::seriesHovered, this,
            [this](const QString& id) { emit groupHovered(groupOf(id)); });
    connect(plot_, &CurvePlot::seriesClicked, this,
            [this](const QString& id) { emit groupClicked(groupOf(id)); });
}

void CurvePanel::buildRow(Role role, QHBoxLayout* row) {
    series_ = new ElidedCombo(tr("What the curves show"), this);
    series_->setAccessibleName(role == Role::First ? tr("Series of the curves")
                                                   : tr("Series of the second curves"));
    series_->setMinimumContentsLength(10);
    series_->setMaximumWidth(scaled(260, font()));
    connect(series_, &QComboBox::activated, this, [this] {
        chosen_ = series_->currentData().toString();
        updateAxes();
        ++structure_;
        plot_->fit();
        refresh();
        emit seriesChanged(chosen_);
    });
    row->addWidget(series_, 1);
    logY_ = new QToolButton(this);
    logY_->setText(tr("Log"));
    logY_->setCheckable(true);
    logY_->setProperty("segment", true);
    logY_->setAccessibleName(tr("Logarithmic y axis"));
    logY_->setToolTip(tr("Logarithmic y axis"));
    connect(logY_, &QToolButton::toggled, this, &CurvePanel::updateAxes);
    row->addWidget(logY_);
    if (role == Role::First)
        buildOptions(row);
    row->addStretch();
}

bool CurvePanel::isBusy() const {
    return isAsking_ || soon_->isActive();
}

void CurvePanel::setComparison(std::shared_ptr<const Comparison> comparison) {
    const auto idsOf = [](const Comparison& all) {
        QStringList ids;
        for (const ComparedGroup& group : all.groups)
            for (const ComparedRun& run : group.runs)
                ids << QString::number(run.id);
        return ids;
    };
    const bool isOther = idsOf(*comparison) != idsOf(*comparison_);
    comparison_ = std::move(comparison);
    if (isOther) {
        ++structure_;
        plot_->setSeries({});
        plot_->fit();
    }
    plot_->setProvenance(comparison_->provenance);
    fillAxes();
    fillSeries();
    updateAxes();
    refresh();
}

void CurvePanel::setOptions(const CurveOptions& options) {
    if (options == options_)
        return;
    const bool moved = options.axis != options_.axis;
    options_ = options;
    if (moved) {
        ++structure_;
        plot_->fit();
    }
    updateAxes();
    refresh();
}

void CurvePanel::changeOptions(const CurveOptions& options) {
    if (options == options_)
        return;
    setOptions(options);
    emit optionsChanged(options);
}

QString CurvePanel::series() const {
    return series_->currentData().toString();
}

void CurvePanel::setSeries(const QString& name) {
    const int index = series_->findData(name);
    if (index < 0)
        return;
    chosen_ = name;
    if (index == series_->currentIndex())
        return;
    series_->setCurrentIndex(index);
    ++structure_;
    plot_->fit();
    updateAxes();
    refresh();
}

// The first of these that all runs have; then the one that most have.
QString CurvePanel::wantedSeries() const {
    static const char* const kFirst[] = {"test/accuracy", "validation/accuracy", "test/loss",
                                         "validation/loss", "train/loss"};
    if (std::any_of(comparison_->series.begin(), comparison_->series.end(),
                    [this](const auto& one) { return one.name == chosen_; }))
        return chosen_;
    const auto rank = [this](const ComparedSeries& one) {
        int place = 0;
        for (const char* first : kFirst) {
            if (one.name == QLatin1String(first))
                return place;
            ++place;
        }
        if (words_.isOneOfMany(one.name.toStdString()))
            return place + 2;
        return styleOf(one.name).better == engine::Better::Neither ? place + 1 : place;
    };
    const ComparedSeries* best = nullptr;
    for (const ComparedSeries& one : comparison_->series) {
        if (one.name == avoided_)
            continue;
        const bool isBetter = best == nullptr || one.runs > best->runs ||
                              (one.runs == best->runs && rank(one) < rank(*best));
        if (isBetter)
            best = &one;
    }
    return best == nullptr ? QString() : best->name;
}

void CurvePanel::fillSeries() {
    const QString wanted = wantedSeries();
    QStringList names;
    for (const ComparedSeries& one : comparison_->series)
        names << one.name;
    const auto isMany = [this](const QString& name) {
        return words_.isOneOfMany(name.toStdString());
    };
    std::stable_partition(names.begin(), names.end(),
                          [&](const QString& name) { return !isMany(name); });
    QStringList shown;
    for (int i = 0; i < series_->count(); ++i)
        shown << series_->itemData(i).toString();
    if (shown != names) {
        series_->clear();
        for (const QString& name : names) {
            series_->addItem(quantityName(styleOf(name)), name);
            series_->setItemData(series_->count() - 1, name, Qt::ToolTipRole);
        }
        series_->setEnabled(!names.isEmpty());
    }
    const int index = series_->findData(wanted);
    if (index != series_->currentIndex()) {
        series_->setCurrentIndex(index);
        ++structure_;
    }
}

void CurvePanel::fillAxes() {
    if (axis_ == nullptr)
        return;
    const std::vector<ComparedGroup>& groups = comparison_->groups;
    const auto all = [&](const auto& holds) {
        return !groups.empty() && std::all_of(groups.begin(), groups.end(), holds);
    };
    const bool isTimed = std::any_of(
        comparison_->series.begin(), comparison_->series.end(), [this](const ComparedSeries& one) {
            return one.name == QLatin1String("time/step_seconds") && one.runs == comparison_->runs;
        });
    const bool isNew = axis_->findData(static_cast<int>(CurveAxis::Epoch)) < 0;
    offerAxis(CurveAxis::Epoch, tr("Epoch"), {},
              all([](const ComparedGroup& group) { return std::isfinite(group.stepsPerEpoch); }));
    offerAxis(CurveAxis::Work, tr("Multiply-adds"),
              tr("Multiply-adds of training so far, forward and backward, without the optimizer: "
                 "what the runs reach for equal work"),
              all([](const ComparedGroup& group) { return group.count.has_value(); }));
    offerAxis(CurveAxis::TrainingTime, tr("Training time"),
              tr("Measured seconds in training steps so far, without checks, pauses and waiting: "
                 "what the runs reach in equal time"),
              isTimed);
    // Runs of different batch sizes meet at epochs, not at steps.
    const int epoch = axis_->findData(static_cast<int>(CurveAxis::Epoch));
    if (isNew && epoch >= 0 && !axis_->property("chosen").toBool())
        axis_->setCurrentIndex(epoch);
    CurveOptions options = options_;
    options.axis = static_cast<CurveAxis>(axis_->currentData().toInt());
    changeOptions(options);
}

void CurvePanel::offerAxis(CurveAxis axis, const QString& title, const QString& toolTip,
                           bool isThere) {
    const int index = axis_->findData(static_cast<int>(axis));
    if (isThere && index < 0) {
        // Epochs beside steps, costs at the end.
        const int place = axis == CurveAxis::Epoch ? 1 : axis_->count();
        axis_->insertItem(place, title, static_cast<int>(axis));
        axis_->setItemData(place, toolTip, Qt::ToolTipRole);
    }
    if (!isThere && index >= 0)
        axis_->removeItem(index);
}

double CurvePanel::workUnit() const {
    double most = 0;
    for (const ComparedGroup& group : comparison_->groups)
        most = std::max(most, group.plannedWork);
    return most < 2e9 ? 1e6 : most < 2e12 ? 1e9 : 1e12;
}

RunColumnStyle CurvePanel::styleOf(const QString& series) const {
    return catalog_.style({RunField::Metric, series.toStdString()});
}

double CurvePanel::timeUnitMs() const {
    double longest = 0;
    for (const ComparedGroup& group : comparison_->groups)
        for (const ComparedRun& run : group.runs)
            longest = std::max(longest, run.lengthMs);
    return longest < 180e3 ? 1e3 : longest < 7.2e6 ? 60e3 : 3600e3;
}

void CurvePanel::updateAxes() {
    const RunColumnStyle style = styleOf(series());
    const AxisScale yScale = logY_->isChecked() ? AxisScale::Log : AxisScale::Linear;
    plot_->setYAxis({quantityName(style), {shownUnit(style.unit).unit, 4}, yScale});
    AxisSpec x{tr("Step"), {}, options_.xScale};
    if (options_.axis == CurveAxis::Epoch)
        x.title = tr("Epoch");
    if (options_.axis == CurveAxis::Work) {
        const double unit = workUnit();
        x.title = tr("Multiply-adds of training");
        x.format.unit = unit < 2e6 ? tr("M") : unit < 2e9 ? tr("G") : tr("T");
    }
    if (options_.axis == CurveAxis::Time || options_.axis == CurveAxis::TrainingTime) {
        const double unit = timeUnitMs();
        x.title = options_.axis == CurveAxis::Time ? tr("Time since the start")
                                                   : tr("Time in training steps");
        x.format.unit = unit < 2e3 ? tr("s") : unit < 61e3 ? tr("min") : tr("h");
    }
    plot_->setXAxis(x);
}

void CurvePanel::refresh() {
    isStale_ = true;
    if (isAsking_ || soon_->isActive())
        return;
    // The store's worker has other things to do as well.
    const qint64 pause = std::max<qint64>(kLeastPauseMs, 3 * lastTook_);
    const qint64 waited = lastAsked_.isValid() ? lastAsked_.elapsed() : pause;
    soon_->start(static_cast<int>(std::clamp<qint64>(pause - waited, 0, pause)));
}

void CurvePanel::ask() {
    isStale_ = false;
    if (comparison_->groups.empty() || series().isEmpty()) {
        show({});
        return;
    }
    CurveRequest request;
    for (const ComparedGroup& group : comparison_->groups) {
        CurveRequest::Group wanted;
        wanted.stepsPerEpoch = group.stepsPerEpoch;
        wanted.count = group.count;
        for (const ComparedRun& run : group.runs)
            wanted.members.push_back({run.id, run.startedMs, run.firstStep});
        request.groups.push_back(std::move(wanted));
    }
    request.series = series().toStdString();
    request.factor = shownUnit(styleOf(series()).unit).factor;
    request.axis = options_.axis;
    request.msPerUnit = timeUnitMs();
    request.workPerUnit = workUnit();
    request.band = options_.band;
    request.smoothing = options_.smoothing;
    request.columns = std::max(256, plot_->plotWidth());
    if (!plot_->isFollowing())
        request.range = plot_->xRange();
    isAsking_ = true;
    lastAsked_.start();
    store_.ask(
        this,
        [reader = reader_, request](engine::RunStore& store) {
            return reader->read(store, request);
        },
        [this, structure = structure_](std::vector<GroupCurve> curves) {
            isAsking_ = false;
            lastTook_ = lastAsked_.elapsed();
            lastAsked_.start();
            if (structure == structure_)
                show(std::move(curves));
            else
                isStale_ = true;
            if (isStale_)
                refresh();
        },
        [this](const QString& sentence) {
            isAsking_ = false;
            emit notice(sentence);
        });
}

void CurvePanel::show(std::vector<GroupCurve> curves) {
    const std::vector<ComparedGroup>& groups = comparison_->groups;
    std::vector<CurveSeries> wanted;
    std::size_t fewest = 0;
    std::size_t most = 0;
    bool isReduced = false;
    const std::size_t count = isAnswered(curves) ? std::min(groups.size(), curves.size()) : 0;
    for (std::size_t g = 0; g < count; ++g) {
        GroupCurve& curve = curves[g];
        CurveSeries one;
        one.id = groups[g].id();
        one.name = groups[g].name;
        one.style = groups[g].style;
        one.emphasis =
            g == 0 && comparison_->baselineIsPinned ? Emphasis::Reference : Emphasis::Normal;
        one.label =
            groups.size() > kLabeledGroups && g > 0 ? EndLabel::None : EndLabel::NameAndValue;
        one.marks = curve.mean.size() <= kMarkedPoints ? PointMarks::Shown : PointMarks::None;
        one.points = std::move(curve.mean);
        one.raw = std::move(curve.raw);
        one.band = std::move(curve.band);
        if (curve.members > 0) {
            fewest = fewest == 0 ? curve.members : std::min(fewest, curve.members);
            most = std::max(most, curve.members);
        }
        isReduced = isReduced || curve.isReduced;
        wanted.push_back(std::move(one));
    }
    QStringList about;
    if (most > 1) {
        const QString n =
            fewest == most ? QString::number(most) : QStringLiteral("%1–%2").arg(fewest).arg(most);
        about << (options_.band == BandKind::Deviation
                      ? tr("mean, band ± 1 standard deviation, n = %1").arg(n)
                  : options_.band == BandKind::Extremes
                      ? tr("mean, band least to most, n = %1").arg(n)
                      : tr("mean, n = %1").arg(n));
    }
    if (isReduced)
        about << tr("extremes of intervals, not smoothed");
    else if (options_.smoothing > 0)
        about << tr("smoothed %1").arg(QLocale().toString(options_.smoothing, 'f', 2));
    plot_->setTitle(quantityName(styleOf(series())), about.join(QStringLiteral(", ")));

    const std::vector<CurveSeries>& now = plot_->series();
    const bool isSame = std::equal(now.begin(), now.end(), wanted.begin(), wanted.end(),
                                   [](const CurveSeries& a, const CurveSeries& b) {
                                       return a.id == b.id && a.name == b.name &&
                                              a.style == b.style && a.emphasis == b.emphasis &&
                                              a.label == b.label && a.marks == b.marks;
                                   });
    if (!isSame) {
        plot_->setSeries(std::move(wanted));
        return;
    }
    for (CurveSeries& one : wanted) {
        plot_->setPoints(one.id, std::move(one.points), std::move(one.raw));
        plot_->setBand(one.id, std::move(one.band));
    }
}

int CurvePanel::groupOf(const QString& id) const {
    for (std::size_t i = 0; i < comparison_->groups.size(); ++i)
        if (comparison_->groups[i].id() == id)
            return static_cast<int>(i);
    return -1;
}

void CurvePanel::highlight(int group) {
    plot_->highlight(group < 0 || static_cast<std::size_t>(group) >= comparison_->groups.size()
                         ? QString()
                         : comparison_->groups[static_cast<std::size_t>(group)].id());
}

} // namespace inlay::widgets

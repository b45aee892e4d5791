#include "widgets/views/train/curve_feed.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QTimer>

#include "engine/analysis/downsample.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"
#include "widgets/runs/store_client.h"

namespace inlay::widgets {
namespace {

// Larger series are drawn from the store's reduction.
constexpr std::size_t kDrawnWhole = 50'000;
constexpr int kFewestColumns = 256;
// Smoothing more new points than this waits for the worker.
constexpr std::size_t kAppendAtOnce = 20'000;

double positionOf(const SeriesPoints& points, std::size_t i, TimeAxis axis, double originMs,
                  double unitMs) {
    return axis == TimeAxis::Step ? points.steps[i] : (points.wallMs[i] - originMs) / unitMs;
}

} // namespace

struct CurveFeed::Request {
    struct Item {
        engine::RunId run;
        std::string name;
        double factor;
        double originMs;
        bool isSmoothed;
        std::shared_ptr<const SeriesPoints> points;
    };
    std::vector<Item> items;
    double weight = 0;
    TimeAxis axis = TimeAxis::Step;
    double unitMs = 1;
    std::optional<Range> range;
    int columns = kFewestColumns;
};

struct CurveFeed::Answer {
    Points points;
    Points raw;
    engine::DebiasedAverage average{0};
    std::size_t consumed = 0;
    std::optional<double> last;
};

CurveFeed::CurveFeed(CurvePlot* plot, const SeriesBook& book, StoreClient& store, QObject* parent)
    : QObject(parent)
    , plot_(plot)
    , book_(book)
    , store_(store)
    , soon_(new QTimer(this)) {
    soon_->setSingleShot(true);
    soon_->setInterval(0);
    connect(soon_, &QTimer::timeout, this, &CurveFeed::ask);
    connect(plot_, &Plot::rangeChanged, this, &CurveFeed::refresh);
}

void CurveFeed::setCurves(std::vector<FedCurve> curves) {
    curves_ = std::move(curves);
    shown_.assign(curves_.size(), {});
    std::vector<CurveSeries> looks;
    for (const FedCurve& curve : curves_)
        looks.push_back(curve.look);
    plot_->setSeries(std::move(looks));
    ++structure_;
    refresh();
}

void CurveFeed::setSmoothing(double weight) {
    if (weight == weight_)
        return;
    weight_ = weight;
    refresh();
}

void CurveFeed::setTimeAxis(TimeAxis axis, double millisecondsPerUnit) {
    axis_ = axis;
    unitMs_ = millisecondsPerUnit;
    setCurves(std::move(curves_));
}

void CurveFeed::apply(engine::RunId run, const QString& name, SeriesBook::Change change) {
    for (std::size_t i = 0; i < curves_.size(); ++i) {
        if (curves_[i].run != run || curves_[i].name != name)
            continue;
        const std::size_t size = book_.find(run, name)->size();
        if (change == SeriesBook::Change::Replaced) {
            ++structure_;
            refresh();
        } else if (!shown_[i].average || size > shown_[i].consumed + kAppendAtOnce) {
            refresh();
        } else {
            appendTail(i);
        }
    }
}

std::optional<double> CurveFeed::lastShown(const QString& id) const {
    for (std::size_t i = 0; i < curves_.size(); ++i)
        if (curves_[i].look.id == id)
            return shown_[i].last;
    return std::nullopt;
}

void CurveFeed::refresh() {
    ++generation_;
    soon_->start();
}

void CurveFeed::ask() {
    if (isAsking_ || curves_.empty())
        return;
    Request request;
    for (const FedCurve& curve : curves_)
        request.items.push_back({curve.run, curve.name.toStdString(), curve.factor, curve.originMs,
                                 curve.smoothing == Smoothing::Wanted,
                                 book_.find(curve.run, curve.name)});
    request.weight = weight_;
    request.axis = axis_;
    request.unitMs = unitMs_;
    request.columns = std::max(kFewestColumns, plot_->plotWidth());
    if (!plot_->isFollowing())
        request.range = plot_->xRange();
    isAsking_ = true;
    store_.ask(
        this, [request](engine::RunStore& store) { return compute(store, request); },
        [this, structure = structure_, generation = generation_](std::vector<Answer> answers) {
            isAsking_ = false;
            if (structure == structure_) {
                take(std::move(answers));
                emit shownChanged();
            }
            if (generation != generation_)
                ask();
        },
        [this](const QString&) { isAsking_ = false; });
}

std::vector<CurveFeed::Answer> CurveFeed::compute(engine::RunStore& store, const Request& request) {
    std::vector<Answer> answers;
    engine::SeriesReader reader(store);
    const auto columns = static_cast<std::size_t>(request.columns);
    for (const Request::Item& item : request.items) {
        Answer answer;
        if (item.run == 0) {
            answers.push_back(std::move(answer));
            continue;
        }
        const SeriesPoints* all = item.points.get();
        const std::size_t count = all == nullptr ? 0 : all->size();
        std::vector<double> x(count);
        for (std::size_t i = 0; i < count; ++i) {
            x[i] = positionOf(*all, i, request.axis, item.originMs, request.unitMs);
            if (i > 0)
                x[i] = std::max(x[i], x[i - 1]); // clocks may be set back
        }
        std::size_t first = 0;
        std::size_t last = count;
        if (request.range) {
            const auto low = std::lower_bound(x.begin(), x.end(), request.range->low);
            const auto high = std::upper_bound(x.begin(), x.end(), request.range->high);
            first = static_cast<std::size_t>(low - x.begin());
            last = static_cast<std::size_t>(high - x.begin());
            first -= first > 0 ? 1 : 0;
            last += last < count ? 1 : 0;
        }
        const auto cut = [&](const std::vector<double>& values) {
            Points points;
            const std::span<const double> xs(x.data() + first, last - first);
            const std::span<const double> ys(values.data() + first, last - first);
            const auto add = [&](std::size_t i) {
                points.x.push_back(xs[i]);
                points.y.push_back(ys[i] * item.factor);
            };
            if (xs.size() <= kDrawnWhole)
                for (std::size_t i = 0; i < xs.size(); ++i)
                    add(i);
            else
                for (const std::size_t i : engine::minMaxIndices(xs, ys, 2 * columns))
                    add(i);
            return points;
        };

        Points raw;
        if (request.axis == TimeAxis::Step &&
            (request.range || all == nullptr || count > kDrawnWhole)) {
            std::int64_t from = engine::SeriesReader::kFirst;
            std::int64_t to = engine::SeriesReader::kLast;
            if (request.range) {
                from = static_cast<std::int64_t>(std::floor(request.range->low));
                to = static_cast<std::int64_t>(std::ceil(request.range->high));
                if (first < last) {
                    from = std::min(from, static_cast<std::int64_t>(x[first]));
                    to = std::max(to, static_cast<std::int64_t>(x[last - 1]));
                }
            }
            if (const auto info = reader.find(item.run, item.name)) {
                const engine::ReducedSeries read =
                    reader.readReduced(info->id, 2 * request.columns, from, to);
                raw.x.assign(read.steps.begin(), read.steps.end());
                raw.y = read.values;
                for (double& y : raw.y)
                    y *= item.factor;
            }
        } else if (all != nullptr) {
            raw = cut(all->values);
        }

        const bool isSmoothed = item.isSmoothed && request.weight > 0;
        answer.average = engine::DebiasedAverage(isSmoothed ? request.weight : 0);
        answer.consumed = count;
        if (isSmoothed && count > 0) {
            std::vector<double> smooth(count);
            for (std::size_t i = 0; i < count; ++i)
                smooth[i] = answer.average.push(all->values[i]);
            answer.last = smooth.back() * item.factor;
            answer.points = cut(smooth);
            answer.raw = std::move(raw);
        } else {
            if (count > 0)
                answer.last = all->values.back() * item.factor;
            answer.points = std::move(raw);
        }
        // Without the full data the curve shows what the store gave; what has come meanwhile
        // belongs to the next answer.
        answers.push_back(std::move(answer));
    }
    return answers;
}

void CurveFeed::take(std::vector<Answer> answers) {
    for (std::size_t i = 0; i < curves_.size(); ++i) {
        Answer& answer = answers[i];
        if (curves_[i].run == 0)
            continue;
        const auto points = book_.find(curves_[i].run, curves_[i].name);
        if (points && answer.consumed == 0) {
            ++generation_; // the series arrived while the store was read
            continue;
        }
        // The store may be ahead of the book; the points in between come once more with the news.
        if (points && answer.consumed > 0) {
            const double end =
                positionOf(*points, answer.consumed - 1, axis_, curves_[i].originMs, unitMs_);
            for (Points* part : {&answer.points, &answer.raw})
                while (!part->x.empty() && axis_ == TimeAxis::Step && part->x.back() > end) {
                    part->x.pop_back();
                    part->y.pop_back();
                }
        }
        plot_->setPoints(curves_[i].look.id, std::move(answer.points), std::move(answer.raw));
        shown_[i].consumed = answer.consumed;
        shown_[i].last = answer.last;
        if (points)
            shown_[i].average = answer.average;
        else
            shown_[i].average.reset();
        if (points)
            appendTail(i);
    }
}

void CurveFeed::appendTail(std::size_t index) {
    const FedCurve& curve = curves_[index];
    Shown& shown = shown_[index];
    const auto all = book_.find(curve.run, curve.name);
    if (isAsking_ || !all || !shown.average || shown.consumed >= all->size())
        return; // an answer on its way brings the tail with it
    Points points;
    Points raw;
    const bool isSmoothed = curve.smoothing == Smoothing::Wanted && weight_ > 0;
    const std::vector<CurveSeries>& series = plot_->series();
    double least = -std::numeric_limits<double>::infinity();
    for (const CurveSeries& one : series)
        if (one.id == curve.look.id && one.points.size() > 0)
            least = one.points.x.back();
    for (std::size_t i = shown.consumed; i < all->size(); ++i) {
        const double x = std::max(least, positionOf(*all, i, axis_, curve.originMs, unitMs_));
        const double smooth = shown.average->push(all->values[i]) * curve.factor;
        points.x.push_back(x);
        points.y.push_back(smooth);
        shown.last = smooth;
        if (isSmoothed) {
            raw.x.push_back(x);
            raw.y.push_back(all->values[i] * curve.factor);
        }
    }
    shown.consumed = all->size();
    plot_->appendPoints(curve.look.id, points, raw);
}

} // namespace inlay::widgets

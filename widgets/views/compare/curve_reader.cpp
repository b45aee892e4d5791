#include "widgets/views/compare/curve_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/analysis/bands.h"
#include "engine/analysis/downsample.h"
#include "engine/analysis/smoothing.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

// A curve of more points is handed over reduced.
constexpr std::size_t kDrawnWhole = 20'000;

void apply(engine::SeriesData& points, const engine::SeriesUpdate& update) {
    if (update.dropFrom) {
        const auto first =
            std::lower_bound(points.steps.begin(), points.steps.end(), *update.dropFrom);
        const auto left = static_cast<std::size_t>(first - points.steps.begin());
        points.steps.resize(left);
        points.values.resize(left);
        points.wallMs.resize(left);
    }
    const engine::SeriesData& fresh = update.points;
    points.steps.insert(points.steps.end(), fresh.steps.begin(), fresh.steps.end());
    points.values.insert(points.values.end(), fresh.values.begin(), fresh.values.end());
    points.wallMs.insert(points.wallMs.end(), fresh.wallMs.begin(), fresh.wallMs.end());
}

constexpr const char* kStepSeconds = "time/step_seconds";

std::vector<double> positions(const engine::SeriesData& points, const CurveRequest& request,
                              const CurveRequest::Group& group, const CurveRequest::Member& member,
                              const engine::SeriesData& stepSeconds) {
    std::vector<double> x(points.size());
    if (request.axis == CurveAxis::TrainingTime) {
        x = engine::trainingSeconds(stepSeconds.steps, stepSeconds.values, member.firstStep,
                                    points.steps);
        for (double& seconds : x)
            seconds *= 1000.0 / request.msPerUnit;
        return x;
    }
    const double before =
        group.count && request.axis == CurveAxis::Work ? group.count->ofSteps(member.firstStep) : 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        switch (request.axis) {
        case CurveAxis::Step:
            x[i] = static_cast<double>(points.steps[i]);
            break;
        case CurveAxis::Epoch:
            // Step 0 is the first one done.
            x[i] = static_cast<double>(points.steps[i] + 1) / group.stepsPerEpoch;
            break;
        case CurveAxis::Time:
            x[i] = (static_cast<double>(points.wallMs[i]) - member.originMs) / request.msPerUnit;
            break;
        case CurveAxis::Work:
            if (group.count)
                x[i] = (group.count->ofSteps(points.steps[i] + 1) - before) / request.workPerUnit;
            break;
        case CurveAxis::TrainingTime:
            break;
        }
        if (i > 0)
            x[i] = std::max(x[i], x[i - 1]); // clocks may be set back
    }
    return x;
}

// Of a part of the band: the visible points and one beyond each end, at most two a pixel.
struct Cut {
    std::size_t first = 0;
    std::size_t last = 0;
};

Cut visible(const std::vector<double>& x, const std::optional<Range>& range) {
    Cut cut{0, x.size()};
    if (!range)
        return cut;
    const auto low = std::lower_bound(x.begin(), x.end(), range->low);
    const auto high = std::upper_bound(x.begin(), x.end(), range->high);
    cut.first = static_cast<std::size_t>(low - x.begin());
    cut.last = static_cast<std::size_t>(high - x.begin());
    cut.first -= cut.first > 0 ? 1 : 0;
    cut.last += cut.last < x.size() ? 1 : 0;
    return cut;
}

Points reduced(const std::vector<double>& x, const std::vector<double>& y, const Cut& cut,
               int columns) {
    Points points;
    const std::span<const double> xs(x.data() + cut.first, cut.last - cut.first);
    const std::span<const double> ys(y.data() + cut.first, cut.last - cut.first);
    if (xs.size() <= kDrawnWhole) {
        points.x.assign(xs.begin(), xs.end());
        points.y.assign(ys.begin(), ys.end());
        return points;
    }
    for (const std::size_t i :
         engine::minMaxIndices(xs, ys, 2 * static_cast<std::size_t>(std::max(1, columns)))) {
        points.x.push_back(xs[i]);
        points.y.push_back(ys[i]);
    }
    return points;
}

// The widest of the band within each of equally many points.
BandPoints reduced(const BandPoints& band, const Cut& cut) {
    BandPoints out;
    const std::size_t count = cut.last - cut.first;
    const std::size_t stride = (count + kDrawnWhole - 1) / kDrawnWhole;
    for (std::size_t i = cut.first; i < cut.last; i += std::max<std::size_t>(1, stride)) {
        const std::size_t end = std::min(cut.last, i + stride);
        double low = band.low[i];
        double high = band.high[i];
        for (std::size_t k = i + 1; k < end; ++k) {
            low = std::fmin(low, band.low[k]);
            high = std::fmax(high, band.high[k]);
        }
        out.x.push_back(band.x[i]);
        out.low.push_back(low);
        out.high.push_back(high);
    }
    return out;
}

struct MemberPoints {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> smooth;
};

// Several members: mean and band where at least half of them count.
void combine(const std::vector<MemberPoints>& members, const CurveRequest& request,
             GroupCurve& curve) {
    const auto bandOver = [&](auto pick) {
        std::vector<engine::SeriesView> views;
        for (const MemberPoints& member : members)
            views.push_back({member.x, pick(member)});
        return engine::bandOf(views, engine::Alignment::Linear);
    };
    const auto counts = [&](const engine::Band& band, std::size_t i) {
        return 2 * band.count[i] >= members.size();
    };
    const bool isSmoothed = request.smoothing > 0;
    const engine::Band band = bandOver([&](const MemberPoints& m) -> const std::vector<double>& {
        return isSmoothed ? m.smooth : m.y;
    });
    std::vector<double> x;
    std::vector<double> mean;
    BandPoints area;
    for (std::size_t i = 0; i < band.x.size(); ++i) {
        if (!counts(band, i))
            continue;
        x.push_back(band.x[i]);
        mean.push_back(band.mean[i]);
        if (request.band == BandKind::None)
            continue;
        const bool isDeviation = request.band == BandKind::Deviation;
        area.x.push_back(band.x[i]);
        area.low.push_back(isDeviation ? band.mean[i] - band.deviation[i] : band.min[i]);
        area.high.push_back(isDeviation ? band.mean[i] + band.deviation[i] : band.max[i]);
    }
    const Cut cut = visible(x, request.range);
    curve.mean = reduced(x, mean, cut, request.columns);
    if (!area.x.empty())
        curve.band = reduced(area, cut);
    if (!isSmoothed)
        return;
    const engine::Band raw =
        bandOver([](const MemberPoints& m) -> const std::vector<double>& { return m.y; });
    std::vector<double> rawX;
    std::vector<double> rawMean;
    for (std::size_t i = 0; i < raw.x.size(); ++i) {
        if (!counts(raw, i))
            continue;
        rawX.push_back(raw.x[i]);
        rawMean.push_back(raw.mean[i]);
    }
    curve.raw = reduced(rawX, rawMean, visible(rawX, request.range), request.columns);
}

} // namespace

void CurveReader::update(engine::RunStore& store,
                         const std::map<engine::RunId, engine::SeriesInfo>& infos,
                         std::map<engine::RunId, Kept>& kept) {
    std::erase_if(kept, [&](const auto& one) { return infos.count(one.first) == 0; });
    std::vector<engine::SeriesCursor> cursors;
    std::vector<engine::RunId> runs;
    for (const auto& [run, info] : infos) {
        Kept& own = kept[run];
        if (own.cursor.series != info.id)
            own = {{info.id, 0, 0, 0}, {}};
        cursors.push_back(own.cursor);
        runs.push_back(run);
    }
    std::map<engine::SeriesId, engine::SeriesUpdate> updates;
    for (engine::SeriesUpdate& one : engine::SeriesReader(store).poll(cursors))
        updates[one.series] = std::move(one);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        Kept& own = kept[runs[i]];
        own.cursor = cursors[i];
        if (const auto found = updates.find(cursors[i].series); found != updates.end())
            apply(own.points, found->second);
    }
}

std::vector<GroupCurve> CurveReader::read(engine::RunStore& store, const CurveRequest& request) {
    if (request.series != series_)
        kept_.clear();
    series_ = request.series;
    engine::SeriesReader reader(store);
    std::map<engine::RunId, engine::SeriesInfo> infos;
    std::int64_t total = 0;
    for (const CurveRequest::Group& group : request.groups)
        for (const CurveRequest::Member& member : group.members)
            if (const auto info = reader.find(member.run, request.series)) {
                total += info->count;
                infos[member.run] = *info;
            }
    // Wall times are not part of the store's reduction, nor do costs divide into equal steps.
    const bool isReduced = total > kMostPoints &&
                           (request.axis == CurveAxis::Step || request.axis == CurveAxis::Epoch);
    if (isReduced)
        kept_.clear();
    else
        update(store, infos, kept_);
    std::map<engine::RunId, engine::SeriesInfo> timed;
    if (request.axis == CurveAxis::TrainingTime)
        for (const auto& [run, info] : infos)
            if (const auto seconds = reader.find(run, kStepSeconds))
                timed[run] = *seconds;
    update(store, timed, seconds_);
    std::vector<GroupCurve> curves;
    for (const CurveRequest::Group& group : request.groups) {
        GroupCurve curve;
        curve.isReduced = isReduced;
        std::vector<MemberPoints> members;
        for (const CurveRequest::Member& member : group.members) {
            const auto info = infos.find(member.run);
            if (info == infos.end())
                continue;
            engine::SeriesData whole;
            if (isReduced) {
                std::int64_t from = engine::SeriesReader::kFirst;
                std::int64_t to = engine::SeriesReader::kLast;
                if (request.range) {
                    const bool isEpoch = request.axis == CurveAxis::Epoch;
                    const double scale = isEpoch ? group.stepsPerEpoch : 1;
                    from = static_cast<std::int64_t>(std::floor(request.range->low * scale)) - 1;
                    to = static_cast<std::int64_t>(std::ceil(request.range->high * scale));
                }
                engine::ReducedSeries read =
                    reader.readReduced(info->second.id, 2 * request.columns, from, to);
                whole.steps = std::move(read.steps);
                whole.values = std::move(read.values);
            }
            const engine::SeriesData& points = isReduced ? whole : kept_.at(member.run).points;
            if (points.size() == 0)
                continue;
            MemberPoints one;
            const auto seconds = seconds_.find(member.run);
            one.x = positions(points, request, group, member,
                              seconds == seconds_.end() ? engine::SeriesData{}
                                                        : seconds->second.points);
            one.y = points.values;
            for (double& y : one.y)
                y *= request.factor;
            if (request.smoothing > 0)
                one.smooth = isReduced ? one.y : engine::smoothDebiased(one.y, request.smoothing);
            members.push_back(std::move(one));
        }
        curve.members = members.size();
        if (members.size() == 1) {
            const MemberPoints& only = members.front();
            const Cut cut = visible(only.x, request.range);
            const bool isSmoothed = request.smoothing > 0;
            curve.mean = reduced(only.x, isSmoothed ? only.smooth : only.y, cut, request.columns);
            if (isSmoothed)
                curve.raw = reduced(only.x, only.y, cut, request.columns);
        } else if (members.size() > 1) {
            combine(members, request, curve);
        }
        curves.push_back(std::move(curve));
    }
    return curves;
}

} // namespace inlay::widgets

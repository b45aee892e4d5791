#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/analysis/training_work.h"
#include "engine/store/series_data.h"
#include "widgets/plots/plot_data.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// Work: multiply-adds of training; TrainingTime: measured seconds in training steps.
enum class CurveAxis { Step, Epoch, Time, Work, TrainingTime };
enum class BandKind { None, Deviation, Extremes };

/// What a plot of groups shall show.
struct CurveRequest {
    struct Member {
        engine::RunId run = 0;
        /// Time counts from here.
        double originMs = 0;
        /// Work and training time count from here.
        std::int64_t firstStep = 0;
    };
    struct Group {
        std::vector<Member> members;
        double stepsPerEpoch = 1;
        /// Given where the axis is work.
        std::optional<engine::TrainingCount> count;
    };
    std::vector<Group> groups;
    std::string series;
    /// Values are shown times this: 100 for fractions in percent.
    double factor = 1;
    CurveAxis axis = CurveAxis::Step;
    double msPerUnit = 1000;
    double workPerUnit = 1e9;
    BandKind band = BandKind::Deviation;
    /// Weight of the exponential average of every member, 0 = none.
    double smoothing = 0;
    /// The visible part; nothing = all.
    std::optional<Range> range;
    /// Pixels across.
    int columns = 1000;
};

/// The mean over the members of a group, where at least half of those with points have one.
struct GroupCurve {
    Points mean;
    /// The mean before smoothing; empty without smoothing.
    Points raw;
    BandPoints band;
    /// Members with points.
    std::size_t members = 0;
    /// Members were too long to be read whole: extremes of intervals, not smoothed.
    bool isReduced = false;
};

/// Reads what groups show from the store. It keeps the points of the last series it was asked for,
/// so that a growing run costs its new points only. Belongs to the store's worker thread.
class CurveReader {
public:
    /// One curve a group.
    std::vector<GroupCurve> read(engine::RunStore& store, const CurveRequest& request);

    /// More points of all members together than this are not kept but read reduced.
    static constexpr std::int64_t kMostPoints = 8'000'000;

private:
    struct Kept {
        engine::SeriesCursor cursor;
        engine::SeriesData points;
    };

    /// Brings what is kept of these series up to date.
    static void update(engine::RunStore& store,
                       const std::map<engine::RunId, engine::SeriesInfo>& infos,
                       std::map<engine::RunId, Kept>& kept);

    std::map<engine::RunId, Kept> kept_;
    /// Measured step times, where the axis is training time.
    std::map<engine::RunId, Kept> seconds_;
    std::string series_;
};

} // namespace inlay::widgets

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <QString>
#include <QStringList>

#include "engine/analysis/config_diff.h"
#include "engine/analysis/training_work.h"
#include "engine/store/run_record.h"
#include "widgets/runs/run_arrangement.h"
#include "widgets/theme/series_style.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// One of the compared runs.
struct ComparedRun {
    engine::RunId id = 0;
    std::uint64_t seed = 0;
    engine::RunStatus status = engine::RunStatus::Queued;
    /// Milliseconds since the epoch; 0 = not started.
    double startedMs = 0;
    /// Milliseconds from its start to its end, or to its last sign of life.
    double lengthMs = 0;
    /// Where its own training began; later than 0 in a fork.
    std::int64_t firstStep = 0;
};

/// A column of the comparison: one run, or runs that differ in nothing but the seed.
struct ComparedGroup {
    QString name;
    /// By seed; never empty.
    std::vector<ComparedRun> runs;
    std::string kind;
    QString familyId;
    SeriesStyle style;
    /// Steps that make one epoch; NaN when the runs have none.
    double stepsPerEpoch = 0;
    /// What its training costs by count; nothing for other kinds, or when the data are gone.
    std::optional<engine::TrainingCount> count;
    /// Multiply-adds until its planned end.
    double plannedWork = 0;
    /// "Inlay 0.1.0, cpu, 2 threads" of its first run.
    QString machine;

    /// Of plots: the id of its first run.
    QString id() const { return QString::number(runs.front().id); }
};

struct ComparedSeries {
    QString name;
    /// Runs that have points of it.
    std::size_t runs = 0;
};

/// Runs set side by side; made on a worker thread, then never changed.
struct Comparison {
    /// The first one is the baseline that the others are measured against.
    std::vector<ComparedGroup> groups;
    std::size_t runs = 0;
    bool baselineIsPinned = false;
    /// All keys, one value a group.
    engine::ConfigDiff settings;
    engine::ConfigDiff environment;
    /// By name.
    std::vector<ComparedSeries> series;
    /// Ids of the kinds, in the order of the groups.
    std::vector<std::string> kinds;
    /// Where the figures come from, in words.
    QString provenance;
};

struct ComparisonWish {
    std::vector<engine::RunId> runs;
    /// The pinned run, compared too; 0 = none.
    engine::RunId baseline = 0;
    RunGrouping grouping = RunGrouping::Seeds;

    bool operator==(const ComparisonWish&) const = default;
};

/// Groups in the order of the runs, that of the baseline first (the pinned one, else a dense one,
/// else the first); runs that have gone are left out.
/// For a worker thread.
Comparison readComparison(engine::RunStore& store, const ComparisonWish& wish);

} // namespace inlay::widgets

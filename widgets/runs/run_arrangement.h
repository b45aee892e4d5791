#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QString>
#include <Qt>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_query.h"
#include "widgets/runs/judging_columns.h"
#include "widgets/runs/run_columns.h"

namespace inlay::widgets {

enum class RunGrouping { None, Seeds };

/// What the run table shall show of a snapshot.
struct RunWish {
    /// 0 = of every project.
    engine::ProjectId project = 0;
    engine::RunQuery query;
    RunColumnId sortBy{RunField::Created, {}};
    Qt::SortOrder order = Qt::DescendingOrder;
    RunGrouping grouping = RunGrouping::None;
    /// Shown first, and what speed-ups fall back to; 0 = none.
    engine::RunId baseline = 0;
};

/// A row of the table: a run, or runs that differ in nothing but the seed.
struct RunNode {
    /// Rows of the snapshot; more than one for a group, in order of seed.
    std::vector<std::uint32_t> rows;
};

/// One value of a cell.
struct RunCell {
    enum class Type { Missing, Number, Text } type = Type::Missing;
    double number = 0;
    QString text;
};

/// A snapshot in order, filtered and grouped; made on a worker thread, then never changed.
struct RunArrangement {
    std::shared_ptr<const engine::RunTable> table;
    std::vector<RunNode> nodes;
    /// Whether the first node is (or holds) the baseline.
    bool startsWithBaseline = false;
    /// Runs of the wished project, before the query.
    std::size_t total = 0;
    std::size_t shown = 0;
    /// One per row of the snapshot; NaN = no twin to compare with.
    std::vector<double> speedUps;
    /// One per row of the snapshot.
    std::vector<JudgingColumn> results;

    /// What the runs of a node are judged by: the most telling that one of them has, else nullptr.
    const engine::RunColumn* judging(const RunNode& node) const;

    RunCell cell(std::uint32_t row, const RunColumnId& column) const;
    /// Of a node: the value of its run, or the mean over the runs of a group that have one.
    RunCell cell(const RunNode& node, const RunColumnId& column) const;
};

/// `kinds` say what their runs are judged by; others are judged by their accuracy.
RunArrangement arrangeRuns(std::shared_ptr<const engine::RunTable> table, const RunWish& wish,
                           const std::vector<const engine::ExperimentKind*>& kinds = {});

/// What runs have in common that differ in nothing but the seed.
std::string seedGroupKey(const engine::RunRecord& run);

/// Name of a group: that of its first run without the part that names the seed.
QString runGroupName(const std::string& name);

} // namespace inlay::widgets

#pragma once

#include <compare>
#include <string>
#include <vector>

#include <QString>

#include "engine/runner/experiment_kind.h"
#include "engine/store/run_table.h"

namespace inlay::widgets {

/// What a column of the run table shows.
enum class RunField {
    Name,
    State,
    Kind,
    Result,   ///< what runs of a kind are judged by: test accuracy, best speed-up, ...
    Accuracy, ///< test accuracy, or the last validation accuracy while there is none
    SpeedUp,  ///< measured, against the dense twin, else against the pinned baseline
    Progress,
    Seed,
    Device,
    Created,
    Duration,
    Tags,
    Notes,
    Parameter, ///< of the configuration, by key
    Metric     ///< final, or the last value of the series, by key
};

struct RunColumnId {
    RunField field = RunField::Name;
    /// Of Parameter and Metric.
    std::string key;

    auto operator<=>(const RunColumnId&) const = default;
};

/// "accuracy", "parameter:network.width", "metric:test/loss": what settings keep.
QString textOf(const RunColumnId& column);
/// Name for a text that is none.
RunColumnId runColumnFrom(const QString& text);

/// How the numbers of a column are written and judged.
struct RunColumnStyle {
    QString title;
    /// Of a metric without its unit; else empty.
    QString plainTitle;
    QString toolTip;
    /// "fraction" is shown as percent, "s" below a second as ms, "x" as a ratio, "count" with k, M.
    std::string unit;
    engine::Better better = engine::Better::Neither;
    bool isNumeric = true;
};

/// Titles, units and directions of all columns, from what the kinds declare.
class RunColumnCatalog {
public:
    explicit RunColumnCatalog(std::vector<const engine::ExperimentKind*> kinds);

    /// `kind` is asked first for a metric that several kinds declare.
    RunColumnStyle style(const RunColumnId& column, const std::string& kind = {}) const;
    const std::vector<const engine::ExperimentKind*>& kinds() const { return kinds_; }
    /// Everything that can be shown for these runs, in the order of a chooser.
    std::vector<RunColumnId> available(const engine::RunTable& runs) const;
    /// Title of a kind, or its id.
    QString kindTitle(const std::string& id) const;

private:
    std::vector<const engine::ExperimentKind*> kinds_;
    std::vector<std::pair<std::string, QString>> parameterTitles_;
};

enum class NumberRole {
    Value,
    Difference ///< with a sign, always
};
/// Text of a number of a column, without the unit that its title has: "97.86", "1.09×", "3.18 M".
QString runNumberText(double value, const RunColumnStyle& style,
                      NumberRole role = NumberRole::Value);
/// The same with its unit: "97.86 %", "1.09×", "12.4 ms", "0.31 nats".
QString runValueText(double value, const RunColumnStyle& style);
/// "5 min 31 s", "14 min", "3.9 h"; "–" for unknown (negative).
QString durationText(std::int64_t milliseconds);
/// "1 run", "42 runs".
QString runCountText(std::int64_t count);

} // namespace inlay::widgets

#pragma once

#include <optional>
#include <string>
#include <vector>

#include <QString>

#include "engine/store/run_table.h"
#include "widgets/plots/readout_row.h"
#include "widgets/runs/run_columns.h"
#include "widgets/views/compare/comparison.h"
#include "widgets/views/compare/parameter_words.h"

namespace inlay::widgets {

/// One value of a group.
struct CompareCell {
    QString text;
    /// "± 0.12" over the runs of the group; empty for none.
    QString spread;
    /// Against the baseline; empty for none.
    QString delta;
    Tone tone = Tone::Normal;
    /// Unlike the baseline's.
    bool differs = false;
    QString toolTip;
    /// Of numbers, in the unit of the row: the mean over the runs that have one, and their
    /// extremes.
    std::optional<double> value;
    double low = 0;
    double high = 0;
};

struct CompareRow {
    enum class Type {
        Section,
        Setting,  ///< of the configuration, with kind and seed
        Quantity, ///< a result or a cost
        Environment
    };
    Type type = Type::Setting;
    std::string key;
    QString title;
    QString toolTip;
    /// One a group; none in a section.
    std::vector<CompareCell> cells;
    bool differs = false;

    /// Of rows with numbers: the title without its unit, the unit values are shown in.
    QString name;
    QString unit;
    engine::Better better = engine::Better::Neither;
};

/// Everything that can be said of the groups under headings: settings that all have, results and
/// costs as they are in `runs`, settings that only some have, environment and code.
std::vector<CompareRow> compareRows(const Comparison& comparison, const engine::RunTable& runs,
                                    const RunColumnCatalog& catalog, const ParameterWords& words);

/// The unit in which values of a stored unit are shown, and what they are multiplied with.
struct ShownUnit {
    QString unit;
    double factor = 1;
};
ShownUnit shownUnit(const std::string& unit);
/// The title of a quantity without its unit.
QString quantityName(const RunColumnStyle& style);

} // namespace inlay::widgets

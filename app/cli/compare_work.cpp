#include "app/cli/compare_work.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/run_reference.h"
#include "engine/analysis/training_work.h"
#include "engine/base/error.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/store/series_reader.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr const char* kStepSeconds = "time/step_seconds";

/// A run's series over what it had cost.
struct WorkCurve {
    RunRecord run;
    std::vector<double> cost;
    std::vector<double> values;
};

bool isByCount(const CompareWorkArguments& arguments) {
    return arguments.by == "multiply_adds";
}

std::string costText(double value, bool isCount) {
    if (!isCount)
        return fmt::format("{:.3g} s", value);
    return value < 1e9    ? fmt::format("{:.3g} M", value / 1e6)
           : value < 1e12 ? fmt::format("{:.3g} G", value / 1e9)
                          : fmt::format("{:.3g} T", value / 1e12);
}

bool haveAll(SeriesReader& reader, const std::vector<RunRecord>& runs, const char* series) {
    return std::all_of(runs.begin(), runs.end(), [&](const RunRecord& run) {
        const auto info = reader.find(run.id, series);
        return info && info->count > 0;
    });
}

/// The points of a series, or a sentence in `problem`.
SeriesData pointsOf(SeriesReader& reader, const RunRecord& run, const std::string& name,
                    std::string& problem) {
    if (const auto info = reader.find(run.id, name); info && info->count > 0)
        return reader.read(info->id);
    std::vector<std::string> names;
    for (const SeriesInfo& info : reader.list(run.id))
        if (!info.name.starts_with("gradient_norm/") && !info.name.starts_with("operator/"))
            names.push_back(info.name);
    problem = names.empty() ? fmt::format("run {} has recorded nothing yet", run.id)
                            : fmt::format("run {} has no series {}; it has {}", run.id, name,
                                          fmt::join(names, ", "));
    return {};
}

/// Fills cost and values of a curve; a sentence says why not.
std::string fillCurve(RunStore& store, const CompareWorkArguments& arguments,
                      const std::string& series, WorkCurve& curve) {
    if (curve.run.kind != train::trainKind().id())
        return fmt::format("run {} is of the kind {}; cost is counted for runs of the kind train",
                           curve.run.id, curve.run.kind);
    SeriesReader reader(store);
    std::string problem;
    const SeriesData points = pointsOf(reader, curve.run, series, problem);
    if (!problem.empty())
        return problem;
    const std::vector<AttemptRecord> attempts = store.attempts(curve.run.id);
    const std::int64_t first = attempts.empty() ? 0 : attempts.front().fromStep;
    curve.values = points.values;
    if (!isByCount(arguments)) {
        const SeriesData seconds = pointsOf(reader, curve.run, kStepSeconds, problem);
        curve.cost = trainingSeconds(seconds.steps, seconds.values, first, points.steps);
        return problem;
    }
    const auto count = countTraining(parseJson(curve.run.config, "the run's configuration"));
    if (!count)
        return fmt::format("the multiply-adds of run {} cannot be counted any more: its data have "
                           "other sizes than its network",
                           curve.run.id);
    for (const std::int64_t step : points.steps)
        curve.cost.push_back(count->ofSteps(step + 1) - count->ofSteps(first));
    return {};
}

void printForPeople(const std::vector<WorkCurve>& curves,
                    const std::vector<std::vector<double>>& values,
                    const std::vector<double>& budgets, const std::string& series, bool isCount) {
    std::vector<std::string> headers = {isCount ? "Multiply-adds" : "Training time"};
    for (const WorkCurve& curve : curves)
        headers.push_back(fmt::format("{} {}", curve.run.id, curve.run.name));
    TextTable table(headers);
    for (std::size_t i = 0; i < budgets.size(); ++i) {
        std::vector<std::string> cells = {costText(budgets[i], isCount)};
        for (const std::vector<double>& own : values)
            cells.push_back(std::isfinite(own[i]) ? metricText(series, own[i]) : "–");
        table.add(std::move(cells));
    }
    std::vector<std::string> ends = {"in all"};
    for (const WorkCurve& curve : curves)
        ends.push_back(costText(curve.cost.back(), isCount));
    table.add(std::move(ends));
    std::fputs(fmt::format("{} at equal {}\n{}", series,
                           isCount ? "multiply-adds of training (forward and backward)"
                                   : "seconds in training steps",
                           table.text())
                   .c_str(),
               stdout);
}

} // namespace

int compareWork(const Common& common, const CompareWorkArguments& arguments) {
    if (arguments.runs.size() < 2)
        return badInput("compare needs two or more runs.", common.json);
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadOnly);
    std::vector<RunRecord> runs;
    for (const std::string& reference : arguments.runs) {
        std::string problem;
        const std::optional<RunRecord> run = findRun(store, reference, problem);
        if (!run)
            return badInput(problem, common.json);
        runs.push_back(*run);
    }
    SeriesReader reader(store);
    const std::string series = !arguments.series.empty()                  ? arguments.series
                               : haveAll(reader, runs, "validation/loss") ? "validation/loss"
                                                                          : "train/loss";
    std::vector<WorkCurve> curves;
    for (const RunRecord& run : runs) {
        WorkCurve curve{run, {}, {}};
        if (const std::string problem = fillCurve(store, arguments, series, curve);
            !problem.empty())
            return badInput(problem + ".", common.json);
        curves.push_back(std::move(curve));
    }
    double reached = std::numeric_limits<double>::infinity();
    for (const WorkCurve& curve : curves)
        reached = std::min(reached, curve.cost.back());
    std::vector<double> budgets;
    for (int i = 1; i <= arguments.points; ++i)
        budgets.push_back(reached * i / arguments.points);
    budgets.back() = reached; // whatever the rounding
    const auto reading = series.starts_with("train/") ? BudgetReading::Mean : BudgetReading::Last;
    std::vector<std::vector<double>> values;
    for (const WorkCurve& curve : curves)
        values.push_back(atBudgets(curve.cost, curve.values, budgets, reading));
    if (!common.json) {
        printForPeople(curves, values, budgets, series, isByCount(arguments));
        return kOk;
    }
    Json ids = Json::array();
    for (std::size_t i = 0; i < curves.size(); ++i) {
        Json own = Json::array();
        for (const double value : values[i])
            own.push_back(jsonNumber(value));
        printJson({{"type", "row"},
                   {"run", curves[i].run.id},
                   {"name", curves[i].run.name},
                   {"values", std::move(own)},
                   {"total", curves[i].cost.back()}});
        ids.push_back(curves[i].run.id);
    }
    printJson({{"by", arguments.by}, {"series", series}, {"budgets", budgets}, {"runs", ids}});
    return kOk;
}

} // namespace inlay::app

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/tasks.h"
#include "kernels/check/selfcheck.h"
#include "kernels/devices.h"

namespace inlay::app {
namespace {

/// Failures of one op that are shown and kept; what is wrong with an op shows in the first ones.
constexpr int kShownFailures = 8;

/// What the cases of one op and dtype came to.
struct Total {
    int cases = 0;
    int failed = 0;
    double largestShare = -1.0; // of its limit that an error took
    kernels::SelfcheckRow worst;

    void add(const kernels::SelfcheckRow& row) {
        ++cases;
        failed += row.ok ? 0 : 1;
        const double share = row.error == 0.0 ? 0.0 : row.error / row.limit;
        if (share > largestShare) {
            largestShare = share;
            worst = row;
        }
    }
};

/// A quick check does not stand for the whole one.
std::string stageOf(const Options& options) {
    return options.small ? "ops small" : "ops";
}

Row failureRow(const std::string& stage, const kernels::SelfcheckRow& row) {
    Row made(stage, row.op + " " + row.shape + " " + row.dtype);
    made.text("op", row.op).text("shape", row.shape).text("dtype", row.dtype);
    made.number("error", row.error).number("limit", row.limit).flag("ok", false);
    return made.text("note", row.note);
}

void checkOp(const std::string& op, const engine::Device& device, const Options& options,
             const RowSink& add) {
    const std::string stage = stageOf(options);
    kernels::SelfcheckSelection selection;
    selection.ops = {op};
    if (options.small)
        selection.depth = kernels::SelfcheckSelection::Depth::Quick;
    std::map<std::string, Total> totals;
    const auto begin = std::chrono::steady_clock::now();
    kernels::runSelfcheck(kernels::makeReferenceBackend, device.backend(), selection,
                          [&](const kernels::SelfcheckRow& row) {
                              Total& total = totals[row.dtype];
                              total.add(row);
                              if (!row.ok && total.failed <= kShownFailures)
                                  add(failureRow(stage, row));
                          });
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    for (const auto& [dtype, total] : totals) {
        Row row(stage, op + " " + dtype);
        row.text("op", op).text("dtype", dtype).count("cases", total.cases);
        row.count("failed", total.failed).number("worst_error", total.worst.error);
        row.number("worst_limit", total.worst.limit).text("worst_shape", total.worst.shape);
        add(row.flag("ok", total.failed == 0));
    }
    int cases = 0;
    int failed = 0;
    for (const auto& [dtype, total] : totals) {
        cases += total.cases;
        failed += total.failed;
    }
    // The row by which a finished op is known.
    add(Row(stage, op)
            .count("cases", cases)
            .count("failed", failed)
            .number("seconds", spent.count())
            .flag("ok", failed == 0));
    if (failed > 0)
        device.synchronize(); // throws where the device can do no more
}

void printFailure(const Fields& row) {
    if (row.contains("note"))
        std::printf("FAILED %s: error %s, limit %s. %s\n", fieldOr(row, "case").c_str(),
                    fieldOr(row, "error").c_str(), fieldOr(row, "limit").c_str(),
                    fieldOr(row, "note").c_str());
    else if (row.contains("error"))
        std::printf("FAILED %s: %s\n", fieldOr(row, "case").c_str(), fieldOr(row, "error").c_str());
    std::fflush(stdout);
}

/// "1,024 f32 0.3 %": the cases of a dtype and how near the worst came to its limit.
std::string totalText(const std::map<std::string, Fields>& byDtype, const std::string& dtype) {
    const auto found = byDtype.find(dtype);
    if (found == byDtype.end())
        return "";
    const Fields& row = found->second;
    const double error = numberOr(row, "worst_error", 0.0);
    const double limit = numberOr(row, "worst_limit", 0.0);
    char text[64];
    if (limit > 0.0)
        std::snprintf(text, sizeof text, "%5s cases, worst %.2g of %.0e",
                      fieldOr(row, "cases").c_str(), error, limit);
    else
        std::snprintf(text, sizeof text, "%5s cases, exact", fieldOr(row, "cases").c_str());
    return text;
}

void printTable(const std::vector<Fields>& rows) {
    std::map<std::string, std::map<std::string, Fields>> byOp;
    for (const Fields& row : rows)
        if (row.contains("worst_shape"))
            byOp[fieldOr(row, "op")][fieldOr(row, "dtype")] = row;
    std::printf("%-24s %-36s %s\n", "op", "f32", "bf16");
    for (const auto& [op, byDtype] : byOp)
        std::printf("%-24s %-36s %s\n", op.c_str(), totalText(byDtype, "f32").c_str(),
                    totalText(byDtype, "bf16").c_str());
}

} // namespace

int runOps(const Options& options, ResultFile& results) {
    TaskPlan plan;
    plan.stage = stageOf(options);
    plan.names = kernels::selfcheckOps(options.filter);
    if (plan.names.empty())
        throw BadArguments("No op has \"" + options.filter + "\" in its name.");
    plan.run = [&](const std::string& op, const engine::Device& device, const RowSink& add) {
        checkOp(op, device, options, add);
    };
    plan.print = printFailure;
    const std::vector<Fields> rows = runTasks(options, results, plan);
    printTable(rows);
    double cases = 0;
    double failed = 0;
    int lost = 0;
    for (const Fields& row : rows) {
        if (row.contains("seconds")) {
            cases += numberOr(row, "cases", 0.0);
            failed += numberOr(row, "failed", 0.0);
        } else if (row.contains("error") && !row.contains("note")) {
            ++lost;
        }
    }
    std::printf("%.0f cases on %s against reference, %.0f outside their limit", cases,
                options.device.c_str(), failed);
    if (lost > 0)
        std::printf(", %d ops that did not end", lost);
    std::printf("\n");
    return exitCode(rows);
}

} // namespace inlay::app

#include <algorithm>
#include <cstdio>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/row.h"
#include "app/gpu_check/tasks.h"

namespace inlay::app {
namespace {

/// The newest row of each stage and case.
std::vector<Fields> newestOf(const std::vector<Fields>& rows) {
    std::vector<Fields> newest;
    for (const Fields& row : rows) {
        const auto same = std::find_if(newest.begin(), newest.end(), [&](const Fields& other) {
            return keyOf(other) == keyOf(row);
        });
        if (same == newest.end())
            newest.push_back(row);
        else
            *same = row;
    }
    return newest;
}

std::vector<Fields> ofStage(const std::vector<Fields>& rows, const std::string& stage) {
    std::vector<Fields> found;
    for (const Fields& row : rows)
        if (fieldOr(row, "stage") == stage && !row.contains("not_run"))
            found.push_back(row);
    return found;
}

void printChecks(const std::vector<Fields>& rows, const char* stage, const char* things) {
    const std::vector<Fields> own = ofStage(rows, stage);
    if (!own.empty())
        std::printf("%-12s %zu %s, %d failed\n", stage, own.size(), things, countFailures(own));
}

void printOps(const std::vector<Fields>& rows) {
    double cases = 0.0;
    double failed = 0.0;
    std::string bad;
    for (const Fields& row : ofStage(rows, "ops")) {
        if (row.contains("seconds")) {
            cases += numberOr(row, "cases", 0.0);
            failed += numberOr(row, "failed", 0.0);
        }
        if (!isOk(row) && !row.contains("dtype"))
            bad.append(" ").append(fieldOr(row, "case"));
    }
    if (cases > 0.0 || !bad.empty())
        std::printf("%-12s %.0f cases, %.0f outside their limit%s%s\n", "ops", cases, failed,
                    bad.empty() ? "" : ", in:", bad.c_str());
}

void printSpeedups(const std::vector<Fields>& rows) {
    for (const Fields& row : ofStage(rows, "bench ops")) {
        const std::string name = fieldOr(row, "case");
        if (row.contains("speedup"))
            std::printf("  %-50s %8.2fx the dense product\n", name.c_str(),
                        numberOr(row, "speedup", 0.0));
        else if (!row.contains("seconds") && row.contains("tflops"))
            std::printf("%s: products at %s TFLOP/s, copies at %s GB/s\n", name.c_str(),
                        fieldOr(row, "tflops").c_str(), fieldOr(row, "gbytes_per_second").c_str());
    }
}

/// A step of Inlay beside PyTorch's in the same network and precision.
void printSteps(const std::vector<Fields>& rows) {
    const std::vector<Fields> peers = ofStage(rows, "peers");
    for (const Fields& row : ofStage(rows, "bench train")) {
        if (!row.contains("seconds"))
            continue;
        const double seconds = numberOr(row, "seconds", 0.0);
        std::printf("  %-32s %9.3f ms", fieldOr(row, "case").c_str(), 1e3 * seconds);
        for (const Fields& peer : peers)
            if (fieldOr(row, "operator") == "dense" && peer.contains("seconds") &&
                fieldOr(peer, "network") == fieldOr(row, "network") &&
                fieldOr(peer, "precision") == fieldOr(row, "precision"))
                std::printf("   %s %.3f ms (%.2fx)", fieldOr(peer, "library").c_str(),
                            1e3 * numberOr(peer, "seconds", 0.0),
                            numberOr(peer, "seconds", 0.0) / seconds);
        std::printf("\n");
    }
}

void printNotRun(const std::vector<Fields>& rows) {
    for (const Fields& row : rows)
        if (row.contains("not_run"))
            std::printf("not run: %s, %s\n", fieldOr(row, "case").c_str(),
                        fieldOr(row, "not_run").c_str());
}

} // namespace

int printSummary(const Options& options) {
    const LastRows last = readLastRows(options.out);
    const std::vector<Fields> rows = newestOf(last.rows);
    for (const auto& [key, value] : last.header)
        if (key != "stage" && key != "case")
            std::printf("%s: %s\n", key.c_str(), value.c_str());
    printOps(rows);
    printChecks(rows, "gradients", "networks");
    printChecks(rows, "train", "trainings");
    printChecks(rows, "precision", "comparisons");
    printChecks(rows, "sanitizer", "tools");
    printSpeedups(rows);
    printSteps(rows);
    printNotRun(rows);
    return exitCode(rows);
}

} // namespace inlay::app

#include "kernels/check/selfcheck.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <set>

#include "kernels/check/comparison.h"
#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

Operands::Outcome runOn(Backend& backend, const OpCase& item) {
    Operands operands(backend, item.dtype, item.spacing);
    item.run(operands);
    return operands.collect();
}

Comparison compareAll(const std::vector<double>& truth, const std::vector<double>& candidate) {
    Comparison comparison;
    for (std::size_t i = 0; i < truth.size() && i < candidate.size(); ++i)
        comparison.add(truth[i], candidate[i]);
    return comparison;
}

std::string describe(std::size_t result, const Comparison& comparison) {
    return "result " + std::to_string(result) + ", element " + std::to_string(comparison.worst()) +
           " is " + std::to_string(comparison.worstTruth()) + " and " +
           std::to_string(comparison.worstCandidate()) + ".";
}

SelfcheckRow check(Backend& truth, Backend& candidate, const OpCase& item) {
    SelfcheckRow row;
    row.op = item.op;
    row.shape = item.shape + (item.spacing == Spacing::Strided ? " strided" : "");
    row.dtype = nameOf(item.dtype);
    row.limit = item.limit;
    try {
        const Operands::Outcome expected = runOn(truth, item);
        const Operands::Outcome found = runOn(candidate, item);
        // Each result by itself: a large one must not hide a small one.
        for (std::size_t i = 0; i < expected.results.size(); ++i) {
            const auto& [dtype, values] = expected.results[i];
            const Comparison comparison = compareAll(values, found.results.at(i).values);
            const bool integer = dtype == DType::I32 || dtype == DType::U8;
            const double error = integer && comparison.different() > 0
                                     ? std::numeric_limits<double>::infinity()
                                     : comparison.error();
            if (!(error <= row.limit) && row.note.empty())
                row.note = describe(i, comparison);
            row.error = std::max(row.error, error);
        }
        if (!expected.note.empty() || !found.note.empty()) {
            row.error = std::numeric_limits<double>::infinity();
            row.note = found.note.empty() ? expected.note : found.note;
        }
    } catch (const std::exception& error) {
        row.error = std::numeric_limits<double>::infinity();
        row.note = error.what();
    }
    row.ok = row.error <= row.limit;
    return row;
}

} // namespace

OpCases opCases() {
    OpCases cases;
    addElementwiseCases(cases);
    addRandomCases(cases);
    addProductCases(cases);
    addActivationCases(cases);
    addReductionCases(cases);
    addNormalizationCases(cases);
    addLossCases(cases);
    addAttentionCases(cases);
    addStlCases(cases);
    addButterflyCases(cases);
    addTwoFourCases(cases);
    addOptimizerCases(cases);
    return cases;
}

std::string shapeOf(std::initializer_list<std::int64_t> sizes) {
    std::string text;
    for (const std::int64_t size : sizes)
        text += (text.empty() ? "" : "x") + std::to_string(size);
    return text;
}

std::vector<SelfcheckRow> runSelfcheck(Backend& truth, Backend& candidate,
                                       const std::string& filter,
                                       const std::function<void(const SelfcheckRow&)>& progress) {
    std::vector<SelfcheckRow> rows;
    for (const OpCase& item : opCases()) {
        if (item.op.find(filter) == std::string::npos)
            continue;
        rows.push_back(check(truth, candidate, item));
        if (progress)
            progress(rows.back());
    }
    return rows;
}

std::vector<std::string> selfcheckOps() {
    std::set<std::string> names;
    for (const OpCase& item : opCases())
        names.insert(item.op);
    return {names.begin(), names.end()};
}

} // namespace inlay::kernels

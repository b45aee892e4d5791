#include "kernels/check/selfcheck.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "kernels/check/comparison.h"
#include "kernels/check/op_cases.h"
#include "kernels/parallel.h"

namespace inlay::kernels {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Cases whose truth is kept at a time.
constexpr std::size_t kWindow = 256;
/// Of an op and dtype in a quick check.
constexpr std::size_t kQuickCases = 12;

/// One side of a case: what came out, or the sentence of what stopped it.
struct Side {
    Operands::Outcome outcome;
    std::string failure;
};

Side runOn(Backend& backend, const OpCase& item, OperandContents contents) {
    Side side;
    try {
        Operands operands(backend, item.style, std::move(contents));
        item.run(operands);
        side.outcome = operands.collect();
    } catch (const std::exception& error) {
        side.failure = error.what();
    }
    return side;
}

double limitOf(const OpCase& item, DType dtype) {
    return dtype == DType::BF16 && item.limit != kExact ? item.halfLimit : item.limit;
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

/// How much of its limit an error takes.
double shareOf(double error, double limit) {
    if (error == 0.0)
        return 0.0;
    return limit > 0.0 ? error / limit : kInfinity;
}

/// Each result by itself: a large one must not hide a small one.
void compareResults(const OpCase& item, const Operands::Outcome& truth,
                    const Operands::Outcome& candidate, SelfcheckRow& row) {
    for (std::size_t i = 0; i < truth.results.size(); ++i) {
        const auto& [dtype, values] = truth.results[i];
        const Comparison comparison = compareAll(values, candidate.results.at(i).values);
        const bool integer = dtype == DType::I32 || dtype == DType::U8;
        const double error = integer && comparison.different() > 0 ? kInfinity : comparison.error();
        const double limit = limitOf(item, dtype);
        if (!(error <= limit) && row.note.empty())
            row.note = describe(i, comparison);
        if (i == 0 || shareOf(error, limit) > shareOf(row.error, row.limit)) {
            row.error = error;
            row.limit = limit;
        }
    }
}

SelfcheckRow compare(const OpCase& item, const Side& truth, const Side& candidate) {
    SelfcheckRow row;
    row.op = item.op;
    row.shape = item.shape;
    if (item.style.dtype == DType::BF16 && item.style.parameters == DType::BF16)
        row.shape += " bf16 parameters";
    if (item.style.spacing == Spacing::Strided)
        row.shape += " strided";
    row.dtype = nameOf(item.style.dtype);
    row.limit = item.limit;
    for (const Side* side : {&truth, &candidate}) {
        row.note = side->failure.empty() ? side->outcome.note : side->failure;
        if (!row.note.empty()) {
            row.error = kInfinity;
            return row;
        }
    }
    compareResults(item, truth.outcome, candidate.outcome, row);
    row.ok = row.error <= row.limit;
    return row;
}

bool computes(const Backend& backend, const OpCase& item) {
    return item.use == Use::Stored || backend.computes(item.style.dtype);
}

/// At most kQuickCases of each op and dtype, spread over its cases.
OpCases thinnedOut(const OpCases& cases) {
    std::map<std::pair<std::string, DType>, std::vector<const OpCase*>> groups;
    for (const OpCase& item : cases)
        if (item.extent == Extent::Usual)
            groups[{item.op, item.style.dtype}].push_back(&item);
    OpCases kept;
    for (const auto& [name, group] : groups) {
        const std::size_t count = std::min(group.size(), kQuickCases);
        for (std::size_t i = 0; i < count; ++i)
            kept.push_back(*group[(2 * i + 1) * group.size() / (2 * count)]);
    }
    return kept;
}

OpCases chosenCases(const SelfcheckSelection& selection, const Backend& truth,
                    const Backend& candidate) {
    const std::vector<std::string>& ops = selection.ops;
    OpCases cases = opCases();
    std::erase_if(cases, [&](const OpCase& item) {
        const bool wanted = ops.empty() || std::find(ops.begin(), ops.end(), item.op) != ops.end();
        return !wanted || !computes(truth, item) || !computes(candidate, item);
    });
    return selection.depth == SelfcheckSelection::Depth::Quick ? thinnedOut(cases) : cases;
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
    addImageCases(cases);
    addStlCases(cases);
    addButterflyCases(cases);
    addTwoFourCases(cases);
    addOptimizerCases(cases);
    return cases;
}

std::string shapeOf(std::initializer_list<std::int64_t> sizes) {
    std::string text;
    for (const std::int64_t size : sizes) {
        if (!text.empty())
            text += 'x';
        text += std::to_string(size);
    }
    return text;
}

std::vector<SelfcheckRow> runSelfcheck(const BackendMaker& makeTruth, Backend& candidate,
                                       const SelfcheckSelection& selection,
                                       const std::function<void(const SelfcheckRow&)>& progress) {
    const OpCases cases = chosenCases(selection, *makeTruth(), candidate);
    std::vector<SelfcheckRow> rows;
    for (std::size_t first = 0; first < cases.size(); first += kWindow) {
        std::vector<Side> truths(std::min(kWindow, cases.size() - first));
        parallelFor(std::ssize(truths), 1, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                const std::unique_ptr<Backend> truth = makeTruth();
                truths[i] = runOn(*truth, cases[first + i], {});
            }
        });
        for (std::size_t i = 0; i < truths.size(); ++i) {
            const OpCase& item = cases[first + i];
            const Side found = runOn(candidate, item, std::move(truths[i].outcome.contents));
            rows.push_back(compare(item, truths[i], found));
            if (progress)
                progress(rows.back());
        }
    }
    return rows;
}

std::vector<std::string> selfcheckOps(const std::string& filter) {
    std::set<std::string> names;
    for (const OpCase& item : opCases())
        if (item.op.find(filter) != std::string::npos)
            names.insert(item.op);
    return {names.begin(), names.end()};
}

} // namespace inlay::kernels

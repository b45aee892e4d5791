#include "engine/operators/two_four/two_four_plan.h"

#include <algorithm>
#include <string>

#include "engine/operators/plan_builder.h"
#include "kernels/two_four_tables.h"

namespace inlay::engine {
namespace {

double real(std::int64_t value) {
    return static_cast<double>(value);
}

// Most ones that a transposable mask has in the upper left rows x cols corner of its block. The
// best mask reaches it: another kept weight never lowers the kept energy.
std::int64_t transposableCorner(std::int64_t rows, std::int64_t cols) {
    std::int64_t most = 0;
    for (const std::uint16_t mask : kernels::kTransposableMasks) {
        std::int64_t ones = 0;
        for (std::int64_t i = 0; i < rows; ++i)
            for (std::int64_t j = 0; j < cols; ++j)
                ones += (mask >> (4 * i + j)) & 1;
        most = std::max(most, ones);
    }
    return most;
}

// Reads a matrix and its mask (a byte for each f32) and writes a matrix.
void addMaskCall(PlanBuilder& builder, const char* op, std::int64_t rows, std::int64_t cols) {
    builder.call(Pass::Backward, op, rows, cols, 0.0, 2.25 * real(rows) * real(cols));
}

} // namespace

std::vector<Issue> twoFourIssues(const TwoFourConfig& config) {
    if (config.lambda >= 0.0)
        return {};
    return {{"lambda", "lambda = " + std::to_string(config.lambda) + "; allowed: 0 or more"}};
}

std::int64_t twoFourKept(const TwoFourConfig& config, std::int64_t in, std::int64_t out) {
    const std::int64_t restIn = in % 4;
    const std::int64_t restOut = out % 4;
    if (!config.transposable)
        return out * (in / 4 * 2 + std::min<std::int64_t>(2, restIn));
    return in / 4 * (out / 4) * 8 + in / 4 * transposableCorner(4, restOut) +
           out / 4 * transposableCorner(restIn, 4) + transposableCorner(restIn, restOut);
}

bool twoFourCompresses(std::int64_t in) {
    return in % 4 == 0;
}

OperatorPlan planTwoFour(const TwoFourConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    builder.plan().issues = twoFourIssues(config);
    OperatorPlan& plan = builder.plan();
    plan.paddedIn = (in + 3) / 4 * 4;
    plan.paddedOut = config.transposable ? (out + 3) / 4 * 4 : out;
    const bool fixed = config.training == TwoFourTraining::Fixed;
    const std::int64_t kept = twoFourKept(config, in, out);
    plan.parameters = fixed ? kept : in * out;
    plan.exactness = Exactness::Sparse;

    const std::int64_t n = rows.rows();
    const double compressed = 0.5625 * real(in) * real(out); // half the values, a byte for four
    if (twoFourCompresses(in))
        builder.call(Pass::Forward, "twoFourMultiply", n, out, 0.5 * real(n) * real(out) * real(in),
                     real(n) * real(in) + compressed + real(n) * real(out));
    else
        builder.gemm(Pass::Forward, n, out, in);
    builder.gemm(Pass::WeightGradient, in, out, n, Result::Added);
    if (fixed)
        addMaskCall(builder, "applyMask", plan.paddedIn, plan.paddedOut);
    builder.gemm(Pass::InputGradient, n, in, out);
    if (config.training == TwoFourTraining::SrSte)
        builder.call(Pass::Backward, "twoFourDecay", plan.paddedIn, plan.paddedOut,
                     real(plan.paddedIn) * real(plan.paddedOut),
                     3.25 * real(plan.paddedIn) * real(plan.paddedOut));
    if (!fixed) {
        addMaskCall(builder, config.transposable ? "twoFourTransposableMask" : "twoFourMask",
                    plan.paddedIn, plan.paddedOut);
        builder.call(Pass::Backward, "countDifferent", plan.paddedIn, plan.paddedOut, 0.0,
                     0.5 * real(plan.paddedIn) * real(plan.paddedOut));
    }
    addMaskCall(builder, "applyMask", plan.paddedIn, plan.paddedOut);
    if (twoFourCompresses(in))
        builder.call(Pass::Backward, "twoFourCompress", in, out, 0.0,
                     real(in) * real(out) + compressed);
    plan.note = std::to_string(kept) + " of " + std::to_string(in * out) +
                " weights are kept, two of every four inputs of an output";
    if (config.transposable)
        plan.note += " and two of every four outputs of an input";
    plan.note += fixed ? "; the others stay zero." : "; all are trained.";
    plan.note += twoFourCompresses(in)
                     ? " The forward product takes the kept weights only, the backward ones run on "
                       "the masked matrix at full cost."
                     : " Inputs that are no multiple of four: all products run on the masked "
                       "matrix at full cost.";
    return builder.finish();
}

} // namespace inlay::engine

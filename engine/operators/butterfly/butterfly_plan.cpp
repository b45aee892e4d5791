#include "engine/operators/butterfly/butterfly_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

#include "engine/operators/butterfly/live_weights.h"
#include "engine/operators/plan_builder.h"
#include "engine/operators/separate_epilogue.h"

namespace inlay::engine {
namespace {

std::string text(std::int64_t value) {
    return std::to_string(value);
}

double real(std::int64_t value) {
    return static_cast<double>(value);
}

std::int64_t nextPowerOfTwo(std::int64_t n) {
    return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(n)));
}

std::int64_t floorLog2(std::int64_t n) {
    return static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(n))) - 1;
}

// How many outputs a truncated network of width n keeps (systems/butterfly.md 3.1).
std::int64_t keptBy(ButterflyWidthRule rule, std::int64_t custom, std::int64_t n) {
    const std::int64_t ceilLog2 = floorLog2(nextPowerOfTwo(n));
    std::int64_t kept = custom;
    switch (rule) {
    case ButterflyWidthRule::Log2:
        kept = ceilLog2;
        break;
    case ButterflyWidthRule::Log2Squared:
        kept = floorLog2(n) * floorLog2(n) + 1;
        break;
    case ButterflyWidthRule::SquareRoot:
        kept = static_cast<std::int64_t>(std::ceil(std::sqrt(real(n))));
        break;
    case ButterflyWidthRule::Fifth:
        kept = std::max(n / 5, floorLog2(n) * floorLog2(n) + 1);
        break;
    case ButterflyWidthRule::Custom:
        return custom;
    }
    return std::clamp<std::int64_t>(kept, 1, n);
}

void checkKept(PlanBuilder& builder, const char* key, std::int64_t kept, std::int64_t width) {
    if (kept < 1 || kept > width)
        builder.issue(key, std::string(key) + " = " + text(kept) + "; allowed: 1 to " +
                               text(width) + ", the width of the butterfly");
}

void addPadding(PlanBuilder& builder, Pass pass, std::int64_t used, std::int64_t width) {
    if (used == width)
        return;
    const std::int64_t rows = builder.plan().rows.rows();
    builder.call(pass, "fill", rows, width - used, 0.0, real(rows) * real(width - used));
    builder.call(pass, "convert", rows, used, 0.0, 2.0 * real(rows) * real(used));
}

void addCut(PlanBuilder& builder, Pass pass, std::int64_t used, std::int64_t width) {
    const std::int64_t rows = builder.plan().rows.rows();
    if (used != width)
        builder.call(pass, "convert", rows, used, 0.0, 2.0 * real(rows) * real(used));
}

// 2n multiply-adds a stage and row; the backward pass applies the stages again, then the
// transposed ones, then adds up the weights' gradients.
void addButterfly(PlanBuilder& builder, Pass pass, const kernels::Butterfly& network) {
    const std::int64_t rows = builder.plan().rows.rows();
    const double work = real(rows) * real(network.weights());
    const double moved = real(rows) * real(network.n);
    if (pass == Pass::Forward)
        builder.call(pass, "butterfly", rows, network.n, work,
                     2.0 * moved + real(network.weights()));
    else
        builder.call(pass, "butterflyBackward", rows, network.n, 3.0 * work,
                     3.0 * moved + 3.0 * real(network.weights()));
}

void planSquare(PlanBuilder& builder, const ButterflySizes& sizes) {
    OperatorPlan& plan = builder.plan();
    plan.addsInputGradient = false;
    const std::int64_t n = sizes.input.n;
    plan.paddedIn = n;
    plan.paddedOut = n;
    std::vector<std::int64_t> kept(static_cast<std::size_t>(plan.out));
    std::iota(kept.begin(), kept.end(), std::int64_t{0});
    plan.parameters = liveWeights(n, sizes.input.order, kept, plan.in).count;

    addPadding(builder, Pass::Forward, plan.in, n);
    addButterfly(builder, Pass::Forward, sizes.input);
    addCut(builder, Pass::Forward, plan.out, n);
    addEpilogueCall(builder);
    addPadding(builder, Pass::Backward, plan.out, n);
    addButterfly(builder, Pass::Backward, sizes.input);
    addCut(builder, Pass::InputGradient, plan.in, n);
    plan.note = text(sizes.input.stages()) + " stages on " + text(n) + " numbers";
    if (plan.in != n || plan.out != n)
        plan.note +=
            "; inputs are padded with zeros, the first " + text(plan.out) + " outputs are kept";
    plan.note += ".";
}

void planGadget(PlanBuilder& builder, const ButterflySizes& sizes) {
    OperatorPlan& plan = builder.plan();
    plan.addsInputGradient = false;
    const std::int64_t rows = plan.rows.rows();
    plan.paddedIn = sizes.input.n;
    plan.paddedOut = sizes.output.n;
    const double live =
        expectedLiveWeights(sizes.input.n, sizes.input.order, sizes.keptIn, plan.in) +
        expectedLiveWeights(sizes.output.n, sizes.output.order, sizes.keptOut, plan.out);
    plan.parameters = std::llround(live) + sizes.keptIn * sizes.keptOut;

    const auto select = [&](Pass pass, const char* op, std::int64_t kept) {
        builder.call(pass, op, rows, kept, 0.0, 2.0 * real(rows) * real(kept));
    };
    const auto clear = [&](Pass pass, std::int64_t width) {
        builder.call(pass, "fill", rows, width, 0.0, real(rows) * real(width));
    };
    addPadding(builder, Pass::Forward, plan.in, sizes.input.n);
    addButterfly(builder, Pass::Forward, sizes.input);
    select(Pass::Forward, "gatherColumns", sizes.keptIn);
    builder.gemm(Pass::Forward, rows, sizes.keptOut, sizes.keptIn);
    clear(Pass::Forward, sizes.output.n);
    select(Pass::Forward, "scatterAddColumns", sizes.keptOut);
    addButterfly(builder, Pass::Forward, sizes.output);
    addCut(builder, Pass::Forward, plan.out, sizes.output.n);
    addEpilogueCall(builder);

    addPadding(builder, Pass::Backward, plan.out, sizes.output.n);
    addButterfly(builder, Pass::Backward, sizes.output);
    select(Pass::Backward, "gatherColumns", sizes.keptOut);
    builder.gemm(Pass::WeightGradient, sizes.keptIn, sizes.keptOut, rows, Result::Added);
    builder.gemm(Pass::Backward, rows, sizes.keptIn, sizes.keptOut);
    clear(Pass::Backward, sizes.input.n);
    select(Pass::Backward, "scatterAddColumns", sizes.keptIn);
    addButterfly(builder, Pass::Backward, sizes.input);
    addCut(builder, Pass::InputGradient, plan.in, sizes.input.n);

    const std::int64_t cap = std::min(sizes.keptIn, sizes.keptOut);
    plan.rankCap = cap < std::min(plan.in, plan.out) ? cap : 0;
    plan.note = "A trainable layer of rank " + text(cap) + " at most, with a core of " +
                text(sizes.keptIn) + " x " + text(sizes.keptOut) +
                "; the exact number of live weights depends on the random truncation.";
    if (plan.parameters > plan.in * plan.out)
        plan.note += " It has more weights than the full matrix.";
}

} // namespace

std::vector<Issue> butterflyIssues(const ButterflyConfig& config) {
    std::vector<Issue> issues;
    if (config.form == ButterflyForm::Gadget && config.kRule == ButterflyWidthRule::Custom) {
        if (config.kIn < 1)
            issues.push_back({"k_in", "k_in = " + text(config.kIn) + "; allowed: 1 or more"});
        if (config.kOut < 1)
            issues.push_back({"k_out", "k_out = " + text(config.kOut) + "; allowed: 1 or more"});
    }
    return issues;
}

ButterflySizes butterflySizes(const ButterflyConfig& config, std::int64_t in, std::int64_t out) {
    const auto order = config.order == ButterflyStageOrder::Increasing
                           ? kernels::ButterflyOrder::Increasing
                           : kernels::ButterflyOrder::Decreasing;
    const bool scaled = config.start != ButterflyStart::Identity;
    const bool paper = config.scaling == ButterflyScaling::Paper;
    ButterflySizes sizes;
    if (config.form == ButterflyForm::Square) {
        const std::int64_t n = nextPowerOfTwo(std::max(in, out));
        sizes.input = {.n = n, .order = order};
        sizes.keptIn = out;
        // A full matrix starts with weights of variance 1 / (3 in), an orthogonal network has
        // mean squares of 1 / n.
        if (scaled)
            sizes.inputScale = std::sqrt(paper ? real(n) / real(out) : real(n) / (3.0 * real(in)));
        return sizes;
    }
    sizes.input = {.n = nextPowerOfTwo(in), .order = order};
    sizes.output = {
        .n = nextPowerOfTwo(out), .order = order, .transposed = kernels::Transpose::Yes};
    sizes.keptIn = keptBy(config.kRule, config.kIn, in);
    sizes.keptOut = keptBy(config.kRule, config.kOut, out);
    if (scaled) {
        sizes.inputScale = std::sqrt(real(sizes.input.n) / real(paper ? sizes.keptIn : in));
        sizes.outputScale = std::sqrt(real(sizes.output.n) / real(sizes.keptOut));
    }
    return sizes;
}

OperatorPlan planButterfly(const ButterflyConfig& config, std::int64_t in, std::int64_t out,
                           const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    const bool square = config.form == ButterflyForm::Square;
    if (square ? std::max(in, out) < 2 : std::min(in, out) < 2) {
        builder.issue("form", "a butterfly needs at least 2 numbers on each side; the layer has " +
                                  text(in) + " inputs and " + text(out) + " outputs");
        return builder.finish();
    }
    builder.plan().issues = butterflyIssues(config);
    const ButterflySizes sizes = butterflySizes(config, in, out);
    if (!square && builder.plan().issues.empty()) {
        checkKept(builder, "k_in", sizes.keptIn, sizes.input.n);
        checkKept(builder, "k_out", sizes.keptOut, sizes.output.n);
    }
    if (!builder.plan().issues.empty())
        return builder.finish();
    if (square)
        planSquare(builder, sizes);
    else
        planGadget(builder, sizes);
    return builder.finish();
}

} // namespace inlay::engine

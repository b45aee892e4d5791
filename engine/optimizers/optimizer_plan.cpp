#include "engine/optimizers/optimizer_plan.h"

namespace inlay::engine {

namespace {

KernelCall streaming(const char* op, std::int64_t count, double passes) {
    constexpr double kFloat = 4.0;
    KernelCall call;
    call.op = op;
    call.m = 1;
    call.n = count;
    call.bytes = kFloat * passes * static_cast<double>(count);
    return call;
}

} // namespace

std::vector<KernelCall> planOptimizerStep(const OptimizerConfig& config, std::int64_t parameters) {
    std::vector<KernelCall> calls{streaming("zero", parameters, 1.0)};
    if (std::visit([](const auto& own) { return own.clip; }, config) > 0.0)
        calls.push_back(streaming("sumSquaresOf", parameters, 1.0));
    // Gradient read; weight and moments read and written.
    if (const auto* sgd = std::get_if<SgdConfig>(&config))
        calls.push_back(streaming("sgdStep", parameters, sgd->momentum != 0.0 ? 5.0 : 3.0));
    else
        calls.push_back(streaming("adamwStep", parameters, 7.0));
    return calls;
}

} // namespace inlay::engine

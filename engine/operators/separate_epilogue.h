#pragma once

#include "engine/operators/plan_builder.h"
#include "kernels/backend.h"

namespace inlay::engine {

/// Applies an epilogue that does anything; for operators whose last op cannot take it along.
inline void applyIfAny(kernels::Backend& backend, kernels::View y,
                       const kernels::Epilogue& epilogue) {
    if (epilogue.bias.given() || epilogue.pre.given() || epilogue.residual.given() ||
        epilogue.activation != kernels::Activation::None)
        backend.applyEpilogue(y, epilogue);
}

/// Counts that call; a layer without bias and activation does not make it.
inline void addEpilogueCall(PlanBuilder& builder) {
    const std::int64_t rows = builder.plan().rows.rows();
    const std::int64_t out = builder.plan().out;
    const double elements = static_cast<double>(rows) * static_cast<double>(out);
    builder.call(Pass::Forward, "applyEpilogue", rows, out, 0.0, 2.0 * elements);
}

} // namespace inlay::engine

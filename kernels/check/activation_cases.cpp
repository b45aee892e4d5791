#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct Named {
    Activation activation;
    const char* name;
};
constexpr Named kActivations[] = {{Activation::None, " none"},
                                  {Activation::Relu, " relu"},
                                  {Activation::Gelu, " gelu"},
                                  {Activation::Silu, " silu"},
                                  {Activation::LeakyRelu, " leaky relu"}};

void addActivation(OpCases& cases, MatrixSize size, const Named& named, const OperandStyle& style) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    const Activation activation = named.activation;
    const std::string shape = shapeOf({m, n}) + named.name;
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run) {
        cases.push_back({op, shape + options, std::move(run), style, kActivationLimit});
    };
    // Deviation 4 reaches the flat tails on both sides.
    add("activate", "", [=](Operands& o) {
        const View x = o.normal(m, n, 0.0, 4.0);
        o.backend().activate(activation, x, o.result(m, n));
    });
    add("activateBackward", "", [=](Operands& o) {
        const View pre = o.normal(m, n, 0.0, 4.0);
        const View g = o.normal(m, n);
        o.backend().activateBackward(activation, pre, g, o.result(m, n));
    });
    add("activateBackward", " in-place", [=](Operands& o) {
        const View pre = o.normal(m, n, 0.0, 4.0);
        const View g = o.result(m, n);
        o.backend().activateBackward(activation, pre, g, g);
    });
    add("applyEpilogue", "", [=](Operands& o) {
        o.backend().applyEpilogue(o.result(m, n), {{}, activation, {}});
    });
    add("applyEpilogue", " bias pre", [=](Operands& o) {
        const View bias = o.parameter(1, n);
        const View pre = o.result(m, n);
        o.backend().applyEpilogue(o.result(m, n), {bias, activation, pre});
    });
    add("applyEpilogue", " residual", [=](Operands& o) {
        const View residual = o.normal(m, n);
        o.backend().applyEpilogue(o.result(m, n), {{}, activation, {}, residual});
    });
    add("applyEpilogue", " bias pre residual", [=](Operands& o) {
        const View bias = o.parameter(1, n);
        const View pre = o.result(m, n);
        const View residual = o.normal(m, n);
        o.backend().applyEpilogue(o.result(m, n), {bias, activation, pre, residual});
    });
}

} // namespace

void addActivationCases(OpCases& cases) {
    for (const OperandStyle& style : kAllStyles)
        for (const MatrixSize size : matrixSizes(style))
            for (const Named& named : kActivations)
                addActivation(cases, size, named, style);
}

} // namespace inlay::kernels

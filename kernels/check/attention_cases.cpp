#include <cmath>

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

/// A device that multiplies bf16 may round the probabilities, and the gradients of the scores, to
/// bf16 before their products. The backward pass takes the rounded output too and adds over heads
/// that share a key.
constexpr double kHalfForwardLimit = kHalfTwiceLimit;
constexpr double kHalfBackwardLimit = 1e-4;

Attention make(std::int64_t batch, std::int64_t tokens, std::int64_t heads, std::int64_t kvHeads,
               std::int64_t headDim, bool causal) {
    return {batch,
            tokens,
            heads,
            kvHeads,
            headDim,
            causal,
            1.0 / std::sqrt(static_cast<double>(headDim))};
}

std::string describe(const Attention& s) {
    return shapeOf({s.batch, s.tokens, s.heads, s.kvHeads, s.headDim}) +
           (s.causal ? " causal" : "");
}

struct Forward {
    View q, k, v, out, logSumExp;
};

Forward forward(Operands& o, const Attention& s, double deviation) {
    const std::int64_t rows = s.batch * s.tokens;
    Forward f{o.normal(rows, s.heads * s.headDim, 0.0, deviation),
              o.normal(rows, s.kvHeads * s.headDim, 0.0, deviation),
              o.normal(rows, s.kvHeads * s.headDim), o.result(rows, s.heads * s.headDim),
              o.summary(s.batch * s.heads, s.tokens)};
    const Workspace scratch = o.workspace(o.backend().attentionScratch(s, o.dtype()));
    o.backend().attention(s, f.q, f.k, f.v, f.out, f.logSumExp, scratch);
    return f;
}

void backward(Operands& o, const Attention& s) {
    const Forward f = forward(o, s, 1.0);
    const View g = o.normal(f.q.rows, f.q.cols);
    const View dq = o.result(f.q.rows, f.q.cols);
    const View dk = o.result(f.k.rows, f.k.cols);
    const View dv = o.result(f.v.rows, f.v.cols);
    const Workspace scratch = o.workspace(o.backend().attentionBackwardScratch(s, o.dtype()));
    o.backend().attentionBackward(s, f.q, f.k, f.v, f.out, f.logSumExp, g, dq, dk, dv, scratch);
}

void add(OpCases& cases, const Attention& s, const OperandStyle& style,
         Extent extent = Extent::Usual) {
    cases.push_back({"attention", describe(s), [=](Operands& o) { forward(o, s, 1.0); }, style,
                     kDefaultLimit, kHalfForwardLimit, extent});
    // Scores of several hundred: softmax must take off the largest.
    cases.push_back({"attention", describe(s) + " large", [=](Operands& o) { forward(o, s, 12.0); },
                     style, kDefaultLimit, kHalfForwardLimit, extent});
    cases.push_back({"attentionBackward", describe(s), [=](Operands& o) { backward(o, s); }, style,
                     kDefaultLimit, kHalfBackwardLimit, extent});
}

} // namespace

void addAttentionCases(OpCases& cases) {
    for (const OperandStyle& style : kFloatStyles)
        for (const bool causal : {false, true}) {
            add(cases, make(0, 4, 2, 2, 8, causal), style);
            add(cases, make(1, 1, 1, 1, 1, causal), style);
            add(cases, make(2, 3, 1, 1, 5, causal), style);
            add(cases, make(3, 16, 4, 4, 24, causal), style);
            add(cases, make(2, 9, 6, 2, 33, causal), style);
            add(cases, make(1, 16, 2, 2, 64, causal), style);
            add(cases, make(1, 15, 2, 1, 50, causal), style);
            add(cases, make(1, 16, 2, 2, 65, causal), style);
            add(cases, make(2, 17, 4, 2, 8, causal), style);
            add(cases, make(1, 33, 6, 1, 7, causal), style);
            add(cases, make(2, 67, 3, 3, 16, causal), style);
            add(cases, make(1, 130, 2, 1, 64, causal), style);
        }
    for (const OperandStyle& style : {kHalfStyles[0], kHalfStyles[1]})
        for (const bool causal : {false, true}) {
            add(cases, make(0, 4, 2, 2, 8, causal), style);
            add(cases, make(2, 3, 1, 1, 5, causal), style);
            add(cases, make(3, 16, 4, 4, 24, causal), style);
            add(cases, make(2, 9, 6, 2, 33, causal), style);
            add(cases, make(1, 16, 2, 2, 64, causal), style);
            add(cases, make(1, 15, 2, 1, 50, causal), style);
            add(cases, make(1, 16, 2, 2, 65, causal), style);
            add(cases, make(2, 17, 4, 2, 8, causal), style);
            add(cases, make(1, 33, 6, 1, 7, causal), style);
            add(cases, make(2, 67, 3, 3, 32, causal), style);
            add(cases, make(1, 130, 2, 1, 64, causal), style);
        }
    // Several blocks of keys, the last one not full.
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[1]})
        for (const bool causal : {false, true}) {
            add(cases, make(1, 197, 2, 2, 64, causal), style, Extent::Large);
            add(cases, make(1, 300, 1, 1, 64, causal), style, Extent::Large);
            add(cases, make(1, 97, 1, 1, 128, causal), style, Extent::Large);
        }
}

} // namespace inlay::kernels

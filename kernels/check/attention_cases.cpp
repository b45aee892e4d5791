#include <cmath>

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

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
              o.result(s.batch * s.heads, s.tokens)};
    const Workspace scratch = o.workspace(o.backend().attentionScratch(s, o.dtype()));
    o.backend().attention(s, f.q, f.k, f.v, f.out, f.logSumExp, scratch);
    return f;
}

void add(OpCases& cases, const Attention& s, Spacing spacing) {
    cases.push_back(
        {"attention", describe(s), [=](Operands& o) { forward(o, s, 1.0); }, DType::F32, spacing});
    // Scores of several hundred: softmax must take off the largest.
    cases.push_back({"attention", describe(s) + " large", [=](Operands& o) { forward(o, s, 12.0); },
                     DType::F32, spacing});
    cases.push_back({"attentionBackward", describe(s),
                     [=](Operands& o) {
                         const Forward f = forward(o, s, 1.0);
                         const View g = o.normal(f.q.rows, f.q.cols);
                         const View dq = o.result(f.q.rows, f.q.cols);
                         const View dk = o.result(f.k.rows, f.k.cols);
                         const View dv = o.result(f.v.rows, f.v.cols);
                         const Workspace scratch =
                             o.workspace(o.backend().attentionBackwardScratch(s, o.dtype()));
                         o.backend().attentionBackward(s, f.q, f.k, f.v, f.out, f.logSumExp, g, dq,
                                                       dk, dv, scratch);
                     },
                     DType::F32, spacing});
}

} // namespace

void addAttentionCases(OpCases& cases) {
    for (const Spacing spacing : kSpacings)
        for (const bool causal : {false, true}) {
            add(cases, make(0, 4, 2, 2, 8, causal), spacing);
            add(cases, make(1, 1, 1, 1, 1, causal), spacing);
            add(cases, make(2, 3, 1, 1, 5, causal), spacing);
            add(cases, make(3, 16, 4, 4, 24, causal), spacing);
            add(cases, make(2, 17, 4, 2, 8, causal), spacing);
            add(cases, make(1, 33, 6, 1, 7, causal), spacing);
            add(cases, make(2, 67, 3, 3, 16, causal), spacing);
            add(cases, make(1, 130, 2, 1, 64, causal), spacing);
        }
}

} // namespace inlay::kernels

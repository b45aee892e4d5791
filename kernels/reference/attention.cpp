// For one sequence and head, S = scale Q K^T (entries after the diagonal are -infinity when
// causal), P = softmax(S) by row, O = P V. Backward with dO: dV = P^T dO, dP = dO V^T,
// dS = P (dP - rowsum(dO O)), dQ = scale dS K, dK = scale dS^T Q. Heads that share a key head add
// their dK and dV.

#include <cmath>
#include <limits>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// Where one head of one sequence lies in the operands.
struct Head {
    std::int64_t row;   // first row of the sequence
    std::int64_t query; // first column of the head in q, out and their gradients
    std::int64_t key;   // first column of its key head in k, v and their gradients
    std::int64_t index; // row of logSumExp
};

Head headOf(const Attention& spec, std::int64_t sequence, std::int64_t head) {
    const std::int64_t shared = head / (spec.heads / spec.kvHeads);
    return {sequence * spec.tokens, head * spec.headDim, shared * spec.headDim,
            sequence * spec.heads + head};
}

std::int64_t visible(const Attention& spec, std::int64_t token) {
    return spec.causal ? token + 1 : spec.tokens;
}

double score(const Attention& spec, const Head& head, const Array& q, const Array& k,
             std::int64_t i, std::int64_t j) {
    double total = 0.0;
    for (std::int64_t d = 0; d < spec.headDim; ++d)
        total += q(head.row + i, head.query + d) * k(head.row + j, head.key + d);
    return spec.scale * total;
}

void checkShapes([[maybe_unused]] const Attention& spec, [[maybe_unused]] ConstView q,
                 [[maybe_unused]] ConstView k, [[maybe_unused]] ConstView v) {
    assert(spec.kvHeads > 0 && spec.heads % spec.kvHeads == 0);
    assert(q.rows == spec.batch * spec.tokens && q.cols == spec.heads * spec.headDim);
    assert(k.rows == q.rows && k.cols == spec.kvHeads * spec.headDim && sameShape(k, v));
}

} // namespace

void ReferenceBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                 View out, View logSumExp, Workspace) {
    checkShapes(spec, q, k, v);
    const Array queries = read(q);
    const Array keys = read(k);
    const Array values = read(v);
    Array result(out.rows, out.cols);
    Array kept(logSumExp.rows, logSumExp.cols);
    std::vector<double> scores(static_cast<std::size_t>(spec.tokens));
    for (std::int64_t sequence = 0; sequence < spec.batch; ++sequence)
        for (std::int64_t h = 0; h < spec.heads; ++h) {
            const Head head = headOf(spec, sequence, h);
            for (std::int64_t i = 0; i < spec.tokens; ++i) {
                double largest = -std::numeric_limits<double>::infinity();
                for (std::int64_t j = 0; j < visible(spec, i); ++j) {
                    const double s = score(spec, head, queries, keys, i, j);
                    scores[static_cast<std::size_t>(j)] = s;
                    largest = std::isnan(s) || s > largest ? s : largest;
                }
                double total = 0.0;
                for (std::int64_t j = 0; j < visible(spec, i); ++j)
                    total += std::exp(scores[static_cast<std::size_t>(j)] - largest);
                kept(head.index, i) = largest + std::log(total);
                for (std::int64_t j = 0; j < visible(spec, i); ++j) {
                    const double p =
                        std::exp(scores[static_cast<std::size_t>(j)] - kept(head.index, i));
                    for (std::int64_t d = 0; d < spec.headDim; ++d)
                        result(head.row + i, head.query + d) +=
                            p * values(head.row + j, head.key + d);
                }
            }
        }
    write(result, out);
    write(kept, logSumExp);
}

void ReferenceBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k,
                                         ConstView v, ConstView out, ConstView logSumExp,
                                         ConstView g, View dq, View dk, View dv, Workspace) {
    checkShapes(spec, q, k, v);
    const Array queries = read(q);
    const Array keys = read(k);
    const Array values = read(v);
    const Array outputs = read(out);
    const Array kept = read(logSumExp);
    const Array gradient = read(g);
    Array queryGradient(q.rows, q.cols);
    Array keyGradient(k.rows, k.cols);
    Array valueGradient(v.rows, v.cols);
    for (std::int64_t sequence = 0; sequence < spec.batch; ++sequence)
        for (std::int64_t h = 0; h < spec.heads; ++h) {
            const Head head = headOf(spec, sequence, h);
            for (std::int64_t i = 0; i < spec.tokens; ++i) {
                const std::int64_t row = head.row + i;
                double dot = 0.0;
                for (std::int64_t d = 0; d < spec.headDim; ++d)
                    dot += gradient(row, head.query + d) * outputs(row, head.query + d);
                for (std::int64_t j = 0; j < visible(spec, i); ++j) {
                    const std::int64_t other = head.row + j;
                    const double p =
                        std::exp(score(spec, head, queries, keys, i, j) - kept(head.index, i));
                    double dp = 0.0;
                    for (std::int64_t d = 0; d < spec.headDim; ++d) {
                        dp += gradient(row, head.query + d) * values(other, head.key + d);
                        valueGradient(other, head.key + d) += p * gradient(row, head.query + d);
                    }
                    const double ds = spec.scale * p * (dp - dot);
                    for (std::int64_t d = 0; d < spec.headDim; ++d) {
                        queryGradient(row, head.query + d) += ds * keys(other, head.key + d);
                        keyGradient(other, head.key + d) += ds * queries(row, head.query + d);
                    }
                }
            }
        }
    write(queryGradient, dq);
    write(keyGradient, dk);
    write(valueGradient, dv);
}

std::size_t ReferenceBackend::attentionScratch(const Attention&, DType) const {
    return 0;
}

std::size_t ReferenceBackend::attentionBackwardScratch(const Attention&, DType) const {
    return 0;
}

} // namespace inlay::kernels

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/operators/row_layout.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

/// One backend call of a plan, with what a time prediction needs. m, n, k and batch are the
/// product's sizes where the op is a product; otherwise m x n is the size of the result.
struct KernelCall {
    std::string op; // the backend's method, e.g. "gemm", "stlEncode"
    std::int64_t batch = 1;
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    double multiplyAdds = 0;
    double bytes = 0;       // read + written once, in f32
    bool forInput = false;  // only made where the gradient of the input is wanted
    bool ofColumns = false; // a batch whose activations are neighboring columns of one matrix
    bool sumsRows = false;  // the gradient of a weight: its left side is read down its columns
};

enum class Exactness { Exact, Approximate, Sparse, Structured };

/// What an operator costs and does, known without allocating anything. Counts are for the whole
/// RowLayout (all rows), one call. Work on padding is counted: it is real work.
struct OperatorPlan {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t paddedIn = 0;
    std::int64_t paddedOut = 0;
    std::int64_t paddedRows = 0;
    RowLayout rows;

    std::int64_t parameters = 0;       // live trainable numbers, bias not included
    std::int64_t sharedParameters = 0; // those of them that the layers of a group have once
    std::string sharedGroup;           // its name; empty without one
    std::string sharedShape;           // in which the layers of a group must agree
    double multiplyAddsForward = 0;    // flops = 2 x multiply_adds
    double multiplyAddsBackward = 0;
    double bytesForward = 0;
    double bytesBackward = 0;
    std::vector<KernelCall> forward;
    std::vector<KernelCall> backward; // everything a training step adds to the forward calls
    bool addsInputGradient = true;    // without a call of its own, where the input serves others

    std::vector<std::string> flags; // "mixes_samples", "leaks_future"
    Exactness exactness = Exactness::Structured;
    std::string note;          // one sentence for people: rank cap, exactness, padding
    std::int64_t rankCap = 0;  // largest possible rank of the map; 0 when not below min(in, out)
    std::vector<Issue> issues; // keys relative to the operator's config
};

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "kernels/backend.h"
#include "kernels/cuda/two_four_cusparselt.h"
#include "kernels/cuda/two_four_products.h"
#include "kernels/prepared.h"

namespace inlay::kernels::cuda {

/// 2:4 products with prepared weights: for each shape the fastest of our kernels, cuSPARSELt's and
/// the dense product of the masked weight, chosen by trial.
///
/// A trial is made once for a shape, by the first prepare(): every candidate multiplies the same
/// operands, those that disagree with the dense product are left out, and the others are timed.
/// Only prepare() allocates and waits. f32 and products of up to kFewRows rows have one kernel each
/// and no trial.
class TwoFourRoutes {
public:
    /// `backend` is the one that owns the queue; both outlive this.
    TwoFourRoutes(Queue& queue, Backend& backend);
    ~TwoFourRoutes();
    TwoFourRoutes(const TwoFourRoutes&) = delete;
    TwoFourRoutes& operator=(const TwoFourRoutes&) = delete;

    /// The masked dense weight `w` (in x out) as operand of y = x W, groups being four rows of a
    /// column; with Transpose::Yes of y = x W^T, groups being four columns of a row, which a
    /// transposable mask has too. `rows` is how many rows x will have; other products are right but
    /// may be slower. Not to be called while ops are recorded.
    std::unique_ptr<PreparedWeight> prepare(ConstView w, Transpose transpose, std::int64_t rows);
    /// Takes the new values and positions of the same weight; enqueued.
    void refresh(ConstView w, PreparedWeight& prepared);
    /// y = x W or x W^T, then the epilogue; enqueued.
    void multiply(ConstView x, const PreparedWeight& prepared, View y, const Epilogue& epilogue);

private:
    class Prepared;
    struct Route;
    struct Trial;

    const SparseLibrary* library();
    std::shared_ptr<const Route> routeOf(std::int64_t m, std::int64_t n, std::int64_t k);
    std::shared_ptr<const Route> tryAll(Trial& trial);
    void tryOwn(Trial& trial, Route& route);
    void tryLibrary(Trial& trial, Route& route);
    void compressForLibrary(const SparseProduct& product, ConstView values, ConstView meta,
                            void* compressed);

    Queue& queue_;
    Backend& backend_;
    std::unique_ptr<SparseLibrary> library_;
    bool libraryWanted_ = true; // not looked for yet
    std::string libraryReason_;
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::shared_ptr<const Route>>
        routes_; // by outputs, rows, inputs
};

} // namespace inlay::kernels::cuda

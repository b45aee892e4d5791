#include "kernels/cuda/two_four_routes.h"

#include <cassert>
#include <cstddef>

#include "kernels/cuda/two_four_prepared.h"

namespace inlay::kernels::cuda {
namespace {

bool bare(const Epilogue& epilogue) {
    return !epilogue.bias.given() && epilogue.activation == Activation::None &&
           !epilogue.pre.given() && !epilogue.residual.given();
}

} // namespace

void multiplyBy(TwoFourKernel kernel, Queue& queue, ConstView x, const SparseOperand& weights,
                ConstView meta, View y, const Epilogue& epilogue) {
    switch (kernel) {
    case TwoFourKernel::Tiled:
        return multiplyTiled(queue, x, weights.values, meta, y, epilogue);
    case TwoFourKernel::Mma:
        return multiplyMma(queue, x, weights, y, epilogue);
    case TwoFourKernel::TwoWarpgroups:
        return multiplyWarpgroups(queue, Warpgroups::Two, x, weights, y, epilogue);
    case TwoFourKernel::ThreeWarpgroups:
        return multiplyWarpgroups(queue, Warpgroups::Three, x, weights, y, epilogue);
    }
}

TwoFourRoutes::TwoFourRoutes(Queue& queue, Backend& backend)
    : queue_(queue)
    , backend_(backend) {}

TwoFourRoutes::~TwoFourRoutes() = default;

std::unique_ptr<PreparedWeight> TwoFourRoutes::prepare(ConstView w, Transpose transpose,
                                                       std::int64_t rows) {
    assert((transpose == Transpose::Yes ? w.cols : w.rows) % 4 == 0);
    auto prepared = std::make_unique<Prepared>(queue_, w, transpose, rows);
    const bool tensors = w.dtype == DType::BF16 && rows > kFewRows &&
                         prepared->m * prepared->k * rows > kSmallProduct;
    if (tensors)
        prepared->words =
            std::make_unique<DeviceBlock>(queue_, 4 * metaExtent(prepared->m, prepared->k).words());
    refresh(w, *prepared);
    if (!tensors)
        return prepared;
    prepared->chosen = routeOf(prepared->m, rows, prepared->k);
    if (prepared->chosen->dense) {
        prepared->expanded = std::make_unique<DeviceBlock>(queue_, 2 * prepared->m * prepared->k);
        expandRows(queue_, prepared->values, prepared->meta, prepared->expandedView());
    } else if (const SparseProduct* product = prepared->chosen->product.get()) {
        prepared->compressed = std::make_unique<DeviceBlock>(
            queue_, static_cast<std::int64_t>(product->compressedBytes()));
        compressForLibrary(*product, prepared->values, prepared->meta,
                           prepared->compressed->data());
    }
    return prepared;
}

void TwoFourRoutes::refresh(ConstView w, PreparedWeight& weight) {
    auto& prepared = static_cast<Prepared&>(weight);
    if (prepared.transpose == Transpose::Yes)
        compressRows(queue_, w, prepared.values, prepared.meta);
    else
        compressColumns(queue_, w, prepared.values, prepared.meta);
    if (prepared.words)
        packMeta(queue_, prepared.meta, prepared.k,
                 static_cast<std::uint32_t*>(prepared.words->data()));
    if (prepared.expanded)
        expandRows(queue_, prepared.values, prepared.meta, prepared.expandedView());
    if (prepared.compressed)
        compressForLibrary(*prepared.chosen->product, prepared.values, prepared.meta,
                           prepared.compressed->data());
}

void TwoFourRoutes::multiply(ConstView x, const PreparedWeight& weight, View y,
                             const Epilogue& epilogue) {
    const auto& prepared = static_cast<const Prepared&>(weight);
    const Route* route = prepared.chosen.get();
    assert(x.cols == prepared.k && y.cols == prepared.m && x.rows == y.rows);
    if (y.size() == 0)
        return;
    if (route == nullptr || x.rows <= kFewRows || !rowsAligned(x))
        return backend_.twoFourMultiply(x, prepared.values, prepared.meta, y, epilogue);
    const bool plain = bare(epilogue);
    if (route->dense && (plain || route->denseSeconds + route->epilogueSeconds < route->ownSeconds))
        return backend_.gemm({.b = Transpose::Yes}, x, prepared.expandedView(), y, epilogue);
    const bool whole =
        x.rows == prepared.rows && x.contiguous() && y.contiguous() && rowsAligned(y);
    if (route->product && whole &&
        route->librarySeconds + (plain ? 0.0 : route->epilogueSeconds) < route->ownSeconds) {
        void* workspace = queue_.scratch(route->product->workspaceBytes());
        route->product->multiply(prepared.compressed->data(), x.data, y.data, workspace,
                                 queue_.stream());
        if (!plain)
            backend_.applyEpilogue(y, epilogue);
        return;
    }
    multiplyBy(route->own, queue_, x, prepared.operand(), prepared.meta, y, epilogue);
}

/// The library compresses the dense matrix, which is made for it in scratch memory.
void TwoFourRoutes::compressForLibrary(const SparseProduct& product, ConstView values,
                                       ConstView meta, void* compressed) {
    const std::int64_t k = 2 * values.cols;
    const std::int64_t denseBytes = roundedUp(2 * values.rows * k, 256);
    auto* memory = static_cast<std::byte*>(
        queue_.scratch(static_cast<std::size_t>(denseBytes) + product.compressionScratch()));
    expandRows(queue_, values, meta, {memory, values.rows, k, k, DType::BF16});
    product.compress(memory, compressed, memory + denseBytes, queue_.stream());
}

} // namespace inlay::kernels::cuda

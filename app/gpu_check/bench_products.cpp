// STL and 2:4 layers beside the dense layer of the same size.

#include <cstdio>
#include <memory>

#include "app/gpu_check/op_bench.h"
#include "engine/operators/stl/stl_planes.h"

namespace inlay::app {
namespace {

using namespace engine;
using kernels::Accumulate;
using kernels::TileLayout;
using kernels::Transpose;

/// An STL layer of n rows, inputs and outputs with tiles of 4, op by op as the operator runs it.
class StlLayer {
public:
    StlLayer(const Device& device, std::int64_t n, std::int64_t rank)
        : device_(device)
        , layout_{4, n, {1, n}, kernels::Grouping::Within}
        , x_(normalTensor(device, {n, n}))
        , g_(normalTensor(device, {n, n}))
        , weights_(normalTensor(device, {rank, n / 4, n / 4}, 0.02))
        , encoder_(normalTensor(device, {rank, 16}, device.parameterType(), 0.25))
        , decoder_(normalTensor(device, {rank, 16}, device.parameterType(), 0.2))
        , y_(device, {n, n}, device.computeType())
        , gx_(device, {n, n}, device.computeType())
        , encodedX_(device, {rank, n / 4, n / 4}, device.computeType())
        , products_(device, {rank, n / 4, n / 4}, device.computeType())
        , encodedG_(device, {rank, n / 4, n / 4}, device.computeType())
        , encodedGx_(device, {rank, n / 4, n / 4}, device.computeType())
        , gWeights_(Tensor::zeros(device, {rank, n / 4, n / 4}, device.parameterType()))
        , gEncoder_(Tensor::zeros(device, {rank, 16}, device.parameterType()))
        , gDecoder_(Tensor::zeros(device, {rank, 16}, device.parameterType())) {}

    void forward() {
        kernels::Backend& backend = device_.backend();
        backend.stlEncode(layout_, x_.view(), encoder_.view(), planesOf(encodedX_), scratch());
        backend.batchedGemm({}, planesOf(encodedX_), planesOf(weights_), planesOf(products_));
        backend.stlDecode(layout_, planesOf(products_), decoder_.view(), y_.view(), Accumulate::No,
                          {}, scratch());
    }

    void train() {
        forward();
        kernels::Backend& backend = device_.backend();
        backend.stlEncode(layout_, g_.view(), decoder_.view(), planesOf(encodedG_), scratch());
        backend.stlMatrixGradient(layout_, g_.view(), planesOf(products_), gDecoder_.view(),
                                  scratch());
        backend.batchedGemm({.a = Transpose::Yes, .beta = 1.0}, planesOf(encodedX_),
                            planesOf(encodedG_), planesOf(gWeights_));
        backend.batchedGemm({.b = Transpose::Yes}, planesOf(encodedG_), planesOf(weights_),
                            planesOf(encodedGx_));
        backend.stlMatrixGradient(layout_, x_.view(), planesOf(encodedGx_), gEncoder_.view(),
                                  scratch());
        backend.stlDecode(layout_, planesOf(encodedGx_), encoder_.view(), gx_.view(),
                          Accumulate::No, {}, scratch());
    }

    /// Products and maps of one pass; activations and planes are written once and read once.
    Cost forwardCost() const {
        const double rank = static_cast<double>(encoder_.rows());
        const double n = static_cast<double>(x_.rows());
        const double tiles = n * n / 16.0;
        const double element = static_cast<double>(kernels::sizeOf(device_.computeType()));
        return {2.0 * rank * (n / 4.0) * tiles + 2.0 * 2.0 * rank * 16.0 * tiles,
                element * (2.0 * n * n + 5.0 * rank * tiles)};
    }

private:
    kernels::Workspace scratch() const {
        return device_.scratch(
            device_.backend().stlScratch(layout_, encoder_.rows(), device_.computeType()));
    }

    Device device_;
    TileLayout layout_;
    Tensor x_, g_, weights_, encoder_, decoder_, y_, gx_;
    Tensor encodedX_, products_, encodedG_, encodedGx_;
    Tensor gWeights_, gEncoder_, gDecoder_;
};

/// A 2:4 layer from weights that are prepared already, or compressed where there is no such form.
class TwoFourLayer {
public:
    TwoFourLayer(const Device& device, std::int64_t n)
        : device_(device)
        , x_(normalTensor(device, {n, n}))
        , y_(device, {n, n}, device.computeType()) {
        kernels::Backend& backend = device.backend();
        Tensor weights = normalTensor(device, {n, n}, 0.02);
        Tensor mask(device, {n, n}, DType::U8);
        backend.twoFourMask(weights.view(), mask.view());
        backend.applyMask(weights.view(), mask.view(), weights.view());
        prepared_ = backend.prepareTwoFour(weights.view(), Transpose::No, n);
        if (prepared_) {
            std::fprintf(stderr, "two_four n=%lld: %s\n", static_cast<long long>(n),
                         prepared_->route().c_str());
            return;
        }
        values_ = Tensor(device, {n, n / 2}, device.computeType());
        meta_ = Tensor(device, {n, n / 4}, DType::U8);
        backend.twoFourCompress(weights.view(), values_.view(), meta_.view());
    }

    void forward() {
        kernels::Backend& backend = device_.backend();
        if (prepared_)
            backend.twoFourMultiplyPrepared(x_.view(), *prepared_, y_.view(), {});
        else
            backend.twoFourMultiply(x_.view(), values_.view(), meta_.view(), y_.view(), {});
    }

    Cost cost() const {
        const double n = static_cast<double>(x_.rows());
        const double element = static_cast<double>(kernels::sizeOf(device_.computeType()));
        return {n * n * n, element * 2.5 * n * n + n * n / 4.0};
    }

private:
    Device device_;
    Tensor x_, y_, values_, meta_;
    std::unique_ptr<kernels::PreparedWeight> prepared_;
};

Prepared prepareStl(const Device& device, std::int64_t n, std::int64_t rank, bool training) {
    auto layer = std::make_shared<StlLayer>(device, n, rank);
    auto dense = std::make_shared<DenseTwin>(device, n, n, n);
    const Cost forward = layer->forwardCost();
    if (!training)
        return {[layer] { layer->forward(); }, forward,
                [dense] {
                    dense->forward();
                }};
    // Both passes backward have the products and the maps of the forward pass.
    return {[layer] { layer->train(); },
            {3.0 * forward.flops, 3.0 * forward.bytes},
            [dense] {
                dense->train();
            }};
}

} // namespace

void addStlBenches(OpBenches& benches, Scale scale) {
    const std::vector<std::int64_t> sizes = scale == Scale::Real
                                                ? std::vector<std::int64_t>{4096, 8192}
                                                : std::vector<std::int64_t>{16};
    for (const std::int64_t n : sizes)
        for (const std::int64_t rank : {16, 24, 32})
            for (const bool training : {false, true})
                benches.push_back({"stl n=" + std::to_string(n) + " t=4 r=" + std::to_string(rank) +
                                       (training ? " train" : " forward"),
                                   [=](const Device& device) {
                                       return prepareStl(device, n, rank, training);
                                   }});
}

void addTwoFourBenches(OpBenches& benches, Scale scale) {
    const std::vector<std::int64_t> sizes = scale == Scale::Real
                                                ? std::vector<std::int64_t>{4096, 8192}
                                                : std::vector<std::int64_t>{16};
    for (const std::int64_t n : sizes)
        benches.push_back(
            {"two_four n=" + std::to_string(n) + " forward", [=](const Device& device) {
                 auto layer = std::make_shared<TwoFourLayer>(device, n);
                 auto dense = std::make_shared<DenseTwin>(device, n, n, n);
                 return Prepared{[layer] { layer->forward(); }, layer->cost(),
                                 [dense] {
                                     dense->forward();
                                 }};
             }});
}

} // namespace inlay::app

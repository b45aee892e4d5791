// Square butterfly networks beside the dense layer of the same size.

#include <memory>

#include "app/gpu_check/op_bench.h"
#include "kernels/prepared.h"

namespace inlay::app {
namespace {

using namespace engine;

class ButterflyLayer {
public:
    ButterflyLayer(const Device& device, std::int64_t rows, std::int64_t n)
        : device_(device)
        , network_{n}
        , x_(normalTensor(device, {rows, n}))
        , g_(normalTensor(device, {rows, n}))
        , y_(device, {rows, n}, device.computeType())
        , gx_(device, {rows, n}, device.computeType())
        // Stages that keep the size of what passes through them.
        , weights_(normalTensor(device, {1, network_.weights()}, device.parameterType(), 0.7))
        , gWeights_(Tensor::zeros(device, {1, network_.weights()}, device.parameterType()))
        , prepared_(device.backend().prepareButterfly(network_, weights_.view())) {}

    /// With weights prepared before.
    void forward() {
        kernels::Backend& backend = device_.backend();
        if (prepared_)
            return backend.butterflyPrepared(x_.view(), *prepared_, y_.view());
        backend.butterfly(
            network_, x_.view(), weights_.view(), y_.view(),
            device_.scratch(backend.butterflyScratch(network_, x_.rows(), device_.computeType())));
    }

    /// Preparing the weights is part of it.
    void train() {
        kernels::Backend& backend = device_.backend();
        if (prepared_)
            backend.refreshButterfly(weights_.view(), *prepared_);
        forward();
        backend.butterflyBackward(network_, x_.view(), weights_.view(), g_.view(), gx_.view(),
                                  gWeights_.view(),
                                  device_.scratch(backend.butterflyBackwardScratch(
                                      network_, x_.rows(), device_.computeType())));
    }

    /// 2 n multiply-adds a stage and row; the backward pass recomputes the stages and does two more
    /// such sums.
    Cost cost(bool training) const {
        const double activations = static_cast<double>(x_.count());
        const double element = static_cast<double>(kernels::sizeOf(device_.computeType()));
        const double stage = 4.0 * activations * static_cast<double>(network_.stages());
        const double weights = 4.0 * static_cast<double>(network_.weights());
        return training ? Cost{4.0 * stage, 5.0 * activations * element + 3.0 * weights}
                        : Cost{stage, 2.0 * activations * element + weights};
    }

private:
    Device device_;
    kernels::Butterfly network_;
    Tensor x_, g_, y_, gx_, weights_, gWeights_;
    std::unique_ptr<kernels::PreparedWeight> prepared_;
};

Prepared prepare(const Device& device, std::int64_t rows, std::int64_t n, bool training) {
    auto layer = std::make_shared<ButterflyLayer>(device, rows, n);
    auto dense = std::make_shared<DenseTwin>(device, rows, n, n);
    if (training)
        return {[layer] { layer->train(); }, layer->cost(true),
                [dense] {
                    dense->train();
                }};
    return {[layer] { layer->forward(); }, layer->cost(false),
            [dense] {
                dense->forward();
            }};
}

} // namespace

void addButterflyBenches(OpBenches& benches, Scale scale) {
    const bool real = scale == Scale::Real;
    const std::int64_t rows = real ? 8192 : 8;
    const std::vector<std::int64_t> sizes =
        real ? std::vector<std::int64_t>{1024, 4096, 16384} : std::vector<std::int64_t>{16};
    for (const std::int64_t n : sizes)
        for (const bool training : {false, true})
            benches.push_back({"butterfly n=" + std::to_string(n) + " rows=" +
                                   std::to_string(rows) + (training ? " train" : " forward"),
                               [=](const Device& device) {
                                   return prepare(device, rows, n, training);
                               }});
}

} // namespace inlay::app

#include "engine/experiments/autoencoder/encoder_decoder.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "engine/operators/butterfly/butterfly_start.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine::autoencoder {

using kernels::Accumulate;
using kernels::Transpose;

std::int64_t keptOutputs(const AutoencoderConfig& config, std::int64_t rank,
                         std::int64_t coordinates) {
    if (config.kept > 0)
        return config.kept;
    const auto k = static_cast<double>(rank);
    const auto wanted =
        static_cast<std::int64_t>(std::ceil(std::min(1e9, k * std::log2(k) + k / config.epsilon)));
    return std::clamp(wanted, std::min(rank, coordinates), coordinates);
}

EncoderDecoder::EncoderDecoder(const AutoencoderConfig& config, const SampleMatrix& x,
                               std::int64_t rank, const Device& device, const RandomStream& stream)
    : device_(device)
    , kept_(keptOutputs(config, rank, x.coordinates)) {
    const double count = static_cast<double>(x.coordinates) * static_cast<double>(x.samples);
    scale_ = std::sqrt(count / x.energy());
    network_.n = 1;
    while (network_.n < x.coordinates)
        network_.n *= 2;
    network_.order = config.order == ButterflyStageOrder::Increasing
                         ? kernels::ButterflyOrder::Increasing
                         : kernels::ButterflyOrder::Decreasing;
    const std::vector<std::int64_t> kept = stream.split("kept").sample(network_.n, kept_);
    keptIndex_ = Tensor::fromHost(
        device, {kept_, 1},
        std::span<const std::int32_t>(std::vector<std::int32_t>(kept.begin(), kept.end())));
    live_ = engine::liveWeights(network_.n, network_.order, kept, x.coordinates);
    // The scale sqrt(n / l) is left out: only the row space of B X matters.
    butterfly_ = makeButterflyParameter(
        device, "B", network_,
        butterflyStart(network_, config.start, 1.0, stream.split("butterfly")), live_.mask);
    encoder_ = makeParameter(device, "E", {kept_, rank},
                             uniformStart(kept_ * rank, kept_, stream.split("encoder")));
    decoder_ = makeParameter(device, "D", {rank, x.coordinates},
                             uniformStart(rank * x.coordinates, rank, stream.split("decoder")));

    std::vector<double> scaled = x.values;
    for (double& value : scaled)
        value *= scale_;
    const DType dtype = device.computeType();
    target_ = Tensor::fromHost(device, {x.samples, x.coordinates}, dtype,
                               std::span<const double>(scaled));
    x_ = network_.n == x.coordinates ? target_.clone()
                                     : paddedColumns(device, target_.view(), network_.n);
    wide_ = Tensor(device, {x.samples, network_.n}, dtype);
    z_ = Tensor(device, {x.samples, kept_}, dtype);
    h_ = Tensor(device, {x.samples, rank}, dtype);
    y_ = Tensor(device, {x.samples, x.coordinates}, dtype);
    sum_ = Tensor::zeros(device, {1, 1}, device.parameterType());
}

/// Leaves Yhat - X in y_.
void EncoderDecoder::forward() {
    kernels::Backend& backend = device_.backend();
    applyButterfly(device_, network_, x_.view(), *butterfly_, prepared_, wide_.view());
    backend.gatherColumns(wide_.view(), keptIndex_.view(), z_.view());
    backend.gemm({}, z_.view(), computeView(*encoder_), h_.view(), {});
    backend.convert(target_.view(), y_.view());
    backend.gemm({.beta = -1.0}, h_.view(), computeView(*decoder_), y_.view(), {});
}

double EncoderDecoder::readLoss() {
    device_.backend().sumSquares(y_.view(), sum_.view(), Accumulate::No);
    return sum_.toDoubles()[0] / (scale_ * scale_);
}

double EncoderDecoder::loss() {
    forward();
    return readLoss();
}

std::vector<double> EncoderDecoder::sketch() {
    kernels::Backend& backend = device_.backend();
    applyButterfly(device_, network_, x_.view(), *butterfly_, prepared_, wide_.view());
    backend.gatherColumns(wide_.view(), keptIndex_.view(), z_.view());
    return z_.toDoubles();
}

double EncoderDecoder::step(bool trainButterfly, bool wantsLoss) {
    kernels::Backend& backend = device_.backend();
    forward();
    const double loss = wantsLoss ? readLoss() : 0.0;
    // G = 2 (Yhat - X) / count; then the factors from the last to the first.
    const double factor = 2.0 / static_cast<double>(y_.count());
    backend.gemm({.a = Transpose::Yes, .alpha = factor, .beta = 1.0}, h_.view(), y_.view(),
                 decoder_->grad.view(), {});
    Tensor gradH(device_, h_.shape(), h_.dtype());
    backend.gemm({.b = Transpose::Yes, .alpha = factor}, y_.view(), computeView(*decoder_),
                 gradH.view(), {});
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, z_.view(), gradH.view(), encoder_->grad.view(),
                 {});
    if (!trainButterfly)
        return loss;
    Tensor gradZ(device_, z_.shape(), z_.dtype());
    backend.gemm({.b = Transpose::Yes}, gradH.view(), computeView(*encoder_), gradZ.view(), {});
    backend.fill(wide_.view(), 0.0);
    backend.scatterAddColumns(gradZ.view(), keptIndex_.view(), wide_.view());
    applyButterflyBackward(device_, network_, x_.view(), *butterfly_, wide_.view(), {},
                           Accumulate::No);
    return loss;
}

} // namespace inlay::engine::autoencoder

#pragma once

#include <memory>
#include <vector>

#include "engine/base/random.h"
#include "engine/datasets/matrices/matrix_source.h"
#include "engine/experiments/autoencoder/autoencoder_config.h"
#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/live_weights.h"
#include "engine/tensor/parameter.h"

namespace inlay::engine::autoencoder {

/// Yhat = D E B X with a truncated butterfly B (l kept outputs of n' = the next power of two),
/// E k x l and D n x k; stored and applied sample by sample: Z = X B^T, H = Z E, Yhat = H D.
/// Losses are squared Frobenius norms over X scaled to a mean square of 1.
class EncoderDecoder {
public:
    /// B as drawn from `stream`, E and D with PyTorch's start of linear layers.
    EncoderDecoder(const AutoencoderConfig& config, const SampleMatrix& x, std::int64_t rank,
                   const Device& device, const RandomStream& stream);

    /// ||X - D E B X||_F^2 in the units of X; adds gradients of the mean over all numbers of the
    /// scaled X to those parameters that are trained.
    double step(bool trainButterfly, bool wantsLoss);
    /// The loss alone.
    double loss();
    /// B X, samples x kept, as the butterfly is now.
    std::vector<double> sketch();

    std::int64_t kept() const { return kept_; }
    /// Weights of the butterfly that a kept output depends on.
    std::int64_t liveWeights() const { return live_.count; }
    const ParameterPtr& encoder() const { return encoder_; }
    const ParameterPtr& decoder() const { return decoder_; }
    const ParameterPtr& butterfly() const { return butterfly_; }

private:
    void forward();
    double readLoss();

    Device device_;
    double scale_ = 1; // of X
    kernels::Butterfly network_;
    std::int64_t kept_ = 0;
    LiveWeights live_;
    ParameterPtr butterfly_;
    ParameterPtr encoder_;
    ParameterPtr decoder_;
    PreparedButterfly prepared_;
    Tensor keptIndex_;
    Tensor x_;      // samples x n', zero beyond n
    Tensor target_; // samples x n: the same numbers
    Tensor wide_;   // samples x n'
    Tensor z_;      // samples x l
    Tensor h_;      // samples x k
    Tensor y_;      // samples x n: Yhat, then Yhat - X
    Tensor sum_;
};

} // namespace inlay::engine::autoencoder

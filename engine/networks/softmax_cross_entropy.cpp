#include "engine/networks/softmax_cross_entropy.h"

#include <cassert>

#include "kernels/backend.h"

namespace inlay::engine {

SoftmaxCrossEntropy::SoftmaxCrossEntropy(const Device& device)
    : device_(device)
    , loss_(Tensor::zeros(device, Shape{1, 1}, device.parameterType()))
    , correct_(Tensor::zeros(device, Shape{1, 1}, DType::I32)) {}

void SoftmaxCrossEntropy::reset() {
    loss_.zero();
    correct_.zero();
    count_ = 0;
}

Tensor SoftmaxCrossEntropy::gradient(const Tensor& logits, const Tensor& labels) {
    assert(labels.rows() == logits.rows() && labels.cols() == 1);
    Tensor g(device_, logits.shape(), logits.dtype());
    const double scale = logits.rows() > 0 ? 1.0 / static_cast<double>(logits.rows()) : 0.0;
    device_.backend().softmaxCrossEntropy(logits.view(), labels.view(), scale, loss_.view(),
                                          correct_.view(), g.view());
    count_ += logits.rows();
    return g;
}

void SoftmaxCrossEntropy::add(const Tensor& logits, const Tensor& labels) {
    assert(labels.rows() == logits.rows() && labels.cols() == 1);
    device_.backend().softmaxCrossEntropy(logits.view(), labels.view(), 0.0, loss_.view(),
                                          correct_.view(), {});
    count_ += logits.rows();
}

ClassificationSums SoftmaxCrossEntropy::read() const {
    return {loss_.toDoubles().front(), correct_.toIntegers().front(), count_};
}

} // namespace inlay::engine

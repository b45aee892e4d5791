#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// A trainable tensor with a unique identity: it may serve several layers (shared encoders);
/// gradients add, and the optimizer sees each once.
struct Parameter {
    std::string name; // dotted layer name + "/weight", "/bias", "/what", or "shared/<group>/E_X"
    Tensor value;
    Tensor grad;               // same shape; zeroed by the training loop before a step
    std::uint64_t version = 0; // raised whenever value changes; prepared forms compare it
    bool trainable = true;
    double learningRate = 1.0; // factor on the schedule's rate
    double decay = 1.0;        // factor on the weight decay: 0 for biases, norms, encoders
    Tensor decayMask;          // u8, or empty: elements with 0 are never decayed or moved
    Tensor computeCopy;        // in the device's compute type; empty where that is the value's
    std::uint64_t copyVersion = ~std::uint64_t{0};
};

using ParameterPtr = std::shared_ptr<Parameter>;

/// The value in the device's compute type, as products take it: the value itself, or a copy that is
/// made again when the version has moved.
kernels::ConstView computeView(Parameter& parameter);

/// A tensor that belongs to the state but is not trained: masks, kept index sets.
struct StateTensor {
    std::string name;
    Tensor* tensor = nullptr;
};

} // namespace inlay::engine

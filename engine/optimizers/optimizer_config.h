#pragma once

#include <variant>

namespace inlay::engine {

struct SgdConfig {
    double momentum = 0.9;
    double weightDecay = 0.0;
    double clip = 0.0; // largest gradient norm; 0 = off
    bool nesterov = false;
    bool operator==(const SgdConfig&) const = default;
};

struct AdamWConfig {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double weightDecay = 0.01;
    double clip = 1.0;
    bool operator==(const AdamWConfig&) const = default;
};

using OptimizerConfig = std::variant<SgdConfig, AdamWConfig>;

} // namespace inlay::engine

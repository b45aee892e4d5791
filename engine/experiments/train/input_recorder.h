#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/networks/network.h"
#include "engine/operators/fit/fit.h"

namespace inlay::engine::train {

/// Gathers the second moments of what chosen layers of a network see in inference: wrap() goes to
/// makeNetwork, then every forward pass adds to the moments.
class InputRecorder {
public:
    explicit InputRecorder(const Device& device);
    ~InputRecorder();

    /// Rows of one tile go together, `within` a group; 1: every row by itself.
    void watch(const std::string& layer, std::int64_t tile, const OperatorConfig& tiled);
    OperatorWrap wrap();

    /// Of everything seen so far; throws Error when the layer has seen nothing.
    InputMoments moments(const std::string& layer) const;

private:
    struct Watched;
    class Operator;

    Device device_;
    std::map<std::string, std::shared_ptr<Watched>> layers_;
};

} // namespace inlay::engine::train

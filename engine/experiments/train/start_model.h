#pragma once

#include <string>
#include <vector>

#include "engine/experiments/train/train_config.h"
#include "engine/interop/safetensors.h"
#include "engine/networks/network.h"
#include "engine/operators/fit/fit.h"
#include "engine/schema/issue.h"

namespace inlay::engine::train {

/// A model.safetensors that a run begins with: the network it belongs to and its numbers.
class StartModel {
public:
    /// Throws Error naming the file. A file that does not describe its network is taken for that of
    /// the `wanted` network with dense layers everywhere.
    StartModel(const std::string& path, const NetworkConfig& wanted);

    const std::string& path() const { return file_.path(); }
    const NetworkConfig& network() const { return network_; }
    bool holds(const std::string& name) const { return file_.find(name) != nullptr; }

    /// Fills a tensor of the same name and shape; throws Error when there is none.
    void copyTo(const std::string& name, Tensor& target) const;
    /// The matrix of a dense layer, in x out.
    HostMatrix matrix(const std::string& layer) const;

private:
    SafetensorsFile file_;
    NetworkConfig network_;
};

/// A layer of the network at hand and what it was in the model.
struct StartLayer {
    std::string name;
    OperatorConfig before;
    OperatorConfig now;
    std::int64_t in = 0;
    std::int64_t out = 0;
    RowLayout rows;

    bool isConverted() const { return !(before == now); }
};

/// Layers of both networks side by side. Precondition: they differ in operators only.
std::vector<StartLayer> startLayers(const NetworkConfig& before, const NetworkConfig& now,
                                    const NetworkInput& input, std::int64_t batch);

/// Everything that keeps a run from starting there: the file, another network, layers that are not
/// dense, numbers that are not finite, scores that cannot make the mask. Keys relative to the run's
/// config.
std::vector<Issue> checkStart(const TrainConfig& config, const NetworkInput& input);

/// Name of a mask or kept set in a model file.
std::string startStateName(const std::string& state);

} // namespace inlay::engine::train

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/networks/module.h"
#include "engine/networks/network_config.h"
#include "engine/operators/plan.h"
#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine {

/// A layer of a network's plan.
struct LayerPlan {
    std::string name;  // "blocks.0.mlp.in"
    std::string title; // "Block 1, MLP in"
    OperatorConfig config;
    OperatorPlan plan;
};

/// Cost of a network for one batch: its layers and the calls that are no operator's (attention,
/// norms, activations, loss).
struct NetworkPlan {
    std::vector<LayerPlan> layers;
    std::vector<KernelCall> fixedForward;
    std::vector<KernelCall> fixedBackward;
    std::int64_t parameters = 0;    // everything trainable, biases and norms included
    double multiplyAddsForward = 0; // for the whole batch
    double multiplyAddsBackward = 0;
    std::vector<std::string> flags;
    std::vector<Issue> issues; // keys relative to the network's config
};

/// Allocates nothing. `batch` is the number of samples.
NetworkPlan planNetwork(const NetworkConfig& config, const NetworkInput& input, std::int64_t batch);

/// How a batch of images is presented to the network: rows a sample and their width.
struct InputRows {
    std::int64_t rowsPerSample = 1; // patches of a ViT, pixels of a convnet, 1 for an MLP
    std::int64_t width = 0;
    std::int64_t patch = 0; // 0: values in their own order
};
InputRows inputRows(const NetworkConfig& config, const NetworkInput& input);

/// A classifier or an embedding: input rows (batch * rowsPerSample x width) to logits (batch x
/// classes) or embedded points.
class Network : public Module {
public:
    /// Shared encoders included, each parameter once.
    std::vector<ParameterPtr> parameters() const;
    std::vector<NamedOperator> operators();
    std::vector<StateTensor> state();
};

/// Puts something around the operator of a layer, e.g. to see its inputs.
using OperatorWrap = std::function<std::unique_ptr<LinearOperator>(
    const std::string& layer, std::unique_ptr<LinearOperator> op)>;

/// Builds the network with its start values from streams split by layer name, so that changing one
/// layer's family leaves the start of the others as it was. `triples` holds what STL layers with a
/// fitted start begin with. Precondition: the plan has no issues. Throws Error when a triple is not
/// there or is of another tile or rank than its layer.
std::unique_ptr<Network> makeNetwork(const NetworkConfig& config, const NetworkInput& input,
                                     const Device& device, const RandomStream& stream,
                                     const OperatorWrap& wrap = {},
                                     const FittedTriples& triples = {});

} // namespace inlay::engine

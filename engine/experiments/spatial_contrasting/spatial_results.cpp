// What a run ends with.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/experiments/spatial_contrasting/spatial_session.h"

namespace inlay::engine::spatial_contrasting {
namespace {

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a sample; 0 for one value.
double deviation(const std::vector<double>& values) {
    if (values.size() < 2)
        return 0;
    double squares = 0;
    for (const double value : values)
        squares += (value - mean(values)) * (value - mean(values));
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

RunOutcome SpatialSession::finish() {
    RunRecorder& recorder = context_.recorder();
    if (config_.epochs > 0) {
        recorder.metric("train/loss", state_.lastEpochLoss);
        recorder.metric("train/first_loss", state_.firstLoss);
        recorder.metric("train/chance", std::log(static_cast<double>(config_.batchSize)));
    }
    recorder.metric("test/accuracy_pretrained", mean(state_.pretrained));
    recorder.metric("test/accuracy_scratch", mean(state_.scratch));
    recorder.metric("test/spread_pretrained", deviation(state_.pretrained));
    recorder.metric("test/spread_scratch", deviation(state_.scratch));
    recorder.metric("test/gain", mean(state_.pretrained) - mean(state_.scratch));
    recorder.metric("labels", static_cast<double>(tuning_->labels()));
    recorder.metric("parameters", static_cast<double>(tuning_->parameterCount()));
    if (!stepSeconds_.empty())
        recorder.metric("time/step_seconds", median(stepSeconds_));
    context_.artifact("model.safetensors", "application/octet-stream", state_.step,
                      [this](const std::string& path) {
                          std::vector<CheckpointTensor> tensors;
                          for (const ParameterPtr& parameter : parameters_)
                              tensors.push_back({parameter->name, &parameter->value});
                          for (const StateTensor& state : encoder_->state())
                              tensors.push_back({state.name, state.tensor});
                          writeModelFile(path, tensors, {{"run", context_.run()}});
                      });
    return {RunEnd::Finished, {}};
}

} // namespace inlay::engine::spatial_contrasting

#include "engine/experiments/train/train_state.h"

namespace inlay::engine::train {
Json TrainState::toJson() const {
    return {{"step", step},
            {"epoch", epoch},
            {"position", position},
            {"unlogged_samples", unloggedSamples},
            {"best_validation_loss", jsonNumber(bestValidationLoss)},
            {"best_epoch", bestEpoch},
            {"last_train_loss", jsonNumber(lastTrainLoss)},
            {"last_train_accuracy", lastTrainAccuracy},
            {"last_validation_loss", jsonNumber(lastValidationLoss)},
            {"last_validation_accuracy", lastValidationAccuracy},
            {"accuracy_before", accuracyBefore},
            {"accuracy_converted", accuracyConverted}};
}

TrainState TrainState::fromJson(const Json& json) {
    TrainState state;
    state.step = json.at("step").get<std::int64_t>();
    state.epoch = json.at("epoch").get<std::int64_t>();
    state.position = json.at("position").get<std::int64_t>();
    state.unloggedSamples = json.at("unlogged_samples").get<std::int64_t>();
    state.bestValidationLoss = numberFromJson(json.at("best_validation_loss")).value();
    state.bestEpoch = json.at("best_epoch").get<std::int64_t>();
    state.lastTrainLoss = numberFromJson(json.at("last_train_loss")).value();
    state.lastTrainAccuracy = json.at("last_train_accuracy").get<double>();
    state.lastValidationLoss = numberFromJson(json.at("last_validation_loss")).value();
    state.lastValidationAccuracy = json.at("last_validation_accuracy").get<double>();
    state.accuracyBefore = json.value("accuracy_before", -1.0); // not in older checkpoints
    state.accuracyConverted = json.value("accuracy_converted", -1.0);
    return state;
}

} // namespace inlay::engine::train

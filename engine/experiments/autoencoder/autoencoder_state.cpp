#include "engine/experiments/autoencoder/autoencoder_state.h"

namespace inlay::engine::autoencoder {

Json RankCase::toJson() const {
    return {{"rank", rank},
            {"kept", kept},
            {"live", liveWeights},
            {"delta", delta},
            {"bound", bound},
            {"closed_form", closedForm},
            {"phase1", phase1},
            {"phase2", phase2},
            {"best", best},
            {"together", together},
            {"together_best", togetherBest}};
}

RankCase RankCase::fromJson(const Json& json) {
    RankCase one;
    one.rank = json.at("rank").get<std::int64_t>();
    one.kept = json.at("kept").get<std::int64_t>();
    one.liveWeights = json.at("live").get<std::int64_t>();
    one.delta = json.at("delta").get<double>();
    one.bound = json.at("bound").get<double>();
    one.closedForm = json.at("closed_form").get<double>();
    one.phase1 = json.at("phase1").get<double>();
    one.phase2 = json.at("phase2").get<double>();
    one.best = json.at("best").get<double>();
    one.together = json.at("together").get<double>();
    one.togetherBest = json.at("together_best").get<double>();
    return one;
}

Json AutoencoderState::toJson() const {
    Json all = Json::array();
    for (const RankCase& one : cases)
        all.push_back(one.toJson());
    return {{"cases", std::move(all)}, {"arm", arm}, {"local", local}};
}

AutoencoderState AutoencoderState::fromJson(const Json& json) {
    AutoencoderState state;
    for (const Json& one : json.at("cases"))
        state.cases.push_back(RankCase::fromJson(one));
    state.arm = json.at("arm").get<std::int64_t>();
    state.local = json.at("local").get<std::int64_t>();
    return state;
}

} // namespace inlay::engine::autoencoder

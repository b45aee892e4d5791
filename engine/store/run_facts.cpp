#include "engine/store/run_facts.h"

#include <algorithm>

namespace inlay::engine {

FlatConfig settingsOf(const RunRecord& run) {
    FlatConfig facts = {
        {"kind", run.kind}, {"seed", run.seed}, {"device", run.device}, {"threads", run.threads}};
    if (!run.config.empty())
        for (auto& leaf : flatten(parseJson(run.config, "the configuration of run " + run.uuid)))
            facts.push_back(std::move(leaf));
    return facts;
}

FlatConfig environmentOf(const RunRecord& run) {
    FlatConfig facts;
    if (!run.environment.empty())
        facts = flatten(parseJson(run.environment, "the environment of run " + run.uuid));
    const auto addMissing = [&](const char* key, const Json& value) {
        const bool isKnown = std::any_of(facts.begin(), facts.end(),
                                         [&](const auto& fact) { return fact.first == key; });
        if (!isKnown)
            facts.emplace_back(key, value);
    };
    if (!run.appVersion.empty())
        addMissing("inlay", run.appVersion);
    addMissing("device", run.device);
    addMissing("threads", run.threads);
    if (!run.gitCommit.empty())
        addMissing("commit", run.gitCommit + (run.gitDirty ? " with changes" : ""));
    return facts;
}

} // namespace inlay::engine

#include "engine/experiments/online_ranking/online_ranking_outputs.h"

namespace inlay::engine::online_ranking {

const std::vector<OutputDeclaration>& onlineRankingOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "regret/{algorithm}", "Regret", "positions", Better::Lower, {}},
        {Series, "regret_low/{algorithm}", "Smallest regret", "positions", Better::Lower, {}},
        {Series, "regret_high/{algorithm}", "Largest regret", "positions", Better::Lower, {}},
        {Series, "bound/{algorithm}", "Bound of the regret", "positions", Better::Neither, {}},
        {Series, "loss/{algorithm}", "Loss", "positions", Better::Lower, {}},
        {Series, "rate/{algorithm}", "Rate", "", Better::Neither, {}},
        {Series, "opt", "Loss of the best ranking", "positions", Better::Neither, {}},
        {Series, "opt/{algorithm}", "Loss of the best ranking", "positions", Better::Neither, {}},
        {Series, "lower_bound", "Regret nobody can avoid", "positions", Better::Neither, {}},
        {Metric, "regret/{algorithm}", "Regret", "positions", Better::Lower, {}},
        {Metric, "bound/{algorithm}", "Bound of the regret", "positions", Better::Neither, {}},
        {Metric, "opt", "Loss of the best ranking", "positions", Better::Neither, {}},
        {Metric, "opt/{algorithm}", "Loss of the best ranking", "positions", Better::Neither, {}},
        {Metric, "time/round_seconds/{algorithm}", "Time of a round", "s", Better::Lower, {}},
        {Frame, "state", "Scores and expected positions", "", Better::Neither, {}},
        {Table, "items", "Items", "", Better::Neither, {"item", "name"}},
        {Table,
         "ranking",
         "Best ranking in hindsight",
         "",
         Better::Neither,
         {"rank", "item", "name", "score"}},
    };
    return outputs;
}

} // namespace inlay::engine::online_ranking

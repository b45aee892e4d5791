#include "engine/experiments/active_ranking/active_ranking_outputs.h"

namespace inlay::engine::active_ranking {

const std::vector<OutputDeclaration>& activeRankingOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        // The step of a series is the number of labels bought; for a person it is the answer.
        {Series, "regret/{strategy}", "Regret, mean", "OPT^", Better::Lower, {}},
        {Series, "regret/{strategy}/{replicate}", "Regret", "OPT^", Better::Lower, {}},
        {Series, "loss/{strategy}/{replicate}", "Loss", "pairs", Better::Lower, {}},
        {Series, "contradictions", "Answers the ranking contradicts", "", Better::Lower, {}},
        {Metric, "opt", "Smallest loss known (OPT^), mean", "pairs", Better::Neither, {}},
        {Metric, "regret/{strategy}", "Regret as a share of OPT^, mean", "", Better::Lower, {}},
        {Metric, "loss/{strategy}", "Loss, mean", "pairs", Better::Lower, {}},
        {Metric, "labels/{strategy}", "Labels bought, mean", "", Better::Lower, {}},
        {Metric, "answered", "Questions answered", "", Better::Neither, {}},
        {Metric, "contradictions", "Answers the ranking contradicts", "", Better::Lower, {}},
        {Metric, "repeats_agree", "Repeats that agree", "fraction", Better::Higher, {}},
        {Metric, "cycles", "Cycles of three answers", "", Better::Lower, {}},
        {Metric, "noise", "Estimated noise of an answer", "fraction", Better::Lower, {}},
        // Of the first replicate: pairs [m, 2] of (preferred, other) bought since the frame before;
        // of a person: all of them.
        {Frame,
         "labels/{strategy}",
         "Labels in the order they were bought",
         "",
         Better::Neither,
         {}},
        {Frame, "order/{strategy}", "Ranking, best first", "", Better::Neither, {}},
        {Frame, "items/images", "Images of the items", "", Better::Neither, {}},
        {Table, "items", "Items", "", Better::Neither, {"item", "name", "file", "card"}},
        {Table,
         "results",
         "Results",
         "",
         Better::Neither,
         {"replicate", "strategy", "labels", "loss", "opt", "regret"}},
        {Table, "blocks", "Blocks", "", Better::Neither, {"strategy", "first", "last", "reason"}},
        {Table,
         "ranking",
         "Ranking",
         "",
         Better::Neither,
         {"position", "item", "name", "confidence", "low", "high"}},
        {Table,
         "scores",
         "Scores by other models",
         "",
         Better::Neither,
         {"strategy", "item", "score", "ci_lo", "ci_hi", "elo", "borda", "copeland"}},
        {Table,
         "score_agreement",
         "Agreement of the ranking with the scores",
         "",
         Better::Neither,
         {"strategy", "score", "kendall", "spearman", "footrule"}},
        {Table,
         "annotators",
         "Annotators",
         "",
         Better::Neither,
         {"annotator", "answers", "decided", "consensus", "leave_one_out", "tau_without"}},
        {Table, "doubt", "Pairs in doubt", "", Better::Neither, {"above", "below", "probability"}},
    };
    return outputs;
}

} // namespace inlay::engine::active_ranking

#include "engine/experiments/active_ranking/score_record.h"

#include "engine/analysis/ranking/score_table.h"

namespace inlay::engine::active_ranking {

void ScoreRecord::add(std::string_view strategy, const ComparisonTable& comparisons,
                      const Order& order) {
    const auto scores = scoreComparisons(comparisons);
    if (!scores)
        return;
    for (const Item item : order) {
        const auto i = static_cast<std::size_t>(item);
        recorder_.resultRow("scores", scoreRows_++,
                            {{"strategy", strategy},
                             {"item", item},
                             {"score", scores->bradleyTerry.scores[i]},
                             {"ci_lo", scores->bradleyTerry.low[i]},
                             {"ci_hi", scores->bradleyTerry.high[i]},
                             {"elo", scores->elo[i]},
                             {"borda", scores->borda[i]},
                             {"copeland", scores->copeland[i]}});
    }
    std::vector<double> places(order.size());
    for (std::size_t place = 0; place < order.size(); ++place)
        places[static_cast<std::size_t>(order[place])] = -static_cast<double>(place);
    for (const auto& [name, list] :
         {std::pair("bradley_terry", &scores->bradleyTerry.scores), std::pair("elo", &scores->elo),
          std::pair("borda", &scores->borda), std::pair("copeland", &scores->copeland)}) {
        const RankAgreement agreement = rankAgreement(places, *list);
        recorder_.resultRow("score_agreement", agreementRows_++,
                            {{"strategy", strategy},
                             {"score", name},
                             {"kendall", jsonNumber(agreement.kendall)},
                             {"spearman", jsonNumber(agreement.spearman)},
                             {"footrule", agreement.footrule}});
    }
}

} // namespace inlay::engine::active_ranking

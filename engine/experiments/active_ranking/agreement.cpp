#include "engine/experiments/active_ranking/agreement.h"

#include <limits>
#include <map>

#include "engine/analysis/ranking/rank_statistics.h"
#include "engine/experiments/active_ranking/local_search.h"

namespace inlay::engine::active_ranking {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

bool isDecided(Answer answer) {
    return answer == Answer::Left || answer == Answer::Right;
}

std::vector<double> placesOf(const Order& order) {
    std::vector<double> places(order.size());
    for (std::size_t place = 0; place < order.size(); ++place)
        places[static_cast<std::size_t>(order[place])] = -static_cast<double>(place);
    return places;
}

// Share of the decided answers that stand as in `places` (larger = better).
double agreementWith(const std::vector<double>& places,
                     const std::vector<const AnsweredPair*>& answers) {
    std::int64_t decided = 0;
    std::int64_t agreeing = 0;
    for (const AnsweredPair* answered : answers) {
        if (!isDecided(answered->answer))
            continue;
        const Pair& pair = answered->shown.pair;
        const bool isLeftAbove = places[static_cast<std::size_t>(pair.left)] >
                                 places[static_cast<std::size_t>(pair.right)];
        ++decided;
        agreeing += isLeftAbove == (answered->answer == Answer::Left) ? 1 : 0;
    }
    return decided == 0 ? kNothing : static_cast<double>(agreeing) / static_cast<double>(decided);
}

} // namespace

std::vector<AnnotatorAgreement> annotatorAgreements(const std::vector<AnsweredPair>& history,
                                                    const std::vector<std::string>& annotators,
                                                    const Order& consensus) {
    std::map<std::string, std::vector<const AnsweredPair*>> byName;
    for (std::size_t i = 0; i < history.size(); ++i)
        byName[annotators[i]].push_back(&history[i]);
    const std::vector<double> places = placesOf(consensus);
    std::vector<AnnotatorAgreement> agreements;
    for (const auto& [name, answers] : byName) {
        AnnotatorAgreement agreement;
        agreement.annotator = name;
        agreement.answers = std::ssize(answers);
        for (const AnsweredPair* answered : answers)
            agreement.decided += isDecided(answered->answer) ? 1 : 0;
        agreement.consensus = agreementWith(places, answers);
        LabelBook others(static_cast<Item>(consensus.size()));
        for (const auto& [other, theirs] : byName) {
            for (const AnsweredPair* answered : theirs) {
                if (other == name || answered->answer == Answer::Skip)
                    continue;
                const Pair& pair = answered->shown.pair;
                others.add(pair.left, pair.right,
                           answered->answer == Answer::Left    ? 1.0F
                           : answered->answer == Answer::Right ? -1.0F
                                                               : 0.0F);
            }
        }
        agreement.leaveOneOut = agreement.tauWithout = kNothing;
        if (others.labels() > 0) {
            Order without = consensus;
            improveOrder(without, others);
            const std::vector<double> theirs = placesOf(without);
            agreement.leaveOneOut = agreementWith(theirs, answers);
            agreement.tauWithout = kendallTau(places, theirs);
        }
        agreements.push_back(std::move(agreement));
    }
    return agreements;
}

} // namespace inlay::engine::active_ranking

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/experiments/active_ranking/human_session.h"

namespace inlay::engine::active_ranking {

/// How one annotator's answers stand to the ranking that all of them gave. Shares are NaN where
/// nothing can be counted.
struct AnnotatorAgreement {
    std::string annotator;
    std::int64_t answers = 0; // skips included
    std::int64_t decided = 0; // left or right
    /// Share of the decided answers that the ranking agrees with.
    double consensus = 0;
    /// The same for the ranking that the other annotators' answers give: insertion from the
    /// consensus on their labels alone. An annotator cannot agree with themselves.
    double leaveOneOut = 0;
    /// Kendall's tau between that ranking and the consensus: how much the ranking hangs on them.
    double tauWithout = 0;
};

/// One for each annotator, by name; `annotators` has the name of each answer's (empty = nobody
/// said).
std::vector<AnnotatorAgreement> annotatorAgreements(const std::vector<AnsweredPair>& history,
                                                    const std::vector<std::string>& annotators,
                                                    const Order& consensus);

} // namespace inlay::engine::active_ranking

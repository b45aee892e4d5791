#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/active_ranking/human_session.h"
#include "engine/experiments/active_ranking/item_list.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::active_ranking {

/// A run whose answers come from a person, by the store's questions and answers (see QuestionDesk).
/// The answers are all of its state: a run that goes on after a kill reads them again.
class PersonSession {
public:
    PersonSession(const PersonOracle& oracle, RunContext& context);
    RunOutcome run();

private:
    void recordItems();
    void compareItems() const;
    void take(const AnswerRecord& row);
    void postQuestions();
    QuestionRecord questionOf(const HumanSession& session, std::string given) const;
    void recordPoint();
    void recordState();
    void recordAnnotators();
    void recordResult();

    PersonOracle oracle_;
    RunContext& context_;
    ItemList items_;
    HumanSession session_;
    std::vector<std::string> annotators_; // of each answer that counts
    std::int64_t annotatorRows_ = 0;
    std::int64_t lastSeq_ = 0;
    double lastFrames_ = 0;
    std::int64_t lastFrameSeq_ = -1;
};

} // namespace inlay::engine::active_ranking

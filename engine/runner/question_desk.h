#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::engine {

/// How often both sides look for news while a question is open.
inline constexpr int kQuestionPollMs = 20;

/// A question as a person sees it.
struct OpenQuestion {
    std::int64_t n = 1;
    /// What the kind wrote; {"done": true} when nothing is left to ask.
    Json content;
    bool isDone() const { return content.value("done", false); }
};

/// The person's side of a run's questions, shared by window and terminal. The runner writes a
/// question for each answer to the one before, so that the next one is there at once.
///
/// A question row is valid for one state of the answers: its payload's "after" is the `seq` of the
/// last answer row that the runner had seen. The row for question n whose `given` is the newest
/// answer and whose "after" is the row before it is the next question; so is the row with an empty
/// `given` whose "after" is the newest row.
class QuestionDesk {
public:
    explicit QuestionDesk(RunId run);

    /// The question to show now; nothing while the runner works it out.
    std::optional<OpenQuestion> current(RunStore& store);
    /// Appends the answer ("left", "right", "tie", "skip") to `question`. `facts` are kept with it,
    /// e.g. {"ms", "annotator"}.
    void answer(RunStore& store, const OpenQuestion& question, const std::string& word,
                const Json& facts);
    /// Takes the newest answer back; `question` is the one open now.
    void undo(RunStore& store, const OpenQuestion& question);

private:
    void readAnswers(RunStore& store);
    std::optional<OpenQuestion> pick(const std::vector<QuestionRecord>& rows) const;

    RunId run_;
    std::int64_t lastSeq_ = 0;
    std::int64_t seqBefore_ = 0; // of the row before the newest
    std::int64_t n_ = 1;         // the question that follows from the newest row
    std::string given_;          // the newest answer; empty after an undo
    int misses_ = 0;             // looks in a row without a question
};

} // namespace inlay::engine

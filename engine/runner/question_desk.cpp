#include "engine/runner/question_desk.h"

#include <utility>

namespace inlay::engine {
namespace {

constexpr int kLookEverywhereAfter = 10;

} // namespace

QuestionDesk::QuestionDesk(RunId run)
    : run_(run) {}

void QuestionDesk::readAnswers(RunStore& store) {
    for (const AnswerRecord& row : store.answers(run_, lastSeq_)) {
        seqBefore_ = std::exchange(lastSeq_, row.seq);
        if (row.undone) {
            n_ = row.n;
            given_.clear();
        } else {
            n_ = row.n + 1;
            given_ = parseJson(row.payload, "an answer").value("answer", "");
        }
    }
}

std::optional<OpenQuestion> QuestionDesk::pick(const std::vector<QuestionRecord>& rows) const {
    for (const QuestionRecord& row : rows) {
        Json content = parseJson(row.payload, "a question");
        const auto after = content.value("after", std::int64_t{-1});
        const bool isCanonical = row.given.empty() && after == lastSeq_;
        const bool isAhead =
            row.n == n_ && !given_.empty() && row.given == given_ && after == seqBefore_;
        if (isCanonical || isAhead)
            return OpenQuestion{row.n, std::move(content)};
    }
    return std::nullopt;
}

std::optional<OpenQuestion> QuestionDesk::current(RunStore& store) {
    readAnswers(store);
    if (std::optional<OpenQuestion> question = pick(store.questionsAt(run_, n_))) {
        misses_ = 0;
        return question;
    }
    // The newest row may have been refused (two people answered at once), which makes its number
    // wrong: the question that is open lies elsewhere.
    if (++misses_ % kLookEverywhereAfter != 0)
        return std::nullopt;
    return pick(store.questions(run_));
}

void QuestionDesk::answer(RunStore& store, const OpenQuestion& question, const std::string& word,
                          const Json& facts) {
    Json payload = {{"answer", word},
                    {"left", question.content.value("left", -1)},
                    {"right", question.content.value("right", -1)}};
    if (facts.is_object())
        payload.update(facts);
    store.answerQuestion(run_, question.n, dumpJson(payload), RunStore::Answer::Given);
}

void QuestionDesk::undo(RunStore& store, const OpenQuestion& question) {
    if (question.n > 1)
        store.answerQuestion(run_, question.n - 1, "{}", RunStore::Answer::Undo);
}

} // namespace inlay::engine

#include "engine/experiments/active_ranking/person_session.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/active_ranking/agreement.h"
#include "engine/experiments/active_ranking/confidence.h"
#include "engine/experiments/active_ranking/frames.h"
#include "engine/experiments/active_ranking/score_record.h"
#include "engine/runner/question_desk.h"

namespace inlay::engine::active_ranking {
namespace {

// At most four frames a second.
constexpr double kFramesEvery = 0.25;
constexpr std::size_t kDoubtful = 20;
constexpr const char* kAnswers[] = {"left", "right", "tie", "skip"};

std::optional<Answer> answerOf(const std::string& word) {
    if (word == "left")
        return Answer::Left;
    if (word == "right")
        return Answer::Right;
    if (word == "tie")
        return Answer::Tie;
    if (word == "skip")
        return Answer::Skip;
    return std::nullopt;
}

std::string namesOf(const std::set<std::string>& names) {
    constexpr std::size_t kShown = 5;
    std::vector<std::string> shown;
    for (const std::string& name : names) {
        if (shown.size() < kShown)
            shown.push_back('"' + name + '"');
    }
    std::string text = fmt::format("{}", fmt::join(shown, ", "));
    if (names.size() > kShown)
        text += fmt::format(" and {} more", names.size() - kShown);
    return text.empty() ? "none" : text;
}

ItemList itemsOrThrow(const PersonOracle& oracle) {
    ItemList items = readItems(oracle.items, oracle.count);
    if (!items.problem.empty())
        throw Error("oracle.items: " + items.problem);
    return items;
}

} // namespace

PersonSession::PersonSession(const PersonOracle& oracle, RunContext& context)
    : oracle_(oracle)
    , context_(context)
    , items_(itemsOrThrow(oracle))
    , session_(static_cast<Item>(items_.names.size()), oracle.effort, oracle.repeatShare,
               context.stream("active_ranking.person")) {}

// The answers name items by number: they mean nothing for another list.
void PersonSession::compareItems() const {
    const std::vector<ResultRow> rows = context_.recordedRows("items");
    if (rows.empty())
        return;
    std::vector<std::string> before;
    for (const ResultRow& row : rows)
        before.push_back(parseJson(row.data, "an item").at("name").get<std::string>());
    if (before == items_.names)
        return;
    std::set<std::string> added(items_.names.begin(), items_.names.end());
    std::set<std::string> removed(before.begin(), before.end());
    for (const std::string& name : before)
        added.erase(name);
    for (const std::string& name : items_.names)
        removed.erase(name);
    if (added.empty() && removed.empty())
        throw Error(fmt::format("{} lists its items in another order than the session was begun "
                                "with; restore that order to go on",
                                oracle_.items.string()));
    throw Error(fmt::format("{} is not the list the session was begun with: added {}, removed {}",
                            oracle_.items.string(), namesOf(added), namesOf(removed)));
}

void PersonSession::recordItems() {
    RunRecorder& recorder = context_.recorder();
    for (std::size_t i = 0; i < items_.names.size(); ++i) {
        Json row = {{"item", i},
                    {"name", items_.names[i]},
                    {"file", items_.files.empty() ? std::string() : items_.files[i]}};
        if (!items_.cards.empty())
            row["card"] = items_.cards[i];
        recorder.resultRow("items", static_cast<std::int64_t>(i), std::move(row));
    }
    if (!items_.images.data.empty())
        recorder.frame(items_.images);
    // Front ends show a question by these rows.
    if (!recorder.flush())
        throw Error(recorder.failure());
}

QuestionRecord PersonSession::questionOf(const HumanSession& session, std::string given) const {
    QuestionRecord record;
    record.n = session.answers() + 1;
    record.given = std::move(given);
    const SessionFacts facts = session.facts();
    Json payload = {{"after", lastSeq_}};
    if (session.question()) {
        payload["question"] = oracle_.question;
        payload["left"] = session.question()->pair.left;
        payload["right"] = session.question()->pair.right;
    } else {
        payload["done"] = true;
    }
    payload["answered"] = facts.answered;
    payload["about"] = facts.about;
    payload["repeats"] = facts.repeats;
    payload["agreeing"] = facts.agreeing;
    payload["cycles"] = facts.cycles;
    payload["noise"] = facts.noise;
    payload["steady_for"] = facts.steadyFor;
    record.payload = dumpJson(payload);
    return record;
}

// The question that is open, and the one after it for every answer it may get.
void PersonSession::postQuestions() {
    std::vector<QuestionRecord> records = {questionOf(session_, "")};
    if (session_.question()) {
        for (const char* word : kAnswers) {
            HumanSession ahead = session_;
            ahead.tell(*answerOf(word));
            records.push_back(questionOf(ahead, word));
        }
    }
    context_.ask(records);
}

void PersonSession::take(const AnswerRecord& row) {
    lastSeq_ = row.seq;
    const std::int64_t open = session_.answers() + 1;
    if (row.undone) {
        if (row.n == open - 1 && session_.undo()) {
            annotators_.pop_back();
            return;
        }
        context_.event(EventLevel::Warning,
                       fmt::format("Answer {} could not be taken back while question {} was open.",
                                   row.n, open));
        return;
    }
    const Json payload = parseJson(row.payload, "an answer");
    const std::optional<Answer> answer = answerOf(payload.value("answer", ""));
    const auto& question = session_.question();
    if (!answer) {
        context_.event(EventLevel::Warning,
                       fmt::format("The answer \"{}\" to question {} is none of left, right, tie, "
                                   "skip and was not counted.",
                                   payload.value("answer", ""), row.n));
        return;
    }
    if (!question || row.n != open || payload.value("left", -1) != question->pair.left ||
        payload.value("right", -1) != question->pair.right) {
        context_.event(EventLevel::Warning,
                       fmt::format("An answer to question {} came while question {} was open and "
                                   "was not counted.",
                                   row.n, open));
        return;
    }
    session_.tell(*answer);
    annotators_.push_back(payload.value("annotator", ""));
}

void PersonSession::recordPoint() {
    context_.recorder().record("contradictions", lastSeq_,
                               session_.labels().loss(session_.order()));
}

void PersonSession::recordState() {
    const double now = monotonicSeconds();
    if (lastFrameSeq_ == lastSeq_ || now - lastFrames_ < kFramesEvery)
        return;
    const SessionFacts facts = session_.facts();
    context_.progress(facts.answered, facts.about);
    lastFrames_ = now;
    lastFrameSeq_ = lastSeq_;
    const Order order = session_.order();
    std::vector<Pair> labels;
    for (Item u = 0; u < session_.labels().items(); ++u) {
        for (const LabelBook::Partner& partner : session_.labels().partners(u)) {
            if (partner.net > 0)
                labels.push_back({u, partner.other});
        }
    }
    context_.recorder().frame(orderFrame("order/person", lastSeq_, order));
    context_.recorder().frame(labelsFrame("labels/person", lastSeq_, labels));
    const std::vector<PlaceConfidence> confidences =
        placeConfidences(order, session_.labels(), facts.noise);
    for (std::size_t place = 0; place < order.size(); ++place) {
        const auto item = static_cast<std::size_t>(order[place]);
        context_.recorder().resultRow("ranking", static_cast<std::int64_t>(place),
                                      {{"position", place + 1},
                                       {"item", order[place]},
                                       {"name", items_.names[item]},
                                       {"confidence", confidences[place].here},
                                       {"low", confidences[place].low + 1},
                                       {"high", confidences[place].high + 1}});
    }
    // A fixed number of rows: those beyond the pairs in doubt are empty, so that an older list
    // never shows through.
    const std::vector<DoubtfulPair> doubt =
        doubtfulPairs(order, session_.labels(), facts.noise, kDoubtful);
    for (std::size_t i = 0; i < kDoubtful; ++i) {
        Json row = Json::object();
        if (i < doubt.size())
            row = {{"above", doubt[i].above},
                   {"below", doubt[i].below},
                   {"probability", doubt[i].probability}};
        context_.recorder().resultRow("doubt", static_cast<std::int64_t>(i), std::move(row));
    }
    recordAnnotators();
}

// Only where somebody gave a name. Rows that an undo took back become empty.
void PersonSession::recordAnnotators() {
    const bool isNamed = std::any_of(annotators_.begin(), annotators_.end(),
                                     [](const std::string& name) { return !name.empty(); });
    std::vector<AnnotatorAgreement> agreements;
    if (isNamed)
        agreements = annotatorAgreements(session_.history(), annotators_, session_.order());
    annotatorRows_ = std::max(annotatorRows_, std::ssize(agreements));
    for (std::int64_t i = 0; i < annotatorRows_; ++i) {
        Json row = Json::object();
        if (i < std::ssize(agreements)) {
            const AnnotatorAgreement& agreement = agreements[static_cast<std::size_t>(i)];
            row = {{"annotator", agreement.annotator},
                   {"answers", agreement.answers},
                   {"decided", agreement.decided},
                   {"consensus", jsonNumber(agreement.consensus)},
                   {"leave_one_out", jsonNumber(agreement.leaveOneOut)},
                   {"tau_without", jsonNumber(agreement.tauWithout)}};
        }
        context_.recorder().resultRow("annotators", i, std::move(row));
    }
}

void PersonSession::recordResult() {
    lastFrames_ = 0;
    recordState();
    RunRecorder& recorder = context_.recorder();
    ComparisonTable comparisons;
    comparisons.items = items_.names;
    for (const AnsweredPair& answered : session_.history()) {
        const Outcome outcome = answered.answer == Answer::Left    ? Outcome::Left
                                : answered.answer == Answer::Right ? Outcome::Right
                                : answered.answer == Answer::Tie   ? Outcome::Tie
                                                                   : Outcome::Skip;
        comparisons.rows.push_back(
            {answered.shown.pair.left, answered.shown.pair.right, outcome, 1, {}, {}});
    }
    ScoreRecord(recorder).add("person", comparisons, session_.order());
    const SessionFacts facts = session_.facts();
    recorder.metric("answered", static_cast<double>(facts.answered));
    recorder.metric("labels/person", static_cast<double>(session_.labels().labels()));
    recorder.metric("contradictions", session_.labels().loss(session_.order()));
    recorder.metric("cycles", static_cast<double>(facts.cycles));
    recorder.metric("noise", facts.noise);
    if (facts.repeats > 0)
        recorder.metric("repeats_agree",
                        static_cast<double>(facts.agreeing) / static_cast<double>(facts.repeats));
}

RunOutcome PersonSession::run() {
    compareItems();
    recordItems();
    for (const AnswerRecord& row : context_.answers(0)) {
        take(row);
        recordPoint();
    }
    postQuestions();
    recordState();
    while (session_.question()) {
        if (!context_.proceed()) {
            recordResult();
            return {RunEnd::Stopped, {}};
        }
        const std::vector<AnswerRecord> news = context_.answers(lastSeq_);
        for (const AnswerRecord& row : news) {
            take(row);
            recordPoint();
        }
        if (news.empty()) {
            recordState();
            std::this_thread::sleep_for(std::chrono::milliseconds(kQuestionPollMs));
            continue;
        }
        postQuestions();
        recordState();
    }
    recordResult();
    return {};
}

} // namespace inlay::engine::active_ranking

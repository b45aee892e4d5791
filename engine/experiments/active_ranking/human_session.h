#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/experiments/active_ranking/active_ranking_config.h"

namespace inlay::engine::active_ranking {

/// Two items as they are shown, side by side.
struct ShownPair {
    Pair pair;
    bool isRepeat = false;

    bool operator==(const ShownPair&) const = default;
};

/// Where a session stands; all of it follows from the answers.
struct SessionFacts {
    std::int64_t answered = 0; // questions answered, skips included
    std::int64_t about = 0;    // expected number of questions in all
    std::int64_t repeats = 0;
    std::int64_t agreeing = 0; // repeats with the same answer as before
    std::int64_t cycles = 0;   // triples of items answered in a circle
    double noise = 0;          // estimated share of wrong answers
    /// Answers since the first ten places last changed.
    std::int64_t steadyFor = 0;
};

/// A question and its answer, as seen.
struct AnsweredPair {
    ShownPair shown;
    Answer answer = Answer::Skip;
};

/// A person ranks items by pairs. The session is a function of (items, configuration, seed,
/// answers): told the same answers it asks the same questions, which is how a session that was
/// closed goes on.
class HumanSession {
public:
    HumanSession(Item items, Effort effort, double repeatShare, const RandomStream& stream);
    HumanSession(const HumanSession& other);
    HumanSession& operator=(const HumanSession&) = delete;
    HumanSession(HumanSession&&) noexcept = default;
    HumanSession& operator=(HumanSession&&) noexcept = default;
    ~HumanSession() = default;

    /// The open question; nothing when the session is complete.
    const std::optional<ShownPair>& question() const { return question_; }
    /// Answers the open question, as seen: Left is the left card.
    void tell(Answer answer);
    /// Takes the last answer back; false when there is none.
    bool undo();

    SessionFacts facts() const;
    Order order() const { return strategy_->order(); }
    const LabelBook& labels() const { return strategy_->labels(); }
    /// The answers that count, in their order (undone ones do not).
    const std::vector<AnsweredPair>& history() const { return history_; }
    /// Number of answers that count (undone ones do not).
    std::int64_t answers() const { return static_cast<std::int64_t>(history_.size()); }

private:
    void ask();
    std::optional<Pair> drawRepeat() const;
    void count(const ShownPair& shown, Answer answer);
    std::int64_t cyclesThrough(const Pair& pair) const;
    void noteTop();

    Item items_;
    Effort effort_;
    double repeatShare_;
    RandomStream stream_;
    std::unique_ptr<Strategy> strategy_;
    std::vector<AnsweredPair> history_;
    std::optional<ShownPair> question_;
    std::int64_t repeats_ = 0;
    std::int64_t agreeing_ = 0;
    std::int64_t cycles_ = 0;
    Order top_;
    std::int64_t topSince_ = 0; // number of answers when it last changed
};

/// Number of labels that an effort asks for.
std::int64_t labelsOf(Effort effort, std::int64_t items);

} // namespace inlay::engine::active_ranking

#include "engine/experiments/active_ranking/human_session.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/active_ranking/confidence.h"

namespace inlay::engine::active_ranking {
namespace {

constexpr std::size_t kTop = 10;
// A repeat follows its question at some distance, or it would test memory.
constexpr std::size_t kRepeatDistance = 6;

double shareOf(Effort effort) {
    return effort == Effort::Standard ? 2 : 6;
}

std::unique_ptr<Strategy> makeSessionStrategy(Item items, Effort effort,
                                              const RandomStream& stream) {
    if (effort == Effort::Quick)
        return makeSortStrategy(items, InitialSort::MergeSort, stream);
    RingConfig config;
    config.budget = labelsOf(effort, items);
    config.resolveEvery = std::max<std::int64_t>(10, items / 4);
    return makeActiveRing(items, config, stream);
}

Pair swapped(const Pair& pair) {
    return {pair.right, pair.left};
}

Answer mirrored(Answer answer) {
    return answer == Answer::Left ? Answer::Right : answer == Answer::Right ? Answer::Left : answer;
}

} // namespace

std::int64_t labelsOf(Effort effort, std::int64_t items) {
    if (effort == Effort::Quick)
        return std::max<std::int64_t>(1, std::llround(mergeSortLabels(items)));
    return labelBudget(items, shareOf(effort));
}

HumanSession::HumanSession(Item items, Effort effort, double repeatShare,
                           const RandomStream& stream)
    : items_(items)
    , effort_(effort)
    , repeatShare_(repeatShare)
    , stream_(stream)
    , strategy_(makeSessionStrategy(items, effort, stream.split("strategy"))) {
    ask();
}

HumanSession::HumanSession(const HumanSession& other)
    : items_(other.items_)
    , effort_(other.effort_)
    , repeatShare_(other.repeatShare_)
    , stream_(other.stream_)
    , strategy_(other.strategy_->clone())
    , history_(other.history_)
    , question_(other.question_)
    , repeats_(other.repeats_)
    , agreeing_(other.agreeing_)
    , cycles_(other.cycles_)
    , top_(other.top_)
    , topSince_(other.topSince_) {}

// An earlier pair to ask again in place of the next one, by the number of the question alone.
std::optional<Pair> HumanSession::drawRepeat() const {
    RandomStream draws = stream_.split("repeats").split(history_.size());
    if (draws.uniform() >= repeatShare_ || history_.size() < kRepeatDistance)
        return std::nullopt;
    std::vector<Pair> candidates;
    for (std::size_t i = 0; i + kRepeatDistance <= history_.size(); ++i) {
        const AnsweredPair& entry = history_[i];
        if (!entry.shown.isRepeat && entry.answer != Answer::Skip)
            candidates.push_back(entry.shown.pair);
    }
    if (candidates.empty())
        return std::nullopt;
    return swapped(candidates[draws.below(candidates.size())]);
}

void HumanSession::ask() {
    question_.reset();
    const std::optional<Pair> next = strategy_->next();
    if (!next)
        return;
    if (const std::optional<Pair> repeat = drawRepeat()) {
        question_ = ShownPair{*repeat, true};
        return;
    }
    const bool isSwapped = stream_.split("sides").split(history_.size()).uniform() < 0.5;
    question_ = ShownPair{isSwapped ? swapped(*next) : *next, false};
}

std::int64_t HumanSession::cyclesThrough(const Pair& pair) const {
    const LabelBook& book = labels();
    const float direct = book.net(pair.left, pair.right);
    if (direct == 0)
        return 0;
    const Item winner = direct > 0 ? pair.left : pair.right;
    const Item loser = direct > 0 ? pair.right : pair.left;
    std::int64_t cycles = 0;
    for (const LabelBook::Partner& partner : book.partners(loser))
        cycles += partner.net > 0 && book.net(partner.other, winner) > 0 ? 1 : 0;
    return cycles;
}

void HumanSession::count(const ShownPair& shown, Answer answer) {
    const std::int64_t before = cyclesThrough(shown.pair);
    if (shown.isRepeat) {
        const auto first =
            std::find_if(history_.begin(), history_.end(), [&](const AnsweredPair& entry) {
                return !entry.shown.isRepeat && entry.shown.pair == swapped(shown.pair);
            });
        if (answer != Answer::Skip) {
            ++repeats_;
            agreeing_ += mirrored(answer) == first->answer ? 1 : 0;
            strategy_->repeat(shown.pair, answer);
        }
    } else {
        const bool isSwapped = *strategy_->next() != shown.pair;
        strategy_->tell(isSwapped ? mirrored(answer) : answer);
    }
    cycles_ += cyclesThrough(shown.pair) - before;
}

void HumanSession::noteTop() {
    Order top = order();
    top.resize(std::min(top.size(), kTop));
    if (top == top_)
        return;
    top_ = std::move(top);
    topSince_ = answers();
}

void HumanSession::tell(Answer answer) {
    const ShownPair shown = *question_;
    count(shown, answer);
    history_.push_back({shown, answer});
    noteTop();
    ask();
}

bool HumanSession::undo() {
    if (history_.empty())
        return false;
    HumanSession again(items_, effort_, repeatShare_, stream_);
    for (std::size_t i = 0; i + 1 < history_.size(); ++i)
        again.tell(history_[i].answer);
    *this = std::move(again);
    return true;
}

SessionFacts HumanSession::facts() const {
    SessionFacts facts;
    facts.answered = answers();
    facts.repeats = repeats_;
    facts.agreeing = agreeing_;
    facts.cycles = cycles_;
    facts.noise = estimatedNoise(order(), labels(), repeats_, agreeing_);
    facts.steadyFor = answers() - topSince_;
    // Repeats come on top of the labels the strategy buys.
    const double questions = static_cast<double>(labelsOf(effort_, items_)) / (1 - repeatShare_);
    facts.about =
        question_ ? std::max<std::int64_t>(std::llround(questions), answers() + 1) : answers();
    return facts;
}

} // namespace inlay::engine::active_ranking

#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/label_book.h"
#include "engine/experiments/active_ranking/local_search.h"
#include "engine/experiments/active_ranking/sort_cursor.h"

namespace inlay::engine::active_ranking {

enum class InitialSort { MergeSort, QuickSort };

/// What is known of a pair: who is preferred, nobody (a tie), or that it cannot be asked.
enum class Answer { Left, Right, Tie, Skip };

/// A ranking strategy as an ask/tell machine: next() names a pair, tell() answers it. Nothing runs
/// between the calls, so a session can be copied, closed and continued by telling it the same
/// answers again.
class Strategy {
public:
    virtual ~Strategy() = default;
    virtual std::unique_ptr<Strategy> clone() const = 0;

    /// The pair to ask, never one that was asked before; nothing when the strategy is done. Calling
    /// it again without tell() gives the same pair.
    virtual std::optional<Pair> next() = 0;
    /// The answer to next().
    virtual void tell(Answer answer) = 0;
    /// The ranking the strategy stands by now.
    virtual Order order() const = 0;
    /// A further answer about a pair asked before; it never steers a sort.
    virtual void repeat(const Pair& pair, Answer answer) = 0;
    virtual const LabelBook& labels() const = 0;
};

/// Sorts and stops: QuickSort or MergeSort on their own.
std::unique_ptr<Strategy> makeSortStrategy(Item items, InitialSort sort,
                                           const RandomStream& stream);

/// Pairs uniformly without repetition up to `budget` labels, then the order with the fewest
/// contradicted labels that insertion finds from the Copeland order.
std::unique_ptr<Strategy> makeUniformStrategy(Item items, std::int64_t budget, int sweeps,
                                              const RandomStream& stream);

struct RingConfig {
    InitialSort init = InitialSort::MergeSort;
    std::int64_t budget = 0;       // labels in all
    std::int64_t rounds = 4;       // batch mode: re-solve after each
    std::int64_t resolveEvery = 0; // labels between solves; 0 = by rounds
    int sweeps = kSweeps;
    bool weighted = false;  // importance weights, as in the theory
    double stopGain = 1e-3; // end after a round that gains less than this share of the labels
};

/// ActiveRing: an initial sort, then for a random item a random pair at a dyadic distance in the
/// current ranking, re-solved by insertion on all labels so far.
std::unique_ptr<Strategy> makeActiveRing(Item items, const RingConfig& config,
                                         const RandomStream& stream);

} // namespace inlay::engine::active_ranking

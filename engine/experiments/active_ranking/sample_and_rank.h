#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/active_ranking/label_book.h"

namespace inlay::engine::active_ranking {

/// SampleAndRank of Ailon (NIPS 2011, JMLR 13, 2012). The paper hides its constants in O( ): c1 to
/// c5 are ours. Logarithms are natural.
struct LiteralConfig {
    double epsilon = 0.5;
    double c1 = 1; // labels of the chaos test: c1 eps^-4 log n
    double c2 = 1; // a block is chaotic from c2 eps^2 N^2 estimated loss on
    double c3 = 1; // innermost ring: ceil(log2(c3 eps N / log n))
    double c4 = 1; // local improvement only above c4 eps^-3 log^3 n items
    double c5 = 1; // labels in a ring: c5 eps^-2 log^2 n
    bool operator==(const LiteralConfig&) const = default;
};

/// Beyond so many items the method buys more labels than it is worth showing.
inline constexpr Item kMostLiteralItems = 500;

/// Why a block is not split further.
enum class BlockReason { Small, Chaotic };

/// A block of the decomposition: places [first, last) of the order.
struct Block {
    Item first = 0;
    Item last = 0;
    BlockReason reason = BlockReason::Small;
};

/// Label of a pair: +1 the first is preferred, -1 the second, 0 unknown.
using AskLabel = std::function<int(Item, Item)>;

/// What the literal method did. The order before the last step respects the blocks.
struct LiteralResult {
    Order decomposed; // blocks in order, before the labels inside them are bought
    Order order;      // after insertion on all labels
    std::vector<Block> blocks;
    std::int64_t nodes = 0;        // calls of SampleAndDecompose
    std::int64_t improveCalls = 0; // of which ran ApproxLocalImprove beyond its size test
    std::int64_t moves = 0;        // moves it made
};

/// Called after each label bought, with the order of the moment.
using OnLabel = std::function<void(Item preferred, Item other, const Order& order)>;

/// `labels` receives every label bought.
LiteralResult sampleAndRank(LabelBook& labels, const LiteralConfig& config, const AskLabel& ask,
                            const RandomStream& stream, const OnLabel& onLabel);

/// eps^-6 n log^5 n, what the theorem promises (up to its constant).
double literalLabels(std::int64_t n, double epsilon);

/// The decomposition by labels that are already there: a block is split at a uniform place of its
/// middle third unless it has at most log n / log log n items or the contradicted share of its
/// labels says that it is chaotic (step 2, without new labels).
std::vector<Block> decomposeByLabels(const Order& order, const LabelBook& labels,
                                     const LiteralConfig& config, const RandomStream& stream);

} // namespace inlay::engine::active_ranking

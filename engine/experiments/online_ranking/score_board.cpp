#include "engine/experiments/online_ranking/score_board.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

namespace inlay::engine::online_ranking {

ScoreBoard::ScoreBoard(std::int64_t n, Steps steps)
    : n_(n)
    , steps_(steps)
    , scores_(static_cast<std::size_t>(n), 0.0) {
    if (steps_ == Steps::Unit) {
        order_.resize(scores_.size());
        std::iota(order_.begin(), order_.end(), 0);
        rebuildBlocks();
    }
}

void ScoreBoard::rebuildBlocks() {
    placeOf_.assign(scores_.size(), 0);
    blockOf_.assign(scores_.size(), 0);
    blocks_.clear();
    freeBlocks_.clear();
    highest_ = -1;
    std::int32_t last = -1;
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const auto item = static_cast<std::size_t>(order_[i]);
        placeOf_[item] = static_cast<std::int32_t>(i);
        if (last < 0 || blocks_[static_cast<std::size_t>(last)].score != scores_[item]) {
            Block block;
            block.score = scores_[item];
            block.start = static_cast<std::int32_t>(i);
            block.higher = last;
            blocks_.push_back(block);
            const auto added = static_cast<std::int32_t>(blocks_.size()) - 1;
            (last < 0 ? highest_ : blocks_[static_cast<std::size_t>(last)].lower) = added;
            last = added;
        }
        blocks_[static_cast<std::size_t>(last)].end = static_cast<std::int32_t>(i) + 1;
        blockOf_[item] = last;
    }
}

std::int32_t ScoreBoard::newBlock() {
    if (freeBlocks_.empty()) {
        blocks_.emplace_back();
        return static_cast<std::int32_t>(blocks_.size()) - 1;
    }
    const std::int32_t block = freeBlocks_.back();
    freeBlocks_.pop_back();
    return block;
}

void ScoreBoard::increment(std::int32_t item) {
    const auto v = static_cast<std::size_t>(item);
    const std::int32_t own = blockOf_[v];
    const std::int32_t start = blocks_[static_cast<std::size_t>(own)].start;
    const std::int32_t first = order_[static_cast<std::size_t>(start)];
    // The item becomes the first of its block, then leaves it upward.
    std::swap(order_[static_cast<std::size_t>(start)],
              order_[static_cast<std::size_t>(placeOf_[v])]);
    std::swap(placeOf_[v], placeOf_[static_cast<std::size_t>(first)]);
    best_ += start; // its position in the best ranking, once more
    scores_[v] += 1;
    const std::int32_t higher = blocks_[static_cast<std::size_t>(own)].higher;
    if (higher >= 0 && blocks_[static_cast<std::size_t>(higher)].score == scores_[v]) {
        ++blocks_[static_cast<std::size_t>(higher)].end;
        blockOf_[v] = higher;
    } else {
        const std::int32_t added = newBlock();
        blocks_[static_cast<std::size_t>(added)] = {scores_[v], start, start + 1, higher, own};
        (higher >= 0 ? blocks_[static_cast<std::size_t>(higher)].lower : highest_) = added;
        blocks_[static_cast<std::size_t>(own)].higher = added;
        blockOf_[v] = added;
    }
    Block& left = blocks_[static_cast<std::size_t>(own)];
    if (++left.start == left.end) {
        blocks_[static_cast<std::size_t>(left.higher)].lower = left.lower;
        if (left.lower >= 0)
            blocks_[static_cast<std::size_t>(left.lower)].higher = left.higher;
        freeBlocks_.push_back(own);
    }
}

void ScoreBoard::add(const Feedback& feedback) {
    mass_ += pairMass(feedback, n_);
    ++rounds_;
    if (steps_ == Steps::Unit) {
        const auto k = static_cast<double>(feedback.size());
        unavoidable_ += k * (k - 1) / 2;
        for (const std::int32_t item : feedback.items)
            increment(item);
        return;
    }
    unavoidable_ += unavoidableLoss(feedback, n_);
    background_ += feedback.background;
    for (std::size_t i = 0; i < feedback.size(); ++i)
        scores_[static_cast<std::size_t>(feedback.items[i])] +=
            feedback.values[i] - feedback.background;
}

double ScoreBoard::bestLoss() const {
    if (steps_ == Steps::Unit)
        return best_;
    std::vector<double> sorted = scores_;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    double loss = background_ * pairCount();
    for (std::size_t i = 0; i < sorted.size(); ++i)
        loss += static_cast<double>(i) * sorted[i];
    return loss;
}

void ScoreBoard::archive(StateArchive& archive) {
    archive.value("rounds", rounds_);
    archive.values("scores", scores_);
    archive.value("background", background_);
    archive.value("mass", mass_);
    archive.value("unavoidable", unavoidable_);
    archive.value("best", best_);
    if (steps_ == Steps::Unit) {
        archive.values("order", order_);
        if (archive.restoring())
            rebuildBlocks();
    }
}

} // namespace inlay::engine::online_ranking

#pragma once

#include <array>
#include <memory>
#include <vector>

#include "widgets/plots/heat_map.h"
#include "widgets/views/ranking/active_reader.h"
#include "widgets/views/ranking/online_moment.h"

namespace inlay::widgets {

/// A place of the ranking and the Bradley-Terry score of who holds it.
struct PlacedItem {
    RankedItem place;
    double score = 0; // centered; NaN where there are no scores
    double low = 0;   // 95 % interval
    double high = 0;
};

/// What the view shows of a strategy, or of a person, at one moment.
struct ActiveDetail {
    BumpData bump;
    MatrixData pairs;
    /// Rectangles over the matrix: pairs of which the lower one was preferred, in small rankings.
    std::vector<MatrixBlock> contradicted;
    std::vector<PlacedItem> ranking; // best first
    bool hasConfidence = false;
    bool hasScores = false;
    /// Pairs that would stand the other way round with at least 10 %, most doubtful first.
    std::vector<DoubtfulItems> doubt;
    /// Three items answered in a circle, each preferred to the next, and how many there are.
    std::vector<std::array<std::int32_t, 3>> cycles;
    std::int64_t cycleCount = 0;
    bool hasCycles = false;
    /// Parts of the items that no label connects; one where everything is comparable.
    int parts = 1;
};

struct ActiveRequest {
    std::shared_ptr<const ActiveRun> run;
    std::string strategy;
    std::size_t moment = 0;
};

/// Computes it; up to some tenths of a second, so not on the GUI thread.
ActiveDetail activeDetail(const ActiveRequest& request);

} // namespace inlay::widgets

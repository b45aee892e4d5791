#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/analysis/ranking/score_table.h"
#include "widgets/plots/heat_map.h"
#include "widgets/views/ranking/active_reader.h"
#include "widgets/views/ranking/online_moment.h"

namespace inlay::widgets {

/// A place of the ranking and the scores of who holds it by other models; Bradley-Terry's first.
struct PlacedItem {
    RankedItem place;
    double score = 0; // centered; NaN where there are no scores
    double low = 0;   // 95 % interval
    double high = 0;
    double elo = 0;
    double borda = 0;
    double copeland = 0;
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
    /// Of the ranking with Bradley-Terry, Elo, Borda and Copeland.
    std::array<engine::RankAgreement, 4> agreements;
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

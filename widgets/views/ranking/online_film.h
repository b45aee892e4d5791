#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <QString>
#include <QStringList>

#include "engine/analysis/ranking/ranking_law.h"
#include "engine/store/run_record.h"
#include "widgets/theme/series_style.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// An algorithm of a run of kind "online_ranking".
struct OnlineAlgorithm {
    QString id;
    QString title;
    QString curveName; // short, for the ends of curves
    engine::LawKind law = engine::LawKind::Unknown;
    SeriesStyle style;
};

/// What a run kept of its rankings over time. Immutable once read: a worker may compute from it
/// while the next one is read.
struct OnlineFilm {
    engine::RunId run = 0;
    std::vector<OnlineAlgorithm> algorithms;
    std::int64_t items = 0;
    std::int64_t chosen = 1;
    bool isChoice = false; // k items a round: the normalized axis has a meaning
    int replicates = 1;
    QString subtitle;  // "50 items, T = 10,000, k = 1, mean and band over 5 seeds"
    QStringList names; // of items, once the run has ended

    std::vector<std::int64_t> rounds; // of the frames, ascending
    /// A frame: [algorithm][scores, expected positions][item].
    std::vector<std::vector<float>> frames;

    QString itemName(std::int64_t item) const;
    const float* scores(std::size_t frame, std::size_t algorithm) const {
        return frames[frame].data() + 2 * algorithm * static_cast<std::size_t>(items);
    }
    const float* positions(std::size_t frame, std::size_t algorithm) const {
        return scores(frame, algorithm) + items;
    }
};

/// Reads the run; frames that `before` has are taken from it.
std::shared_ptr<const OnlineFilm> readOnlineFilm(engine::RunStore& store, engine::RunId run,
                                                 std::shared_ptr<const OnlineFilm> before);

} // namespace inlay::widgets

#pragma once

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <QStringList>

#include "engine/store/run_record.h"
#include "widgets/views/embeddings/thumbnail_sheet.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// Which frame of a name.
struct FrameKey {
    int attempt = 1;
    std::int64_t step = 0;

    bool operator==(const FrameKey&) const = default;
    bool operator<(const FrameKey& other) const {
        return std::pair(attempt, step) < std::pair(other.attempt, other.step);
    }
};

/// A triplet by numbers of the points, with its two distances.
struct HardTriplet {
    std::int64_t anchor = -1;
    std::int64_t same = -1;
    std::int64_t other = -1;
    double toSame = 0;
    double toOther = 0;
};

/// Two histograms over the same bins from 0 to `range`: pairs of one class and of two.
struct PairDistances {
    std::vector<float> same;
    std::vector<float> other;
    double range = 0; // 0 = unknown

    bool isEmpty() const { return same.empty(); }
};

/// What a run of an embedding kind says of its points, without the points themselves.
struct EmbeddingFilm {
    std::int64_t count = 0;
    std::int64_t dimension = 0;
    std::vector<FrameKey> snapshots; // frames "embedding", superseded ones left out
    std::vector<FrameKey> layouts;   // frames "layout" of a projection that the run made
    /// Frames "pair_distances" of spatial contrasting; runs of old have nothing else to show.
    std::vector<FrameKey> pairs;
    int layoutDimension = 2;
    QString layoutMethod;             // "tsne", "umap", "pca"; empty = unknown
    std::vector<std::int32_t> labels; // empty, or one a point, -1 = none
    QStringList classNames;
    /// Part of the dataset of each point (0 training, 1 validation, 2 test); empty = all are of
    /// one.
    std::vector<std::int32_t> parts;
    bool hasLosses = false; // whether the run recorded losses of the points
    std::shared_ptr<const ThumbnailSheet> thumbnails; // never null
    /// Images of the frames "windows", in their order; never null.
    std::shared_ptr<const ThumbnailSheet> windowImages;
    std::vector<HardTriplet> triplets;
    std::vector<std::pair<FrameKey, PairDistances>> distances;
    /// Events of the run that concern its points ("reduced to 100 dimensions").
    QStringList notes;
    std::string config;
};

/// Numbers of one frame, row-major.
struct Snapshot {
    FrameKey key;
    std::int64_t count = 0;
    std::int64_t dimension = 0;
    std::vector<float> values;
};

/// What the run recorded together with a snapshot; parts that it did not stay empty.
struct SnapshotExtras {
    std::vector<std::int32_t> predicted;
    std::vector<float> losses; // of each point; NaN = none
    struct Filters {
        int count = 0;
        int height = 0;
        int width = 0;
        std::vector<float> values;
    } filters;
    std::int64_t pairs = 0; // N of the N x N distances
    std::vector<float> pairDistances;
    std::vector<std::array<std::int32_t, 5>> windows; // image, y1, x1, y2, x2
};

/// On the store's thread. `before` is what was read last of this run (its unchanging parts are
/// taken over), or null.
std::shared_ptr<const EmbeddingFilm> readEmbeddingFilm(engine::RunStore& store, engine::RunId run,
                                                       const EmbeddingFilm* before);
/// The frame's numbers as f32 (of f16 or f32), also flattened to two dimensions; null when it is
/// gone or of another shape.
std::shared_ptr<const Snapshot> readSnapshot(engine::RunStore& store, engine::RunId run,
                                             const char* name, const FrameKey& key);
SnapshotExtras readExtras(engine::RunStore& store, engine::RunId run, const FrameKey& key,
                          std::int64_t count);

} // namespace inlay::widgets

#pragma once

#include <map>
#include <memory>
#include <optional>

#include <QObject>

#include "widgets/views/embeddings/job_thread.h"
#include "widgets/views/embeddings/neighborhood.h"
#include "widgets/views/embeddings/projection.h"

class QTimer;

namespace inlay::widgets {

class StoreClient;

/// One run of an embedding kind as the view needs it: its film from the store, the projection that
/// was chosen, and what is computed for the frame that is shown. Reads on the store's thread,
/// computes on its own ones. PCA is at once there; t-SNE and UMAP wait for startProjection().
class EmbeddingModel : public QObject {
    Q_OBJECT

public:
    explicit EmbeddingModel(StoreClient& store, QObject* parent = nullptr);
    ~EmbeddingModel() override;

    /// Forgets everything and reads this run; 0 = none.
    void setRun(engine::RunId run);
    engine::RunId run() const { return run_; }
    /// The run has changed: looks for new frames.
    void refresh();

    /// Null before the first answer of the store.
    const EmbeddingFilm* film() const { return film_.get(); }
    std::shared_ptr<const EmbeddingFilm> filmPointer() const { return film_; }
    bool hasRecorded() const { return film_ && !film_->layouts.empty(); }
    bool hasVectors() const { return film_ && !film_->snapshots.empty(); }
    /// Only pairs of images, no points: spatial contrasting.
    bool hasPairsOnly() const {
        return film_ && film_->snapshots.empty() && film_->layouts.empty() && !film_->pairs.empty();
    }

    /// What is wanted; it is shown as soon as it is there.
    void choose(const ProjectionChoice& choice);
    const ProjectionChoice& choice() const { return choice_; }
    /// What is shown, perhaps still an older choice; null before the first.
    const ProjectedFilm* projected() const { return projected_.get(); }
    /// Whether the chosen projection must be started first: it is not there, or without the newest
    /// snapshots.
    bool needsStart() const;
    /// Snapshots that have come since what is shown was computed.
    int newerSnapshots() const;

    void startProjection();
    void setProjectionPaused(bool paused);
    void cancelProjection();
    bool isProjecting() const { return control_ != nullptr; }
    bool isProjectionPaused() const;
    const ProjectionProgress& progress() const { return progress_; }

    int frames() const { return projected_ ? static_cast<int>(projected_->keys.size()) : 0; }
    int frame() const { return frame_; }
    void show(int frame);
    FrameKey key() const;
    /// Places at the frame (count x dimension of projected()), or a preview of what is computed.
    const std::vector<float>& places() const;
    bool isPreview() const { return !preview_.empty(); }
    int dimension() const;
    /// The vectors behind the frame; null while they are read.
    std::shared_ptr<const Snapshot> snapshot() const;
    /// Null until they are found.
    const Neighborhood* neighborhood() const;
    /// Of very many points: finds the neighbors of this one.
    void askNeighborsOf(std::int64_t point);
    const SnapshotExtras* extras() const;
    const engine::ProjectionQuality* quality() const;
    bool isJudging() const;
    const PairDistances* distances(const FrameKey& key) const;
    /// kNN-predicted labels as the run recorded them, else from the neighborhood; empty = unknown.
    const std::vector<std::int32_t>& predicted() const;

signals:
    /// Labels, classes, pictures or frames came in.
    void filmChanged();
    /// Another projection is shown, or the same one has more frames.
    void projectionChanged();
    /// Other places are shown: a frame, or a preview.
    void placesChanged();
    /// Neighborhood, extras or quality of the frame are there, or are not yet.
    void detailsChanged();
    void projectionProgressed();
    /// It ended: empty when it is shown, else why not.
    void projectionEnded(const QString& sentence);
    void failed(const QString& sentence);

private:
    struct Control;

    void askFilm();
    void readNext();
    void computePca();
    void showProjected(std::shared_ptr<const ProjectedFilm> film);
    void showRecorded();
    void showPairs();
    void askDetails();
    std::optional<FrameKey> snapshotKey() const;
    std::vector<std::shared_ptr<const Snapshot>> loaded() const;

    StoreClient& store_;
    engine::RunId run_ = 0;
    std::uint64_t generation_ = 0; // of the run: late answers are dropped
    std::shared_ptr<const EmbeddingFilm> film_;
    bool isAsking_ = false;
    bool askAgain_ = false;
    bool isReading_ = false;
    std::map<FrameKey, std::shared_ptr<const Snapshot>> snapshots_;
    std::map<FrameKey, std::shared_ptr<const Snapshot>> layouts_;

    ProjectionChoice choice_;
    std::shared_ptr<const ProjectedFilm> projected_;
    std::vector<std::shared_ptr<const ProjectedFilm>> computed_; // t-SNE and UMAP, newest last
    int frame_ = -1;
    std::vector<float> preview_;
    int previewDimension_ = 2;
    ProjectionProgress progress_;
    std::shared_ptr<Control> control_; // of the running projection

    std::map<FrameKey, Neighborhood> neighborhoods_;
    std::map<FrameKey, SnapshotExtras> extras_;
    std::map<FrameKey, engine::ProjectionQuality> qualities_; // of what is shown
    QTimer* soon_;

    // Last, so that they end before what their jobs tell.
    std::unique_ptr<JobThread> quick_;
    std::unique_ptr<JobThread> slow_;
};

} // namespace inlay::widgets

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <QString>
#include <QStringList>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/point_pick.h"
#include "widgets/views/embeddings/embedding_film.h"

namespace inlay::widgets {

class JobToken;

enum class ProjectionMethod {
    Recorded, ///< the film of the projection that the run itself made
    Pca,
    Tsne,
    Umap
};

QString projectionTitle(ProjectionMethod method);
/// The method of a recorded film, by its name in the configuration.
QString recordedTitle(const QString& method);

/// Whose axes (PCA) or layout (t-SNE, UMAP) the other snapshots follow.
enum class ProjectionBasis { First, Last };

/// What a person chose before anything is computed.
struct ProjectionChoice {
    ProjectionMethod method = ProjectionMethod::Pca;
    int dimension = 2;
    ProjectionBasis basis = ProjectionBasis::Last;
    double perplexity = 30;
    int iterations = 1000;
    int neighbors = 15;
    double minDistance = 0.1;
    int epochs = 0; // 0 = by the number of points
    std::uint64_t seed = 1;
    /// t-SNE and UMAP of every snapshot, each started from its neighbor in time; else of the one
    /// that is shown.
    bool allSnapshots = true;
    /// Only these points; empty = all.
    PointSet subset;

    bool operator==(const ProjectionChoice&) const = default;
};

/// "perplexity 30, 1,000 iterations, seed 1"
QString projectionWords(const ProjectionChoice& choice);

/// The places of all points at each snapshot. A point outside of the subset has NaN.
struct ProjectedFilm {
    ProjectionChoice choice;
    int dimension = 2;
    std::vector<FrameKey> keys;
    std::vector<std::vector<float>> places; // one a key: count x dimension
    /// Share of the variance along each axis (PCA; of the basis), and its axis titles.
    std::vector<double> varianceShares;
    /// What all frames span, one range a dimension, so that they can be shown at one scale.
    std::vector<Range> extent;
    double cost = 0; // of the last snapshot: KL divergence, cross entropy; NaN = none
    QStringList notes;
    bool isCancelled = false;
};

/// Fills in the extent.
void measureExtent(ProjectedFilm& film);

/// Where a projection is.
struct ProjectionProgress {
    int snapshot = 0; // of `snapshots`
    int snapshots = 1;
    std::int64_t iteration = 0;
    std::int64_t total = 0;
    double cost = 0;
    /// Share of all work, 0 to 1.
    double share = 0;
};

/// Called on the worker; `places` (count x dimension, as in ProjectedFilm) is what there is of the
/// snapshot `key`, or empty. Returns false to cancel.
using ProjectionObserver = std::function<bool(
    const ProjectionProgress& progress, const FrameKey& key, const std::vector<float>& places)>;

/// Computes a projection (not Recorded) of snapshots in order of time. Throws engine::Error with a
/// sentence where the method refuses.
ProjectedFilm project(const ProjectionChoice& choice,
                      const std::vector<std::shared_ptr<const Snapshot>>& snapshots,
                      const JobToken& token, const ProjectionObserver& observer);

} // namespace inlay::widgets

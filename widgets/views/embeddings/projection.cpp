#include "widgets/views/embeddings/projection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QLocale>

#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/procrustes.h"
#include "engine/analysis/embedding/tsne.h"
#include "engine/analysis/embedding/umap.h"
#include "engine/base/error.h"
#include "widgets/views/embeddings/job_thread.h"

namespace inlay::widgets {
namespace {

using engine::PointsView;

/// Iterations of a snapshot that starts from its neighbor in time (system page, 4.3).
constexpr int kFollowIterations = 150;
constexpr qint64 kPreviewEveryMs = 100;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

QString projectionText(const char* text) {
    return QCoreApplication::translate("Projection", text);
}

/// The chosen rows of a snapshot.
std::vector<float> rowsOf(const Snapshot& snapshot, const PointSet& subset) {
    if (subset.empty())
        return snapshot.values;
    std::vector<float> rows;
    rows.reserve(subset.size() * static_cast<std::size_t>(snapshot.dimension));
    for (const std::uint32_t point : subset) {
        const auto from =
            snapshot.values.begin() + static_cast<std::ptrdiff_t>(point) * snapshot.dimension;
        rows.insert(rows.end(), from, from + snapshot.dimension);
    }
    return rows;
}

/// Places of the subset among NaN for all others.
std::vector<float> spreadOut(std::span<const float> places, const PointSet& subset,
                             std::int64_t count, int dimension) {
    if (subset.empty())
        return {places.begin(), places.end()};
    std::vector<float> all(static_cast<std::size_t>(count * dimension), kNaN);
    for (std::size_t i = 0; i < subset.size(); ++i)
        std::copy_n(places.begin() + static_cast<std::ptrdiff_t>(i) * dimension, dimension,
                    all.begin() + static_cast<std::ptrdiff_t>(subset[i]) * dimension);
    return all;
}

struct Rows {
    std::vector<float> values;
    std::int64_t count = 0;
    std::int64_t dimension = 0;

    PointsView view() const { return {values, count, dimension}; }
};

Rows rows(const Snapshot& snapshot, const PointSet& subset) {
    Rows result{rowsOf(snapshot, subset), 0, snapshot.dimension};
    result.count = static_cast<std::int64_t>(result.values.size()) / snapshot.dimension;
    return result;
}

void addNotes(QStringList& notes, const std::vector<std::string>& more) {
    for (const std::string& note : more)
        if (const QString text = QString::fromStdString(note); !notes.contains(text))
            notes << text;
}

ProjectedFilm projectPca(const ProjectionChoice& choice,
                         const std::vector<std::shared_ptr<const Snapshot>>& snapshots,
                         const JobToken& token) {
    ProjectedFilm film;
    film.choice = choice;
    film.dimension = choice.dimension;
    film.cost = NAN;
    const Snapshot& basis =
        *(choice.basis == ProjectionBasis::First ? snapshots.front() : snapshots.back());
    const Rows basisRows = rows(basis, choice.subset);
    const engine::PrincipalLayout main =
        engine::principalLayout(basisRows.view(), choice.dimension);
    addNotes(film.notes, main.layout.notes);
    for (const double variance : main.axes.variances)
        film.varianceShares.push_back(
            main.axes.totalVariance > 0 ? variance / main.axes.totalVariance : 0);
    for (const auto& snapshot : snapshots) {
        if (token.isCancelled())
            break;
        const Rows own = rows(*snapshot, choice.subset);
        // Fewer dimensions than the picture: shown as they are.
        const bool hasAxes =
            main.axes.variances.size() == static_cast<std::size_t>(choice.dimension);
        const std::vector<float> places =
            snapshot.get() == &basis ? main.layout.values
            : hasAxes                ? engine::alongAxes(own.view(), main.axes)
                                     : engine::shownAsTheyAre(own.view(), choice.dimension).values;
        film.keys.push_back(snapshot->key);
        film.places.push_back(spreadOut(places, choice.subset, snapshot->count, choice.dimension));
    }
    film.isCancelled = token.isCancelled();
    measureExtent(film);
    return film;
}

engine::Layout layOut(const ProjectionChoice& choice, PointsView points,
                      const std::vector<float>& start, const engine::LayoutObserver& observer) {
    if (choice.method == ProjectionMethod::Tsne) {
        engine::TsneOptions options;
        options.dimension = choice.dimension;
        options.perplexity = choice.perplexity;
        options.iterations = choice.iterations;
        options.exaggeratedIterations = std::min<std::int64_t>(250, choice.iterations / 4);
        options.seed = choice.seed;
        if (!start.empty()) {
            options.start = start;
            options.iterations = std::min(choice.iterations, kFollowIterations);
            options.exaggeratedIterations = 0;
        }
        return engine::tsneLayout(points, options, observer);
    }
    engine::UmapOptions options;
    options.dimension = choice.dimension;
    options.neighbors = choice.neighbors;
    options.minDistance = choice.minDistance;
    options.epochs = choice.epochs;
    options.seed = choice.seed;
    if (!start.empty()) {
        options.start = start;
        options.epochs =
            choice.epochs > 0 ? std::min(choice.epochs, kFollowIterations) : kFollowIterations;
    }
    return engine::umapLayout(points, options, observer);
}

} // namespace

void measureExtent(ProjectedFilm& film) {
    const auto dimension = static_cast<std::size_t>(film.dimension);
    film.extent.assign(dimension, {INFINITY, -INFINITY});
    for (const std::vector<float>& places : film.places)
        for (std::size_t i = 0; i < places.size(); ++i)
            if (std::isfinite(places[i])) {
                Range& range = film.extent[i % dimension];
                range.low = std::min<double>(range.low, places[i]);
                range.high = std::max<double>(range.high, places[i]);
            }
    if (film.extent.empty() || film.extent.front().low > film.extent.front().high)
        film.extent.clear();
}

QString projectionTitle(ProjectionMethod method) {
    switch (method) {
    case ProjectionMethod::Recorded:
        return projectionText("Recorded");
    case ProjectionMethod::Pca:
        return projectionText("PCA");
    case ProjectionMethod::Tsne:
        return projectionText("t-SNE");
    case ProjectionMethod::Umap:
        return projectionText("UMAP");
    }
    return {};
}

QString recordedTitle(const QString& method) {
    if (method == QLatin1String("tsne"))
        return projectionTitle(ProjectionMethod::Tsne);
    if (method == QLatin1String("umap"))
        return projectionTitle(ProjectionMethod::Umap);
    if (method == QLatin1String("pca"))
        return projectionTitle(ProjectionMethod::Pca);
    return projectionText("Layout");
}

QString projectionWords(const ProjectionChoice& choice) {
    const QLocale locale;
    switch (choice.method) {
    case ProjectionMethod::Recorded:
        return projectionText("as the run made it");
    case ProjectionMethod::Pca:
        return choice.basis == ProjectionBasis::Last
                   ? projectionText("axes fixed to the last snapshot")
                   : projectionText("axes fixed to the first snapshot");
    case ProjectionMethod::Tsne:
        return projectionText("perplexity %1, %2 iterations, seed %3")
            .arg(locale.toString(choice.perplexity), locale.toString(choice.iterations),
                 locale.toString(static_cast<qulonglong>(choice.seed)));
    case ProjectionMethod::Umap:
        return projectionText("%1 neighbors, distance %2, seed %3")
            .arg(locale.toString(choice.neighbors), locale.toString(choice.minDistance),
                 locale.toString(static_cast<qulonglong>(choice.seed)));
    }
    return {};
}

ProjectedFilm project(const ProjectionChoice& choice,
                      const std::vector<std::shared_ptr<const Snapshot>>& snapshots,
                      const JobToken& token, const ProjectionObserver& observer) {
    if (snapshots.empty())
        throw engine::Error("There is no snapshot to project yet.");
    if (choice.method == ProjectionMethod::Pca)
        return projectPca(choice, snapshots, token);
    ProjectedFilm film;
    film.choice = choice;
    film.dimension = choice.dimension;
    film.cost = NAN;
    // From the basis on, each snapshot starts where its neighbor in time ended.
    std::vector<std::size_t> order(snapshots.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = choice.basis == ProjectionBasis::First ? i : order.size() - 1 - i;
    film.keys.resize(snapshots.size());
    film.places.resize(snapshots.size());
    ProjectionProgress progress;
    progress.snapshots = static_cast<int>(snapshots.size());
    const double full = choice.method == ProjectionMethod::Tsne ? choice.iterations
                        : choice.epochs > 0                     ? choice.epochs
                        : snapshots.front()->count <= 10'000    ? 500
                                                                : 200;
    const double follow = std::min<double>(full, kFollowIterations);
    const double all = full + follow * static_cast<double>(snapshots.size() - 1);
    std::vector<float> before;
    QElapsedTimer since;
    since.start();
    for (std::size_t step = 0; step < order.size(); ++step) {
        const Snapshot& snapshot = *snapshots[order[step]];
        const Rows own = rows(snapshot, choice.subset);
        const double done = step == 0 ? 0 : full + follow * static_cast<double>(step - 1);
        progress.snapshot = static_cast<int>(step);
        const engine::LayoutObserver watch = [&](const engine::LayoutProgress& at) {
            if (token.isCancelled())
                return false;
            progress.iteration = at.iteration;
            progress.total = at.total;
            progress.cost = at.cost;
            progress.share = std::clamp((done + static_cast<double>(at.iteration)) / all, 0.0, 1.0);
            std::vector<float> places;
            // Only the first one moves far; its followers would flicker between the snapshots.
            if (step == 0 && !at.layout.empty() && since.elapsed() >= kPreviewEveryMs) {
                since.restart();
                places = spreadOut(at.layout, choice.subset, snapshot.count, choice.dimension);
            }
            return !observer || observer(progress, snapshot.key, places);
        };
        engine::Layout layout = layOut(choice, own.view(), before, watch);
        addNotes(film.notes, layout.notes);
        if (layout.cancelled || layout.values.empty()) {
            film.isCancelled = true;
            return film;
        }
        if (step == 0)
            film.cost = layout.cost;
        else
            layout.values =
                engine::aligned({layout.values, own.count, choice.dimension},
                                engine::procrustesFit({layout.values, own.count, choice.dimension},
                                                      {before, own.count, choice.dimension}));
        before = layout.values;
        film.keys[order[step]] = snapshot.key;
        film.places[order[step]] =
            spreadOut(layout.values, choice.subset, snapshot.count, choice.dimension);
    }
    measureExtent(film);
    return film;
}

} // namespace inlay::widgets

// The projection of a run: what is wanted, computed and shown.

#include <algorithm>
#include <limits>
#include <utility>

#include <QElapsedTimer>
#include <QTimer>

#include "widgets/views/embeddings/embedding_model_private.h"

namespace inlay::widgets {

using namespace embedding_jobs;

namespace {

constexpr int kProgressEveryMs = 60;
constexpr std::size_t kKeptProjections = 6;

} // namespace

void EmbeddingModel::choose(const ProjectionChoice& choice) {
    if (choice == choice_ && projected_ && projected_->choice == choice)
        return;
    choice_ = choice;
    if (!film_)
        return;
    if (choice.method == ProjectionMethod::Recorded) {
        showRecorded();
        return;
    }
    if (choice.method == ProjectionMethod::Pca) {
        computePca();
        return;
    }
    for (const auto& film : computed_)
        if (film->choice == choice) {
            showProjected(film);
            return;
        }
    // The old picture stays until the new one is computed.
    emit projectionChanged();
}

bool EmbeddingModel::needsStart() const {
    return (choice_.method == ProjectionMethod::Tsne || choice_.method == ProjectionMethod::Umap) &&
           !isProjecting() &&
           (!projected_ || !(projected_->choice == choice_) || newerSnapshots() > 0);
}

int EmbeddingModel::newerSnapshots() const {
    if (!projected_ || !projected_->choice.allSnapshots || !hasVectors() ||
        projected_->choice.method == ProjectionMethod::Recorded)
        return 0;
    return std::max(0, static_cast<int>(loaded().size()) - frames());
}

void EmbeddingModel::startProjection() {
    auto snapshots = loaded();
    if (snapshots.empty() || choice_.method == ProjectionMethod::Recorded)
        return;
    cancelProjection();
    if (!choice_.allSnapshots) {
        const auto shown = snapshot();
        snapshots = {shown ? shown : snapshots.back()};
    }
    progress_ = {};
    progress_.snapshots = static_cast<int>(snapshots.size());
    control_ = std::make_shared<Control>();
    const auto control = control_;
    auto since = std::make_shared<QElapsedTimer>();
    since->start();
    const int dimension = choice_.dimension;
    const ProjectionObserver observer = [this, control, since, dimension](
                                            const ProjectionProgress& progress, const FrameKey&,
                                            const std::vector<float>& places) {
        {
            std::unique_lock lock(control->mutex);
            control->moved.wait(lock,
                                [&] { return !control->isPaused || control->isCancelled.load(); });
        }
        if (control->isCancelled.load())
            return false;
        if (!places.empty() || since->elapsed() >= kProgressEveryMs) {
            since->restart();
            QMetaObject::invokeMethod(
                this,
                [this, control, progress, places, dimension] {
                    if (control_ != control)
                        return;
                    progress_ = progress;
                    if (!places.empty()) {
                        preview_ = places;
                        previewDimension_ = dimension;
                        emit placesChanged();
                    }
                    emit projectionProgressed();
                },
                Qt::QueuedConnection);
        }
        return true;
    };
    slow_->start(
        kProjection,
        [choice = choice_, snapshots = std::move(snapshots), observer](const JobToken& token) {
            return std::make_shared<const ProjectedFilm>(
                project(choice, snapshots, token, observer));
        },
        [this, control](std::shared_ptr<const ProjectedFilm> film) {
            if (control_ != control)
                return;
            control_.reset();
            preview_.clear();
            if (film->isCancelled) {
                emit placesChanged();
                emit projectionEnded(tr("Cancelled."));
                return;
            }
            std::erase_if(computed_, [&](const auto& one) { return one->choice == film->choice; });
            computed_.push_back(film);
            if (computed_.size() > kKeptProjections)
                computed_.erase(computed_.begin());
            if (film->choice == choice_)
                showProjected(film);
            emit projectionEnded({});
        });
    emit projectionProgressed();
}

bool EmbeddingModel::isProjectionPaused() const {
    if (!control_)
        return false;
    const std::lock_guard lock(control_->mutex);
    return control_->isPaused;
}

void EmbeddingModel::setProjectionPaused(bool paused) {
    if (!control_)
        return;
    {
        const std::lock_guard lock(control_->mutex);
        control_->isPaused = paused;
    }
    control_->moved.notify_all();
    emit projectionProgressed();
}

void EmbeddingModel::cancelProjection() {
    if (!control_)
        return;
    const auto control = std::exchange(control_, nullptr);
    {
        const std::lock_guard lock(control->mutex);
        control->isCancelled = true;
    }
    control->moved.notify_all();
    slow_->cancel(kProjection);
    preview_.clear();
    emit placesChanged();
    emit projectionEnded(tr("Cancelled."));
}

void EmbeddingModel::computePca() {
    auto snapshots = loaded();
    if (snapshots.empty())
        return;
    // While a longer one is wanted and not there, PCA stands in.
    ProjectionChoice choice = choice_;
    choice.method = ProjectionMethod::Pca;
    quick_->start(
        kPca,
        [choice, snapshots = std::move(snapshots)](const JobToken& token) {
            return std::make_shared<const ProjectedFilm>(project(choice, snapshots, token, {}));
        },
        [this](std::shared_ptr<const ProjectedFilm> film) {
            const bool standsIn =
                !projected_ || (projected_->choice.method == ProjectionMethod::Pca &&
                                choice_.method != ProjectionMethod::Recorded);
            if (film->choice == choice_ || standsIn)
                showProjected(std::move(film));
        });
}

void EmbeddingModel::showRecorded() {
    auto film = std::make_shared<ProjectedFilm>();
    film->choice = choice_;
    film->cost = std::numeric_limits<double>::quiet_NaN();
    film->dimension = film_->layoutDimension;
    for (const FrameKey& key : film_->layouts)
        if (const auto at = layouts_.find(key); at != layouts_.end() && at->second &&
                                                at->second->count == film_->count &&
                                                at->second->dimension == film_->layoutDimension) {
            film->keys.push_back(key);
            film->places.push_back(at->second->values);
        }
    if (film->keys.empty())
        return;
    if (!choice_.subset.empty())
        for (auto& places : film->places) {
            auto next = choice_.subset.begin();
            for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(film_->count); ++i)
                if (next != choice_.subset.end() && *next == i)
                    ++next;
                else
                    std::fill_n(places.begin() + static_cast<std::ptrdiff_t>(i) * film->dimension,
                                film->dimension, std::numeric_limits<float>::quiet_NaN());
        }
    measureExtent(*film);
    showProjected(std::move(film));
}

/// A film without places: its frames are those of the pairs.
void EmbeddingModel::showPairs() {
    if (projected_ && projected_->keys == film_->pairs)
        return;
    auto film = std::make_shared<ProjectedFilm>();
    film->choice = choice_;
    film->cost = std::numeric_limits<double>::quiet_NaN();
    film->keys = film_->pairs;
    film->places.resize(film->keys.size());
    showProjected(std::move(film));
}

void EmbeddingModel::showProjected(std::shared_ptr<const ProjectedFilm> film) {
    const bool followed = frame_ < 0 || frame_ + 1 == frames();
    const FrameKey before = key();
    const bool isOther = !projected_ || !(projected_->choice == film->choice);
    projected_ = std::move(film);
    if (isOther)
        preview_.clear();
    // Quality belongs to a picture: PCA's moves with every new snapshot.
    qualities_.clear();
    quick_->cancel(kQuality);
    frame_ = frames() - 1;
    if (!followed)
        for (int i = 0; i < frames(); ++i)
            if (projected_->keys[static_cast<std::size_t>(i)].step <= before.step)
                frame_ = i;
    emit projectionChanged();
    emit placesChanged();
    soon_->start();
}

} // namespace inlay::widgets

#include "widgets/views/embeddings/embedding_model.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include <QElapsedTimer>
#include <QSignalBlocker>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/runs/store_client.h"

namespace inlay::widgets {
namespace {

constexpr int kDetailsAfterMs = 80;
constexpr int kProgressEveryMs = 60;
constexpr std::size_t kKeptProjections = 6;
/// Frames read with one question, so that the store's thread stays free for others.
constexpr std::size_t kFramesAtOnce = 4;

const QString kPca = QStringLiteral("pca");
const QString kNear = QStringLiteral("neighborhood");
const QString kQuality = QStringLiteral("quality");
const QString kProjection = QStringLiteral("projection");

} // namespace

/// Between the window and a running projection.
struct EmbeddingModel::Control {
    std::mutex mutex;
    std::condition_variable moved;
    bool isPaused = false;
    std::atomic<bool> isCancelled{false};
};

EmbeddingModel::EmbeddingModel(StoreClient& store, QObject* parent)
    : QObject(parent)
    , store_(store)
    , soon_(new QTimer(this))
    , quick_(std::make_unique<JobThread>())
    , slow_(std::make_unique<JobThread>()) {
    soon_->setSingleShot(true);
    soon_->setInterval(kDetailsAfterMs);
    connect(soon_, &QTimer::timeout, this, &EmbeddingModel::askDetails);
    connect(quick_.get(), &JobThread::failed, this,
            [this](const QString&, const QString& sentence) { emit failed(sentence); });
    connect(slow_.get(), &JobThread::failed, this, [this](const QString&, const QString& sentence) {
        control_.reset();
        preview_.clear();
        emit placesChanged();
        emit projectionEnded(sentence);
    });
}

EmbeddingModel::~EmbeddingModel() {
    const QSignalBlocker quiet(this);
    cancelProjection();
}

void EmbeddingModel::setRun(engine::RunId run) {
    if (run == run_)
        return;
    cancelProjection();
    for (const QString& job : {kPca, kNear, kQuality})
        quick_->cancel(job);
    ++generation_;
    run_ = run;
    film_.reset();
    isAsking_ = askAgain_ = isReading_ = false;
    snapshots_.clear();
    layouts_.clear();
    choice_ = {};
    projected_.reset();
    computed_.clear();
    frame_ = -1;
    preview_.clear();
    neighborhoods_.clear();
    extras_.clear();
    qualities_.clear();
    emit filmChanged();
    emit projectionChanged();
    emit placesChanged();
    emit detailsChanged();
    if (run_ != 0)
        askFilm();
}

void EmbeddingModel::refresh() {
    if (run_ != 0)
        askFilm();
}

// One request at a time; what changed meanwhile is read after it.
void EmbeddingModel::askFilm() {
    if (isAsking_) {
        askAgain_ = true;
        return;
    }
    isAsking_ = true;
    const auto generation = generation_;
    store_.ask(
        this,
        [run = run_, before = film_](engine::RunStore& store) {
            return readEmbeddingFilm(store, run, before.get());
        },
        [this, generation](std::shared_ptr<const EmbeddingFilm> film) {
            if (generation != generation_)
                return;
            isAsking_ = false;
            const bool isFirst = !film_;
            film_ = std::move(film);
            if (isFirst && hasRecorded())
                choice_.method = ProjectionMethod::Recorded;
            emit filmChanged();
            if (hasPairsOnly())
                showPairs();
            readNext();
            if (std::exchange(askAgain_, false))
                askFilm();
        },
        [this, generation](const QString&) {
            if (generation == generation_)
                isAsking_ = false;
        });
}

/// Reads frames that are not here yet, the newest first: the picture is there with the first one.
void EmbeddingModel::readNext() {
    if (isReading_ || !film_)
        return;
    std::vector<FrameKey> vectors;
    std::vector<FrameKey> layouts;
    const auto collect = [](const std::vector<FrameKey>& all, const auto& here,
                            std::vector<FrameKey>& into) {
        for (auto key = all.rbegin(); key != all.rend(); ++key)
            if (!here.contains(*key) && into.size() < kFramesAtOnce)
                into.push_back(*key);
    };
    collect(film_->layouts, layouts_, layouts);
    if (layouts.empty() || snapshots_.empty())
        collect(film_->snapshots, snapshots_, vectors);
    if (snapshots_.empty() && vectors.size() > 1)
        vectors.resize(1);
    if (vectors.empty() && layouts.empty())
        return;
    isReading_ = true;
    using Frames = std::vector<std::pair<FrameKey, std::shared_ptr<const Snapshot>>>;
    struct Answer {
        Frames vectors;
        Frames layouts;
    };
    const auto generation = generation_;
    store_.ask(
        this,
        [run = run_, vectors, layouts](engine::RunStore& store) {
            Answer answer;
            for (const FrameKey& key : vectors)
                answer.vectors.emplace_back(key, readSnapshot(store, run, "embedding", key));
            for (const FrameKey& key : layouts)
                answer.layouts.emplace_back(key, readSnapshot(store, run, "layout", key));
            return answer;
        },
        [this, generation](Answer answer) {
            if (generation != generation_)
                return;
            isReading_ = false;
            for (auto& [key, frame] : answer.vectors)
                snapshots_[key] = std::move(frame);
            for (auto& [key, frame] : answer.layouts)
                layouts_[key] = std::move(frame);
            if (choice_.method == ProjectionMethod::Recorded)
                showRecorded();
            else if (!answer.vectors.empty() &&
                     (choice_.method == ProjectionMethod::Pca || !projected_ ||
                      projected_->choice.method == ProjectionMethod::Pca))
                computePca();
            soon_->start();
            readNext();
        },
        [this, generation](const QString&) {
            if (generation == generation_)
                isReading_ = false;
        });
}

std::vector<std::shared_ptr<const Snapshot>> EmbeddingModel::loaded() const {
    std::vector<std::shared_ptr<const Snapshot>> all;
    if (!film_)
        return all;
    for (const FrameKey& key : film_->snapshots)
        if (const auto at = snapshots_.find(key); at != snapshots_.end() && at->second)
            // A snapshot of another network cannot be laid over the others.
            if (at->second->count == film_->count && at->second->dimension == film_->dimension)
                all.push_back(at->second);
    return all;
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

void EmbeddingModel::show(int frame) {
    frame = std::clamp(frame, -1, frames() - 1);
    if (frame == frame_)
        return;
    frame_ = frame;
    emit placesChanged();
    emit detailsChanged();
    soon_->start();
}

FrameKey EmbeddingModel::key() const {
    return frame_ >= 0 && frame_ < frames() ? projected_->keys[static_cast<std::size_t>(frame_)]
                                            : FrameKey{};
}

const std::vector<float>& EmbeddingModel::places() const {
    static const std::vector<float> none;
    if (!preview_.empty())
        return preview_;
    return frame_ >= 0 && frame_ < frames() ? projected_->places[static_cast<std::size_t>(frame_)]
                                            : none;
}

int EmbeddingModel::dimension() const {
    return !preview_.empty() ? previewDimension_ : projected_ ? projected_->dimension : 2;
}

/// The snapshot behind a frame: that of its step, or the newest before it.
std::optional<FrameKey> EmbeddingModel::snapshotKey() const {
    if (!film_ || film_->snapshots.empty())
        return std::nullopt;
    const FrameKey at = key();
    FrameKey found = film_->snapshots.front();
    for (const FrameKey& one : film_->snapshots)
        if (one.step <= at.step)
            found = one;
    return found;
}

std::shared_ptr<const Snapshot> EmbeddingModel::snapshot() const {
    const auto wanted = snapshotKey();
    const auto at = wanted ? snapshots_.find(*wanted) : snapshots_.end();
    return at == snapshots_.end() ? nullptr : at->second;
}

const Neighborhood* EmbeddingModel::neighborhood() const {
    const auto wanted = snapshotKey();
    const auto at = wanted ? neighborhoods_.find(*wanted) : neighborhoods_.end();
    return at == neighborhoods_.end() ? nullptr : &at->second;
}

void EmbeddingModel::askNeighborsOf(std::int64_t point) {
    const auto points = snapshot();
    if (!points || points->count <= kMostUnasked || point < 0 || point >= points->count)
        return;
    const auto known = neighborhoods_.find(points->key);
    if (known != neighborhoods_.end() && !known->second.neighborsOf(point).empty())
        return;
    quick_->start(
        kNear,
        [points, point](const JobToken& token) { return findNeighborsOf(point, *points, token); },
        [this, generation = generation_](Neighborhood found) {
            if (generation != generation_ || !found.isComplete)
                return;
            const FrameKey at = found.key;
            neighborhoods_[at] = std::move(found);
            emit detailsChanged();
        });
}

const SnapshotExtras* EmbeddingModel::extras() const {
    const auto at = extras_.find(key());
    return at == extras_.end() ? nullptr : &at->second;
}

const engine::ProjectionQuality* EmbeddingModel::quality() const {
    const auto at = qualities_.find(key());
    return at == qualities_.end() || !preview_.empty() ? nullptr : &at->second;
}

bool EmbeddingModel::isJudging() const {
    return !isPreview() && (quick_->isBusy(kQuality) || soon_->isActive());
}

const PairDistances* EmbeddingModel::distances(const FrameKey& key) const {
    if (!film_)
        return nullptr;
    const PairDistances* found = nullptr;
    for (const auto& [at, one] : film_->distances)
        if (found == nullptr || at.step <= key.step)
            found = &one;
    return found;
}

const std::vector<std::int32_t>& EmbeddingModel::predicted() const {
    static const std::vector<std::int32_t> none;
    if (const SnapshotExtras* recorded = extras(); recorded && !recorded->predicted.empty())
        return recorded->predicted;
    const Neighborhood* near = neighborhood();
    return near ? near->predicted : none;
}

/// What the panels show of a frame, once one has stopped moving.
void EmbeddingModel::askDetails() {
    if (!film_ || frame_ < 0)
        return;
    const auto generation = generation_;
    if (!extras_.contains(key()))
        store_.ask(
            this,
            [run = run_, at = key(), count = film_->count](engine::RunStore& store) {
                return readExtras(store, run, at, count);
            },
            [this, generation, at = key()](SnapshotExtras extras) {
                if (generation != generation_)
                    return;
                extras_[at] = std::move(extras);
                emit detailsChanged();
            });
    const auto points = snapshot();
    if (!points || points->count != film_->count)
        return;
    if (!neighborhoods_.contains(points->key) && points->count <= kMostUnasked)
        quick_->start(
            kNear,
            [points, film = film_](const JobToken& token) {
                return findNeighborhood(*points, film->labels, token);
            },
            [this, generation](Neighborhood found) {
                if (generation != generation_ || !found.isComplete)
                    return;
                const FrameKey at = found.key;
                neighborhoods_[at] = std::move(found);
                emit detailsChanged();
            });
    if (!qualities_.contains(key()) && preview_.empty())
        quick_->start(
            kQuality,
            [points, places = places(), dimension = dimension()](const JobToken& token) {
                return judge(*points, places, dimension, token);
            },
            [this, generation, at = key(),
             of = projected_](const std::optional<engine::ProjectionQuality>& quality) {
                if (generation != generation_ || of != projected_)
                    return;
                if (quality)
                    qualities_[at] = *quality;
                emit detailsChanged();
            });
    emit detailsChanged();
}

} // namespace inlay::widgets

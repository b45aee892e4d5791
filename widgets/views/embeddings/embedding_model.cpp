#include "widgets/views/embeddings/embedding_model_private.h"

#include <algorithm>

#include <QSignalBlocker>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/runs/store_client.h"

namespace inlay::widgets {

using namespace embedding_jobs;

namespace {

constexpr int kDetailsAfterMs = 80;
/// Frames read with one question, so that the store's thread stays free for others.
constexpr std::size_t kFramesAtOnce = 4;

} // namespace

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

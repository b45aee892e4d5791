#include "widgets/runs/run_watcher.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <QMetaObject>

#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"
#include "widgets/runs/store_client.h"

namespace inlay::widgets {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
// Looking whether a runner's process still lives reads /proc.
constexpr std::int64_t kLookForLostMs = 1000;
// Columns and records are shared, but a changed column is copied while the window holds the last
// snapshot, so a list of thousands of runs is brought up to date less often.
constexpr std::size_t kManyRuns = 2000;
constexpr std::int64_t kManyRunsMs = 500;

struct Wish {
    std::uint64_t generation = 0;
    std::vector<engine::RunId> runs;
    std::function<bool(const std::string& name)> wanted;
};

struct Followed {
    engine::RunId run = 0;
    QString name;
    QString unit;
};

} // namespace

struct RunWatcher::Private {
    RunWatcher* owner = nullptr;
    StoreClient* client = nullptr;
    std::string path;
    std::shared_ptr<const engine::RunTable> current = std::make_shared<engine::RunTable>();

    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    bool poked = false;
    Wish wish;
    /// Written on the GUI thread; answers to an older wish are dropped there.
    std::uint64_t generation = 0;
    /// A batch waits for the GUI thread: no further one is read meanwhile.
    std::atomic<bool> batchOnItsWay = false;
    std::atomic<bool> snapshotOnItsWay = false;

    // Of the watching thread only.
    std::optional<engine::RunStore> store;
    engine::RunTable table;
    std::int64_t dataVersion = -1;
    bool tableIsDue = false;
    bool seriesAreDue = false;
    std::int64_t lastTableMs = 0;
    std::int64_t lastLostMs = 0;
    QString trouble;
    std::uint64_t followedGeneration = 0;
    std::vector<engine::SeriesCursor> cursors;
    std::map<engine::SeriesId, Followed> followed;

    std::thread thread;

    void loop();
    void look();
    void readTable();
    void readSeries(const Wish& wanted);
    void lookForLost();
    void report(const QString& sentence);
};

void RunWatcher::Private::report(const QString& sentence) {
    if (sentence == trouble)
        return;
    trouble = sentence;
    QMetaObject::invokeMethod(
        owner, [this, sentence] { emit owner->troubled(sentence); }, Qt::QueuedConnection);
}

void RunWatcher::Private::loop() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        lock.unlock();
        try {
            look();
            report({});
        } catch (const engine::StoreError& error) {
            // Until the writing side has made or migrated the file there is nothing to read, and it
            // reports what keeps it from that.
            store.reset();
            const bool waits = error.fault() == engine::StoreFault::Missing ||
                               error.fault() == engine::StoreFault::Older ||
                               error.fault() == engine::StoreFault::NotAStore;
            if (!waits)
                report(QString::fromUtf8(error.what()));
        } catch (const std::exception& error) {
            store.reset();
            report(QString::fromUtf8(error.what()));
        }
        lock.lock();
        changed.wait_for(lock, kTick, [this] { return stopping || poked; });
        poked = false;
    }
}

void RunWatcher::Private::look() {
    if (!store) {
        store = engine::RunStore::open(path, engine::OpenMode::ReadOnly);
        dataVersion = -1;
        followedGeneration = 0;
    }
    Wish wanted;
    {
        const std::lock_guard lock(mutex);
        wanted = wish;
    }
    const std::int64_t version = store->dataVersion();
    if (version != dataVersion) {
        dataVersion = version;
        tableIsDue = true;
        seriesAreDue = true;
    }
    if (wanted.generation != followedGeneration)
        seriesAreDue = true;
    if (tableIsDue)
        readTable();
    if (seriesAreDue)
        readSeries(wanted);
    lookForLost();
}

void RunWatcher::Private::readTable() {
    const std::int64_t now = engine::wallMilliseconds();
    const bool many = table.rowCount() > kManyRuns;
    if (snapshotOnItsWay || (many && now - lastTableMs < kManyRunsMs))
        return;
    lastTableMs = now;
    tableIsDue = false;
    if (!table.refresh(*store))
        return;
    snapshotOnItsWay = true;
    auto snapshot = std::make_shared<const engine::RunTable>(table);
    QMetaObject::invokeMethod(
        owner,
        [this, snapshot] {
            snapshotOnItsWay = false;
            current = snapshot;
            emit owner->runsChanged();
        },
        Qt::QueuedConnection);
}

void RunWatcher::Private::readSeries(const Wish& wanted) {
    if (batchOnItsWay)
        return;
    seriesAreDue = false;
    if (wanted.generation != followedGeneration) {
        followedGeneration = wanted.generation;
        cursors.clear();
        followed.clear();
    }
    if (wanted.runs.empty())
        return;
    engine::SeriesReader reader(*store);
    for (const engine::RunId run : wanted.runs) {
        for (const engine::SeriesInfo& info : reader.list(run)) {
            if (followed.count(info.id) != 0 || !wanted.wanted(info.name))
                continue;
            followed[info.id] = {run, QString::fromStdString(info.name),
                                 QString::fromStdString(info.unit)};
            cursors.push_back({info.id, 0, 0, 0});
        }
    }
    std::vector<SeriesNews> news;
    for (engine::SeriesUpdate& update : reader.poll(cursors)) {
        const Followed& about = followed.at(update.series);
        news.push_back({about.run, about.name, about.unit, std::move(update)});
    }
    if (news.empty())
        return;
    batchOnItsWay = true;
    QMetaObject::invokeMethod(
        owner,
        [this, generation = wanted.generation, news = std::move(news)] {
            batchOnItsWay = false;
            if (generation == this->generation)
                emit owner->seriesArrived(news);
        },
        Qt::QueuedConnection);
}

void RunWatcher::Private::lookForLost() {
    const std::int64_t now = engine::wallMilliseconds();
    if (now - lastLostMs < kLookForLostMs)
        return;
    lastLostMs = now;
    for (std::size_t i = 0; i < table.rowCount(); ++i) {
        const engine::RunRecord& run = table.row(i);
        if (engine::hasEnded(run.status) || !engine::isLost(run, now))
            continue;
        QMetaObject::invokeMethod(
            owner, [this] { client->tell([](engine::RunStore& s) { s.markLostRuns(); }); },
            Qt::QueuedConnection);
        return;
    }
}

RunWatcher::RunWatcher(StoreClient& store, QObject* parent)
    : QObject(parent)
    , d_(std::make_unique<Private>()) {
    d_->owner = this;
    d_->client = &store;
    d_->path = store.path().toStdString();
    d_->thread = std::thread([d = d_.get()] { d->loop(); });
}

RunWatcher::~RunWatcher() {
    {
        const std::lock_guard lock(d_->mutex);
        d_->stopping = true;
    }
    d_->changed.notify_all();
    d_->thread.join();
}

std::shared_ptr<const engine::RunTable> RunWatcher::runs() const {
    return d_->current;
}

void RunWatcher::watchSeries(std::vector<engine::RunId> runs,
                             std::function<bool(const std::string& name)> wanted) {
    {
        const std::lock_guard lock(d_->mutex);
        d_->wish = {++d_->generation, std::move(runs), std::move(wanted)};
        d_->poked = true;
    }
    d_->changed.notify_all();
}

void RunWatcher::poke() {
    {
        const std::lock_guard lock(d_->mutex);
        d_->poked = true;
    }
    d_->changed.notify_all();
}

} // namespace inlay::widgets

#include "widgets/runs/store_client.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <QMetaObject>

#include "engine/store/run_store.h"

namespace inlay::widgets {
namespace {

constexpr auto kRetryOpening = std::chrono::seconds(2);

struct Task {
    std::function<void(engine::RunStore&)> work;
    QPointer<QObject> context;
    bool hasContext = false;
    std::function<void()> done;
    std::function<void(const QString&)> refused;
};

QString advice(engine::StoreFault fault) {
    using Fault = engine::StoreFault;
    switch (fault) {
    case Fault::NotAStore:
        return StoreClient::tr("Choose another file with File, Open.");
    case Fault::Locked:
        return StoreClient::tr(
            "Close the program that holds it; the window tries again by itself.");
    case Fault::Older:
        return StoreClient::tr("Make the file writable, so that it can be brought up to date.");
    case Fault::ReadOnly:
        return StoreClient::tr("Make the file and its folder writable, or open a copy.");
    case Fault::DiskFull:
        return StoreClient::tr("Make room on the disk; nothing stored is lost.");
    case Fault::Damaged:
        return StoreClient::tr("Keep a copy of the file, then open another store.");
    case Fault::Missing:
    case Fault::Newer:
    case Fault::NotFound:
    case Fault::Other:
        break;
    }
    return {};
}

QString sentenceOf(const std::exception& error) {
    const QString text = QString::fromUtf8(error.what());
    if (const auto* store = dynamic_cast<const engine::StoreError*>(&error)) {
        const QString more = advice(store->fault());
        if (!more.isEmpty())
            return text + QLatin1Char(' ') + more;
    }
    return text;
}

} // namespace

struct StoreClient::Private {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Task> tasks;
    bool stopping = false;
    std::optional<engine::RunStore> store;
    QString trouble;
    std::atomic<int> unanswered = 0;
    std::thread thread;
};

StoreClient::StoreClient(QString path, QObject* parent)
    : QObject(parent)
    , path_(std::move(path))
    , d_(std::make_unique<Private>()) {
    const auto tell = [this](auto signal) {
        QMetaObject::invokeMethod(this, signal, Qt::QueuedConnection);
    };
    const auto open = [this, tell] {
        const std::string file = path_.toStdString();
        try {
            try {
                d_->store = engine::RunStore::open(file, engine::OpenMode::Create);
            } catch (const engine::StoreError& error) {
                if (error.fault() != engine::StoreFault::Newer &&
                    error.fault() != engine::StoreFault::ReadOnly)
                    throw;
                d_->store = engine::RunStore::open(file, engine::OpenMode::ReadOnly);
            }
            d_->trouble.clear();
            tell([this, notice = QString::fromStdString(d_->store->notice())] {
                emit opened(notice);
            });
        } catch (const std::exception& error) {
            const QString sentence = sentenceOf(error);
            if (sentence != d_->trouble)
                tell([this, sentence] { emit unavailable(sentence); });
            d_->trouble = sentence;
        }
    };
    const auto perform = [this, tell](Task task) {
        const auto alive = [context = task.context, needed = task.hasContext] {
            return !needed || context;
        };
        QString sentence = d_->trouble;
        try {
            if (d_->store) {
                task.work(*d_->store);
                tell([this, done = std::move(task.done), alive] {
                    if (done && alive())
                        done();
                    --d_->unanswered;
                });
                return;
            }
        } catch (const std::exception& error) {
            sentence = sentenceOf(error);
        }
        tell([this, sentence, refused = std::move(task.refused), alive] {
            emit failed(sentence);
            if (refused && alive())
                refused(sentence);
            --d_->unanswered;
        });
    };
    d_->thread = std::thread([this, open, perform] {
        open();
        std::unique_lock lock(d_->mutex);
        while (true) {
            const auto ready = [this] {
                return d_->stopping || !d_->tasks.empty();
            };
            if (d_->store)
                d_->changed.wait(lock, ready);
            else
                d_->changed.wait_for(lock, kRetryOpening, ready);
            if (d_->tasks.empty() && d_->stopping)
                return;
            std::optional<Task> task;
            if (!d_->tasks.empty()) {
                task = std::move(d_->tasks.front());
                d_->tasks.pop_front();
            }
            // What was only asked for has nobody left to answer.
            if (task && d_->stopping && task->done)
                continue;
            const bool mayOpen = !d_->stopping;
            lock.unlock();
            if (!d_->store && mayOpen)
                open();
            if (task)
                perform(std::move(*task));
            lock.lock();
        }
    });
}

StoreClient::~StoreClient() {
    {
        const std::lock_guard lock(d_->mutex);
        d_->stopping = true;
    }
    d_->changed.notify_all();
    d_->thread.join();
}

bool StoreClient::isBusy() const {
    return d_->unanswered > 0;
}

void StoreClient::tell(std::function<void(engine::RunStore&)> work) {
    post(std::move(work), nullptr, {}, {});
}

void StoreClient::post(std::function<void(engine::RunStore&)> work, QObject* context,
                       std::function<void()> done, std::function<void(const QString&)> refused) {
    ++d_->unanswered;
    {
        const std::lock_guard lock(d_->mutex);
        d_->tasks.push_back(
            {std::move(work), context, context != nullptr, std::move(done), std::move(refused)});
    }
    d_->changed.notify_all();
}

} // namespace inlay::widgets

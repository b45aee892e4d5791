#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include <QObject>
#include <QPointer>
#include <QString>

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// The window's way to the store: one connection on one worker thread, so that the GUI thread
/// never waits for SQLite. Work is done in the order it was asked for.
class StoreClient : public QObject {
    Q_OBJECT

public:
    /// Opens (and makes, if there is none) the store at `path` on the worker thread; a failure
    /// arrives as failed().
    explicit StoreClient(QString path, QObject* parent = nullptr);
    ~StoreClient() override;

    const QString& path() const { return path_; }

    /// Runs `work(RunStore&)` on the worker thread and `done(result)` on the GUI thread, unless
    /// `context` has gone by then. An exception of `work` becomes failed(sentence); `done` is then
    /// not called.
    template <class Work, class Done>
    void ask(QObject* context, Work work, Done done) {
        ask(context, std::move(work), std::move(done), std::function<void(const QString&)>());
    }
    /// The same; a failure also calls `refused(sentence)` on the GUI thread.
    template <class Work, class Done>
    void ask(QObject* context, Work work, Done done,
             std::function<void(const QString& sentence)> refused) {
        using Result = std::invoke_result_t<Work, engine::RunStore&>;
        auto result = std::make_shared<std::conditional_t<std::is_void_v<Result>, int, Result>>();
        post(
            [work = std::move(work), result](engine::RunStore& store) mutable {
                if constexpr (std::is_void_v<Result>)
                    work(store);
                else
                    *result = work(store);
            },
            context,
            [done = std::move(done), result]() mutable {
                if constexpr (std::is_void_v<Result>)
                    done();
                else
                    done(std::move(*result));
            },
            std::move(refused));
    }
    /// The same without an answer: for writes. Those asked for before the client goes are done.
    void tell(std::function<void(engine::RunStore&)> work);
    /// Something was asked for whose answer has not arrived yet.
    bool isBusy() const;

signals:
    /// The store can be used; after unavailable() too, once a later attempt succeeds. `notice` is
    /// a sentence about the store (newer version, network file system) or empty.
    void opened(const QString& notice);
    /// The store cannot be opened: what is wrong and what to do. Tried again every two seconds.
    void unavailable(const QString& sentence);
    /// One piece of work failed. A sentence for the status bar or a banner.
    void failed(const QString& sentence);

private:
    void post(std::function<void(engine::RunStore&)> work, QObject* context,
              std::function<void()> done, std::function<void(const QString&)> refused);

    QString path_;
    struct Private;
    std::unique_ptr<Private> d_;
};

} // namespace inlay::widgets

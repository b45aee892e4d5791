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
            });
    }
    /// The same without an answer: for writes.
    void tell(std::function<void(engine::RunStore&)> work);

signals:
    void opened();
    /// A sentence for the status bar or a banner.
    void failed(const QString& sentence);

private:
    void post(std::function<void(engine::RunStore&)> work, QObject* context,
              std::function<void()> done);

    QString path_;
    struct Private;
    std::unique_ptr<Private> d_;
};

} // namespace inlay::widgets

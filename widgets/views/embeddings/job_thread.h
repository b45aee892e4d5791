#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

#include <QObject>
#include <QString>

class QThreadPool;

namespace inlay::widgets {

/// Lets a job know that nobody waits for it any more.
class JobToken {
public:
    bool isCancelled() const { return cancelled_.load(std::memory_order_relaxed); }
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

private:
    std::atomic<bool> cancelled_{false};
};

/// One thread for what a view computes. Jobs run in the order they were asked for; a newer job of
/// the same name cancels an older one, whose result is then dropped. Destruction cancels all and
/// waits.
class JobThread : public QObject {
    Q_OBJECT

public:
    explicit JobThread(QObject* parent = nullptr);
    ~JobThread() override;

    /// Runs `work(token)` on the thread, then `done(result)` on the GUI thread. An exception
    /// becomes failed(name, sentence), and done is not called.
    template <class Work, class Done>
    void start(const QString& name, Work work, Done done) {
        using Result = std::invoke_result_t<Work, const JobToken&>;
        auto result = std::make_shared<Result>();
        post(
            name,
            [work = std::move(work), result](const JobToken& token) mutable {
                *result = work(token);
            },
            [done = std::move(done), result]() mutable { done(std::move(*result)); });
    }
    void cancel(const QString& name);
    bool isBusy(const QString& name) const;

signals:
    void failed(const QString& name, const QString& sentence);

private:
    void post(const QString& name, std::function<void(const JobToken&)> work,
              std::function<void()> done);

    QThreadPool* pool_;
    std::map<QString, std::shared_ptr<JobToken>> newest_;
};

} // namespace inlay::widgets

#include "widgets/views/embeddings/job_thread.h"

#include <exception>

#include <QPointer>
#include <QThreadPool>

namespace inlay::widgets {

JobThread::JobThread(QObject* parent)
    : QObject(parent)
    , pool_(new QThreadPool(this)) {
    pool_->setMaxThreadCount(1);
}

JobThread::~JobThread() {
    for (auto& [name, token] : newest_)
        token->cancel();
    pool_->clear();
    pool_->waitForDone();
}

void JobThread::cancel(const QString& name) {
    const auto at = newest_.find(name);
    if (at == newest_.end())
        return;
    at->second->cancel();
    newest_.erase(at);
}

bool JobThread::isBusy(const QString& name) const {
    return newest_.contains(name);
}

void JobThread::post(const QString& name, std::function<void(const JobToken&)> work,
                     std::function<void()> done) {
    cancel(name);
    auto token = std::make_shared<JobToken>();
    newest_[name] = token;
    pool_->start([this, name, token, work = std::move(work), done = std::move(done)] {
        QString sentence;
        if (!token->isCancelled()) {
            try {
                work(*token);
            } catch (const std::exception& error) {
                sentence = QString::fromUtf8(error.what());
                if (sentence.isEmpty())
                    sentence = tr("This could not be computed.");
            }
        }
        // The pool is waited for before this object goes, and the event dies with it.
        QMetaObject::invokeMethod(
            this,
            [this, name, token, done, sentence] {
                if (token->isCancelled())
                    return;
                newest_.erase(name);
                if (sentence.isEmpty())
                    done();
                else
                    emit failed(name, sentence);
            },
            Qt::QueuedConnection);
    });
}

} // namespace inlay::widgets

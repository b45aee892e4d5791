#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "widgets/views/embeddings/embedding_model.h"

namespace inlay::widgets {

/// Names of the model's jobs; a new one of a name replaces the old.
namespace embedding_jobs {
inline const QString kPca = QStringLiteral("pca");
inline const QString kNear = QStringLiteral("neighborhood");
inline const QString kQuality = QStringLiteral("quality");
inline const QString kProjection = QStringLiteral("projection");
} // namespace embedding_jobs

/// Between the window and a running projection.
struct EmbeddingModel::Control {
    std::mutex mutex;
    std::condition_variable moved;
    bool isPaused = false;
    std::atomic<bool> isCancelled{false};
};

} // namespace inlay::widgets

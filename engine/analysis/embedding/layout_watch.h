#pragma once

#include <utility>

#include "engine/analysis/embedding/layout.h"

namespace inlay::engine {

/// What a running layout tells its observer, again whenever it is asked whether to go on.
class LayoutWatch {
public:
    LayoutWatch(LayoutObserver observer, std::int64_t total)
        : observer_(std::move(observer)) {
        progress_.total = total;
    }

    /// The next iteration begins; `layout` must live until the one after.
    bool next(std::int64_t iteration, std::span<const float> layout, double cost) {
        progress_.iteration = iteration;
        progress_.layout = layout;
        progress_.cost = cost;
        return goOn();
    }

    bool goOn() {
        if (!cancelled_ && observer_)
            cancelled_ = !observer_(progress_);
        return !cancelled_;
    }

    bool cancelled() const { return cancelled_; }

private:
    LayoutObserver observer_;
    LayoutProgress progress_;
    bool cancelled_ = false;
};

} // namespace inlay::engine

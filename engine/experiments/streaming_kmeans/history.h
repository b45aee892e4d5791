#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/streaming_kmeans/preview.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::kmeans {

/// One moment of a run.
struct Moment {
    double points = 0; // seen so far; for batch algorithms, iterations done
    double seconds = 0;
    double cost = 0;             // of the centers of this moment on all points so far, estimated
    double estimate = 0;         // sum of the costs of the reductions so far
    double held = 0;             // points in the buffers
    std::vector<double> used;    // points in each buffer
    std::vector<double> centers; // dims wide
    std::vector<double> weights;
};

/// The film of a run: at most 64 moments, every second of which goes when there are more, as frames
/// that the view scrubs through.
///   history/state    moments x (5 + levels): points, seconds, cost, estimate, held, used …
///   history/centers  moments x k x 3: x, y, weight; NaN where there are fewer centers
///   points           sample x 4: x, y, number in the stream, nearest center (-1: not known yet)
class History {
public:
    History(RunContext& context, std::int64_t k);

    void add(const Moment& moment, const Plane& plane);
    void setPoints(const Preview& preview, const Plane& plane,
                   const std::vector<std::int32_t>& labels);
    /// Hands the frames to the recorder, at most twice a second unless `now`.
    enum class When { Soon, Now };
    void write(When when);
    bool empty() const { return states_.empty(); }

private:
    void thin();

    RunContext& context_;
    std::int64_t k_;
    std::size_t most_;
    std::size_t every_ = 1;
    std::size_t asked_ = 0;
    std::vector<std::vector<float>> states_;
    std::vector<std::vector<float>> centers_;
    std::vector<float> points_;
    double lastWrite_ = -1e9;
    std::int64_t step_ = 0;
};

} // namespace inlay::engine::kmeans

#include "engine/experiments/streaming_kmeans/history.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/base/clock.h"

namespace inlay::engine::kmeans {
namespace {

constexpr std::size_t kMostMoments = 64;
constexpr std::size_t kFrameValues = std::size_t{1} << 18; // 1 MiB of f32
constexpr double kEverySeconds = 0.5;

FrameRecord frameOf(const char* name, std::int64_t step, std::vector<std::int64_t> shape,
                    const std::vector<float>& values) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = FrameType::F32;
    frame.shape = std::move(shape);
    frame.data.resize(values.size() * sizeof(float));
    std::memcpy(frame.data.data(), values.data(), frame.data.size());
    return frame;
}

std::vector<float> joined(const std::vector<std::vector<float>>& parts) {
    std::vector<float> all;
    for (const std::vector<float>& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace

History::History(RunContext& context, std::int64_t k)
    : context_(context)
    , k_(k)
    , most_(std::clamp<std::size_t>(kFrameValues / static_cast<std::size_t>(3 * k), 1,
                                    kMostMoments)) {}

void History::add(const Moment& moment, const Plane& plane) {
    // Once moments were thinned out, new ones come as sparsely.
    if (asked_++ % every_ != 0)
        return;
    std::vector<float> state;
    for (const double value :
         {moment.points, moment.seconds, moment.cost, moment.estimate, moment.held})
        state.push_back(static_cast<float>(value));
    for (const double used : moment.used)
        state.push_back(static_cast<float>(used));
    std::vector<float> centers(static_cast<std::size_t>(3 * k_),
                               std::numeric_limits<float>::quiet_NaN());
    if (!moment.centers.empty()) {
        const std::size_t count =
            std::min<std::size_t>(moment.weights.size(), static_cast<std::size_t>(k_));
        const std::size_t dims = moment.centers.size() / moment.weights.size();
        for (std::size_t c = 0; c < count; ++c) {
            plane.project(moment.centers.data() + c * dims, centers[3 * c], centers[3 * c + 1]);
            centers[3 * c + 2] = static_cast<float>(moment.weights[c]);
        }
    }
    states_.push_back(std::move(state));
    centers_.push_back(std::move(centers));
    step_ = static_cast<std::int64_t>(moment.points);
    if (states_.size() > most_)
        thin();
}

void History::thin() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < states_.size(); i += 2) {
        if (kept != i) {
            states_[kept] = std::move(states_[i]);
            centers_[kept] = std::move(centers_[i]);
        }
        ++kept;
    }
    states_.resize(kept);
    centers_.resize(kept);
    every_ *= 2;
}

void History::setPoints(const Preview& preview, const Plane& plane,
                        const std::vector<std::int32_t>& labels) {
    points_.clear();
    for (std::int64_t i = 0; i < preview.points().count(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        float x = 0;
        float y = 0;
        plane.project(preview.points().row(i), x, y);
        points_.push_back(x);
        points_.push_back(y);
        points_.push_back(static_cast<float>(preview.arrivals()[at]));
        points_.push_back(at < labels.size() ? static_cast<float>(labels[at]) : -1.0f);
    }
}

void History::write(When when) {
    if (states_.empty())
        return;
    const double now = monotonicSeconds();
    if (when == When::Soon && now - lastWrite_ < kEverySeconds)
        return;
    lastWrite_ = now;
    RunRecorder& recorder = context_.recorder();
    const auto moments = static_cast<std::int64_t>(states_.size());
    recorder.frame(frameOf("history/state", step_,
                           {moments, static_cast<std::int64_t>(states_[0].size())},
                           joined(states_)));
    recorder.frame(frameOf("history/centers", step_, {moments, k_, 3}, joined(centers_)));
    if (!points_.empty())
        recorder.frame(
            frameOf("points", step_, {static_cast<std::int64_t>(points_.size() / 4), 4}, points_));
}

} // namespace inlay::engine::kmeans

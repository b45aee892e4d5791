// The film of a pre-training: the same images in new windows at every snapshot.

#include <algorithm>
#include <cmath>

#include "engine/experiments/spatial_contrasting/spatial_session.h"
#include "engine/runner/point_frames.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr std::int64_t kBins = 64;

} // namespace

void SpatialSession::recordKept() {
    film_->recordPoints();
    std::vector<std::int64_t> samples;
    for (const std::int64_t point : kept_)
        samples.push_back(film_->points()[static_cast<std::size_t>(point)]);
    if (config_.contrast.views == ViewSource::Augmentation)
        return; // shifted copies have no windows
    if (auto frame = point_frames::images("window_images", data_.test, samples))
        context_.recorder().frame(std::move(*frame));
}

bool SpatialSession::snapshot() {
    const auto taken = film_->take(*encoder_, state_.step);
    if (taken == point_frames::Taken::Kept) {
        recordPairs();
        state_.lastSnapshot = state_.step;
    }
    return taken != point_frames::Taken::Stopped;
}

// The same images each time, in new windows.
void SpatialSession::recordPairs() {
    const auto n = std::ssize(kept_);
    std::vector<std::int64_t> samples;
    for (const std::int64_t point : kept_)
        samples.push_back(film_->points()[static_cast<std::size_t>(point)]);
    const ContrastResult result = look_->run(
        *encoder_, samples,
        context_.stream("spatial_contrasting.kept").split(static_cast<std::uint64_t>(state_.step)),
        ContrastStep::Mode::Look);
    RunRecorder& recorder = context_.recorder();
    const std::vector<float> distances(result.distances.begin(), result.distances.end());
    recorder.frame(point_frames::floats("pair_distances", state_.step, {n, n}, distances));
    std::vector<std::int32_t> windows;
    for (std::size_t i = 0; i < result.windows.size(); ++i) {
        const WindowPair& pair = result.windows[i];
        for (const std::int64_t value :
             {kept_[i], pair.first.y, pair.first.x, pair.second.y, pair.second.x})
            windows.push_back(static_cast<std::int32_t>(value));
    }
    if (!windows.empty())
        recorder.frame(point_frames::integers("windows", state_.step, {n, 5}, windows));
    const double range = *std::max_element(result.distances.begin(), result.distances.end());
    if (!(range > 0) || !std::isfinite(range))
        return;
    std::vector<float> counts(2 * kBins, 0.0f);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            const double distance = result.distances[static_cast<std::size_t>(i * n + j)];
            const auto bin = std::min<std::int64_t>(
                kBins - 1, static_cast<std::int64_t>(distance / range * double(kBins)));
            counts[static_cast<std::size_t>((i == j ? 0 : kBins) + bin)] += 1.0f;
        }
    recorder.frame(point_frames::floats("distances", state_.step, {2, kBins}, counts));
    recorder.record("distance_range", state_.step, range);
}

} // namespace inlay::engine::spatial_contrasting

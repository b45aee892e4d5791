#include "engine/experiments/active_ranking/frames.h"

#include <cstring>

namespace inlay::engine::active_ranking {
namespace {

FrameRecord frameOf(const std::string& name, std::int64_t step, std::vector<std::int64_t> shape,
                    std::span<const std::byte> bytes) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = FrameType::I32;
    frame.shape = std::move(shape);
    frame.data.assign(bytes.begin(), bytes.end());
    return frame;
}

} // namespace

FrameRecord orderFrame(const std::string& name, std::int64_t step, std::span<const Item> order) {
    return frameOf(name, step, {static_cast<std::int64_t>(order.size())}, std::as_bytes(order));
}

FrameRecord labelsFrame(const std::string& name, std::int64_t step, std::span<const Pair> labels) {
    static_assert(sizeof(Pair) == 2 * sizeof(Item));
    return frameOf(name, step, {static_cast<std::int64_t>(labels.size()), 2},
                   std::as_bytes(labels));
}

} // namespace inlay::engine::active_ranking

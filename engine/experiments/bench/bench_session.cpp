#include "engine/experiments/bench/bench_session.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/bench/bench_row.h"
#include "engine/experiments/bench/layer_picture.h"
#include "engine/operators/make.h"
#include "engine/runner/point_frames.h"
#include "kernels/parallel.h"

namespace inlay::engine::bench {
namespace {

constexpr std::int64_t kSearchRepeats = 5;

bool isPowerOfTwo(std::int64_t n) {
    return (n & (n - 1)) == 0;
}

} // namespace

BenchSession::BenchSession(BenchConfig config, RunContext& context)
    : config_(std::move(config))
    , context_(context) {
    try {
        profile_ = loadProfile(profilePath(context.device().name(), kernels::threadCount()));
    } catch (const Error& error) {
        context.event(EventLevel::Warning, error.what());
    }
    if (!profile_)
        context.event(
            EventLevel::Info,
            "This machine was not measured with so many threads, so predicted times and "
            "shares of the roofline are left out; `inlay devices --measure` measures it.");
}

/// Times one case against dense; false when the run shall stop.
bool BenchSession::measure(const BenchCase& shape, Pass pass, std::int64_t repeats,
                           double* speedup) {
    const Device& device = context_.device();
    const RandomStream stream =
        context_.stream("bench").split(fmt::format("{}.{}", shape.in, shape.out));
    LayerTimer::Shared shared =
        LayerTimer::makeShared(device, shape.rows, shape.in, shape.out, stream);
    LayerTimer dense(DenseConfig{}, shape, device, shared, stream.split("dense"));
    LayerTimer layer(shape.layer.config, shape, device, shared, stream.split("layer"));
    dense.time(pass);
    layer.time(pass);
    PairTimes times;
    for (std::int64_t i = 0; i < repeats; ++i) {
        if (!context_.proceed())
            return false;
        times.dense.push_back(dense.time(pass));
        times.layer.push_back(layer.time(pass));
    }
    RowFacts facts;
    facts.shape = &shape;
    facts.plan = layer.layer().plan(shape.layout());
    facts.pass = pass;
    facts.device = device.name();
    facts.route = layer.layer().route();
    facts.threads = kernels::threadCount();
    facts.profile = profile_ ? &*profile_ : nullptr;
    context_.recorder().resultRow("bench", rows_++, benchRow(facts, times));
    *speedup = times.speedup();
    context_.reportMetrics();
    return true;
}

void BenchSession::recordPictures() {
    for (const BenchLayer& layer : benchLayers(config_)) {
        const LayerPicture picture =
            pictureOf(layer, context_.device(), context_.stream("bench").split("picture"));
        if (picture.values.empty())
            continue;
        RunRecorder& recorder = context_.recorder();
        recorder.frame(point_frames::floats("matrix/" + layer.label, 0,
                                            {picture.rows, picture.columns}, picture.values));
        if (picture.stages == 0)
            continue;
        const std::int64_t width = std::ssize(picture.wiring) / picture.stages;
        recorder.frame(point_frames::floats("wiring/" + layer.label, 0, {picture.stages, width},
                                            picture.wiring));
    }
}

RunOutcome BenchSession::run() {
    recordPictures();
    const std::vector<BenchCase> cases = benchCases(config_);
    std::vector<Pass> passes;
    if (config_.passes != Passes::Train)
        passes.push_back(Pass::Forward);
    if (config_.passes != Passes::Forward)
        passes.push_back(Pass::Train);
    const std::vector<BenchLayer> layers = benchLayers(config_);
    steps_ = static_cast<std::int64_t>(cases.size() * passes.size() +
                                       (config_.search ? layers.size() : 0));
    context_.progress(0, steps_);
    double best = 0;
    for (const BenchCase& shape : cases)
        for (const Pass pass : passes) {
            double speedup = 0;
            if (!measure(shape, pass,
                         pass == Pass::Forward ? config_.forwardRepeats : config_.trainRepeats,
                         &speedup))
                return {RunEnd::Stopped, {}};
            best = std::max(best, speedup);
            const bool isLargest = std::none_of(cases.begin(), cases.end(), [&](const auto& other) {
                return other.layer.label == shape.layer.label && other.in > shape.in;
            });
            if (isLargest)
                context_.recorder().metric(fmt::format("speedup/{}/{}",
                                                       pass == Pass::Forward ? "forward" : "train",
                                                       shape.layer.label),
                                           speedup);
            context_.progress(++step_, steps_);
        }
    if (config_.search)
        for (const BenchLayer& layer : layers) {
            if (!searchLayer(layer))
                return {RunEnd::Stopped, {}};
            context_.progress(++step_, steps_);
        }
    context_.recorder().metric("cells", static_cast<double>(rows_));
    context_.recorder().metric("speedup/best", best);
    return {};
}

/// The size to try after `size`: a half more, then a third more (1, 1.5, 2, 3, 4 …), or twice where
/// the family takes powers of two.
std::int64_t BenchSession::nextSearchSize(const BenchLayer& layer, std::int64_t size) const {
    if (std::holds_alternative<ButterflyConfig>(layer.config))
        return size * 2;
    return isPowerOfTwo(size) ? size * 3 / 2 : size * 4 / 3;
}

/// Goes up from a size where the layer is slower than dense to the first where it is not, then
/// halves the step in between twice.
bool BenchSession::searchLayer(const BenchLayer& layer) {
    std::map<std::int64_t, double> speedups;
    const auto at = [&](std::int64_t size, double* speedup) {
        BenchCase shape{layer, layer.rows == 0 ? size : layer.rows, size, size};
        if (!planOperator(layer.config, size, size, shape.layout()).issues.empty()) {
            *speedup = 0;
            return true;
        }
        return measure(shape, Pass::Forward, kSearchRepeats, speedup);
    };
    std::int64_t below = 0;
    std::int64_t found = 0;
    for (std::int64_t size = 64; size <= config_.searchUpTo; size = nextSearchSize(layer, size)) {
        double speedup = 0;
        if (!at(size, &speedup))
            return false;
        if (speedup >= 1) {
            found = size;
            break;
        }
        below = size;
    }
    const bool bisects = !std::holds_alternative<ButterflyConfig>(layer.config);
    for (int halving = 0; bisects && halving < 2 && found > 0 && below > 0; ++halving) {
        const std::int64_t middle = (found + below) / 2 / 8 * 8;
        if (middle <= below || middle >= found)
            break;
        double speedup = 0;
        if (!at(middle, &speedup))
            return false;
        (speedup >= 1 ? found : below) = middle;
    }
    Json row = Json::object();
    row["label"] = layer.label;
    row["family"] = familyOf(layer.config);
    row["size"] = found > 0 ? Json(found) : Json(nullptr);
    row["searched_up_to"] = config_.searchUpTo;
    context_.recorder().resultRow("break_even", step_, row);
    if (found > 0)
        context_.recorder().metric("break_even/" + layer.label, static_cast<double>(found));
    return true;
}

} // namespace inlay::engine::bench

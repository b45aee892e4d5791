#include "engine/experiments/amm/amm_session.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "engine/analysis/median.h"
#include "engine/experiments/amm/references.h"
#include "engine/operators/stl/triple_file.h"

namespace inlay::engine::amm {
namespace {

/// Points of a curve.
constexpr std::int64_t kPoints = 100;
constexpr std::int64_t kSampledBlocks = 50'000;

} // namespace

std::vector<Start> startsOf(const AmmConfig& config) {
    std::vector<Start> starts;
    if (config.theory)
        starts.push_back(Start::Theory);
    if (config.random)
        starts.push_back(Start::Random);
    if (config.alternating)
        starts.push_back(Start::Alternating);
    if (config.naive)
        starts.push_back(Start::Naive);
    if (config.polynomial)
        starts.push_back(Start::Polynomial);
    if (config.cyclic)
        starts.push_back(Start::Cyclic);
    return starts;
}

AmmSession::AmmSession(AmmConfig config, RunContext& context)
    : config_(std::move(config))
    , context_(context) {}

void AmmSession::recordReferences() {
    RunRecorder& recorder = context_.recorder();
    for (const std::int64_t rank : config_.ranks) {
        recorder.metric(fmt::format("keep_r/r{}", rank), keepError(config_.tile, rank));
        recorder.metric(fmt::format("low_rank/r{}", rank), lowRankError(config_.tile, rank));
    }
    const RandomStream stream = context_.stream("amm.references");
    recorder.metric("two_four/rows", twoFourError(false, kSampledBlocks, stream.split("rows")));
    recorder.metric("two_four/transposable",
                    twoFourError(true, kSampledBlocks, stream.split("transposable")));
    for (const auto& [name, value] : recorder.metrics()) {
        Json row = {{"name", name}, {"error", value}};
        recorder.resultRow("references", row_++, std::move(row));
    }
}

void AmmSession::recordTriple(Start start, std::int64_t rank, const StlTriple& triple) {
    // The three factors one under the other: a row a product, a column an element of a tile.
    FrameRecord frame;
    frame.name = fmt::format("triple/{}/r{}", idOf(start), rank);
    frame.type = FrameType::F32;
    frame.shape = {3, rank, config_.tile * config_.tile};
    std::vector<float> values;
    for (const std::vector<double>* factor : {&triple.x, &triple.w, &triple.y})
        values.insert(values.end(), factor->begin(), factor->end());
    frame.data.resize(values.size() * sizeof(float));
    std::memcpy(frame.data.data(), values.data(), frame.data.size());
    context_.recorder().frame(std::move(frame));
}

bool AmmSession::fit(Start start, std::int64_t rank) {
    RunRecorder& recorder = context_.recorder();
    std::vector<TripleFit> fits;
    for (std::int64_t i = 0; i < config_.replicates; ++i) {
        const RandomStream stream = context_.stream("amm")
                                        .split(idOf(start))
                                        .split(static_cast<std::uint64_t>(rank))
                                        .split(static_cast<std::uint64_t>(i));
        fits.emplace_back(start, startOf(start, config_.tile, rank, stream), config_.steps,
                          config_.learningRate);
    }
    const std::string name = fmt::format("error/{}/r{}", idOf(start), rank);
    std::int64_t last = -1;
    for (std::int64_t point = 0; point <= kPoints; ++point) {
        const std::int64_t step = config_.steps * point / kPoints;
        if (step == last)
            continue;
        std::vector<double> errors;
        for (TripleFit& one : fits) {
            if (!context_.proceed())
                return false;
            one.advanceTo(step);
            errors.push_back(one.error());
        }
        recorder.record(name + "/median", step, median(errors));
        recorder.record(name + "/best", step, *std::min_element(errors.begin(), errors.end()));
        recorder.record(name + "/worst", step, *std::max_element(errors.begin(), errors.end()));
        done_ += (step - std::max<std::int64_t>(0, last)) * config_.replicates;
        last = step;
        context_.progress(done_, total_);
        context_.reportMetrics();
    }
    std::vector<double> errors;
    for (const TripleFit& one : fits)
        errors.push_back(one.error());
    // One that diverged is worse than any other.
    const auto best =
        static_cast<std::size_t>(std::min_element(errors.begin(), errors.end(),
                                                  [](double a, double b) {
                                                      return std::isnan(b) ? !std::isnan(a) : a < b;
                                                  }) -
                                 errors.begin());
    recorder.metric(name, median(errors));
    recorder.metric(name + "/best", errors[best]);
    recorder.metric(fmt::format("max_coefficient/{}/r{}", idOf(start), rank),
                    fits[best].largestCoefficient());
    recordTriple(start, rank, fits[best].triple());
    if (std::isfinite(errors[best]) && (!best_ || errors[best] < best_->error))
        best_ = Best{start, fits[best].triple(), errors[best], fits[best].largestCoefficient()};
    return true;
}

void AmmSession::saveBest(std::int64_t rank) {
    if (!best_) {
        context_.event(EventLevel::Warning,
                       fmt::format("All fits of rank {} diverged; no triple was saved. A smaller "
                                   "learning_rate helps.",
                                   rank));
        return;
    }
    const std::string name = fmt::format("triple-t{}-r{}.safetensors", config_.tile, rank);
    context_.artifact(name, "application/octet-stream", config_.steps,
                      [this](const std::string& path) {
                          writeTriple(path, best_->triple, {idOf(best_->start), best_->error});
                      });
    context_.recorder().resultRow("triples", saved_++,
                                  {{"rank", rank},
                                   {"start", idOf(best_->start)},
                                   {"error", best_->error},
                                   {"max_coefficient", best_->largest},
                                   {"artifact", name}});
}

RunOutcome AmmSession::run() {
    const std::vector<Start> starts = startsOf(config_);
    total_ = static_cast<std::int64_t>(starts.size() * config_.ranks.size()) * config_.replicates *
             config_.steps;
    context_.progress(0, total_);
    recordReferences();
    for (const std::int64_t rank : config_.ranks) {
        best_.reset();
        for (const Start start : starts)
            if (!fit(start, rank))
                return {RunEnd::Stopped, {}};
        saveBest(rank);
    }
    return {};
}

} // namespace inlay::engine::amm

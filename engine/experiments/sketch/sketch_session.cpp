#include "engine/experiments/sketch/sketch_session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "engine/analysis/median.h"
#include "engine/base/clock.h"
#include "engine/experiments/sketch/sketched_rank.h"
#include "engine/optimizers/schedule.h"

namespace inlay::engine::sketch {
namespace {

/// Points of a curve: each is an evaluation on all test matrices.
constexpr std::int64_t kPoints = 40;
constexpr double kWarmup = 0.05;

std::string nameOf(const char* quantity, const std::string& arm, std::int64_t kept) {
    return fmt::format("{}/{}/l{}", quantity, arm, kept);
}

} // namespace

std::vector<SketchJob> jobsOf(const SketchConfig& config) {
    std::vector<SketchJob> jobs;
    for (const std::int64_t kept : config.kept) {
        if (config.butterfly)
            jobs.push_back({kept, "butterfly", 0});
        for (const std::int64_t nonzeros : config.sparse)
            jobs.push_back({kept, fmt::format("sparse{}", nonzeros), nonzeros});
    }
    return jobs;
}

SketchSession::SketchSession(SketchConfig config, RunContext& context)
    : config_(std::move(config))
    , context_(context)
    , set_(loadMatrixSet(config_.matrices))
    , jobs_(jobsOf(config_)) {
    for (const Eigen::MatrixXd& x : set_.testing) {
        const double best = bestLoss(x, config_.rank);
        bestSquared_ += best / static_cast<double>(set_.testing.size());
        bestPlain_ += std::sqrt(best) / static_cast<double>(set_.testing.size());
    }
}

SketchError SketchSession::errorOf(Sketch& sketch) const {
    SketchError error;
    for (const Eigen::MatrixXd& x : set_.testing) {
        const double loss =
            sketchedLoss(x, sketch.apply(x), config_.rank, WantGradient::No).squared;
        error.squared += loss / static_cast<double>(set_.testing.size());
        error.plain += std::sqrt(loss) / static_cast<double>(set_.testing.size());
    }
    return {error.squared - bestSquared_, error.plain - bestPlain_};
}

std::unique_ptr<Sketch> SketchSession::make(const SketchJob& job) const {
    const RandomStream stream =
        context_.stream("sketch").split(job.arm).split(static_cast<std::uint64_t>(job.kept));
    if (job.nonzeros == 0)
        return makeButterflySketch(set_.coordinates(), job.kept, config_.start, context_.device(),
                                   stream);
    return makeSparseSketch(set_.coordinates(), job.kept, job.nonzeros, context_.device(), stream);
}

RunOutcome SketchSession::run() {
    lastCheckpoint_ = monotonicSeconds();
    const std::int64_t total = base(static_cast<std::int64_t>(jobs_.size()));
    context_.progress(0, total);
    RunRecorder& recorder = context_.recorder();
    recorder.metric("best/squared", bestSquared_);
    recorder.metric("best/plain", bestPlain_);
    if (!recordRandom())
        return {RunEnd::Stopped, {}};
    if (context_.restore()) {
        const Json json = readCheckpointFile(context_.restore()->path, {});
        job_ = json.at("job").get<std::int64_t>();
        for (const Json& one : json.at("done"))
            done_.push_back({one.at(0).get<double>(), one.at(1).get<double>()});
        restored_ = true;
        for (std::size_t i = 0; i < done_.size(); ++i)
            recordSketch(jobs_[i].arm, jobs_[i].kept, make(jobs_[i])->numbers(), done_[i]);
    }
    for (; job_ < static_cast<std::int64_t>(jobs_.size()); ++job_) {
        const SketchJob& job = jobs_[static_cast<std::size_t>(job_)];
        switch (train(job)) {
        case End::Done:
            done_.push_back(last_);
            recordSketch(job.arm, job.kept, make(job)->numbers(), last_);
            break;
        case End::Stopped:
            return {RunEnd::Stopped, {}};
        case End::Diverged:
            return {RunEnd::Diverged,
                    fmt::format("{} is not finite at step {} of its training. A smaller {} may "
                                "help.",
                                nameOf("error", job.arm, job.kept), local_,
                                job.nonzeros == 0 ? "learning_rate" : "sparse_learning_rate")};
        }
    }
    context_.progress(total, total);
    return {};
}

bool SketchSession::recordRandom() {
    std::int64_t row = 0;
    for (const std::int64_t kept : config_.kept) {
        const RandomStream stream =
            context_.stream("sketch.random").split(static_cast<std::uint64_t>(kept));
        const auto measure = [&](const char* arm, const auto& draw) {
            std::vector<double> squared;
            std::vector<double> plain;
            std::int64_t numbers = 0;
            for (std::int64_t i = 0; i < config_.randomDraws; ++i) {
                if (!context_.proceed())
                    return false;
                const std::unique_ptr<Sketch> sketch =
                    draw(stream.split(arm).split(static_cast<std::uint64_t>(i)));
                const SketchError error = errorOf(*sketch);
                squared.push_back(error.squared);
                plain.push_back(error.plain);
                numbers = sketch->numbers();
            }
            recordSketch(arm, kept, numbers, {median(squared), median(plain)});
            return true;
        };
        const std::int64_t n = set_.coordinates();
        const Device& device = context_.device();
        if (!measure("random_sparse",
                     [&](const RandomStream& own) {
                         return makeSparseSketch(n, kept, 1, device, own);
                     }) ||
            !measure("random_gaussian",
                     [&](const RandomStream& own) { return makeGaussianSketch(n, kept, own); }) ||
            !measure("random_butterfly", [&](const RandomStream& own) {
                return makeButterflySketch(n, kept, ButterflyStart::Fjlt, device, own);
            }))
            return false;
        if (!recordLengths(kept, row++))
            return false;
    }
    return true;
}

/// ||J x||^2 of a unit vector under FJLTs, J scaled by sqrt(n'/l): mean 1 and variance
/// (2/l) (1 - sum x^4) (n' - l) / (n' - 1), both exact (systems/butterfly.md 2.3).
bool SketchSession::recordLengths(std::int64_t kept, std::int64_t row) {
    const RandomStream stream =
        context_.stream("sketch.lengths").split(static_cast<std::uint64_t>(kept));
    double padded = 1;
    while (padded < static_cast<double>(set_.coordinates()))
        padded *= 2;
    Eigen::MatrixXd x = set_.testing.front().col(0);
    for (std::int64_t c = 1; c < set_.columns() && x.norm() == 0; ++c)
        x = set_.testing.front().col(c);
    x /= x.norm();
    std::vector<double> lengths;
    for (std::int64_t i = 0; i < config_.lengthDraws; ++i) {
        if (!context_.proceed())
            return false;
        lengths.push_back(makeButterflySketch(set_.coordinates(), kept, ButterflyStart::Fjlt,
                                              context_.device(),
                                              stream.split(static_cast<std::uint64_t>(i)))
                              ->apply(x)
                              .squaredNorm() *
                          padded / static_cast<double>(kept));
    }
    FrameRecord frame;
    frame.name = fmt::format("lengths/l{}", kept);
    frame.type = FrameType::F32;
    frame.shape = {config_.lengthDraws};
    const std::vector<float> drawn(lengths.begin(), lengths.end());
    frame.data.resize(drawn.size() * sizeof(float));
    std::memcpy(frame.data.data(), drawn.data(), frame.data.size());
    context_.recorder().frame(std::move(frame));
    const auto count = static_cast<double>(lengths.size());
    const double mean = std::accumulate(lengths.begin(), lengths.end(), 0.0) / count;
    double variance = 0;
    for (const double length : lengths)
        variance += (length - mean) * (length - mean) / (count - 1);
    const double fourth = x.array().pow(4).sum();
    const auto l = static_cast<double>(kept);
    context_.recorder().resultRow(
        "lengths", row,
        {{"kept", kept},
         {"draws", config_.lengthDraws},
         {"mean", mean},
         {"exact_mean", 1.0},
         {"variance", variance},
         {"exact_variance", 2 / l * (1 - fourth) * (padded - l) / (padded - 1)}});
    return true;
}

void SketchSession::recordSketch(const std::string& arm, std::int64_t kept, std::int64_t numbers,
                                 const SketchError& error) {
    RunRecorder& recorder = context_.recorder();
    recorder.metric(nameOf("error", arm, kept), error.squared);
    recorder.metric(nameOf("plain_error", arm, kept), error.plain);
    recorder.resultRow("sketches", row_++,
                       {{"arm", arm},
                        {"kept", kept},
                        {"rank", config_.rank},
                        {"numbers", numbers},
                        {"error", error.squared},
                        {"plain_error", error.plain}});
}

bool SketchSession::note(const SketchJob& job, Sketch& sketch) {
    last_ = errorOf(sketch);
    if (!std::isfinite(last_.squared))
        return false;
    RunRecorder& recorder = context_.recorder();
    recorder.record(nameOf("error", job.arm, job.kept), base(job_) + local_, last_.squared);
    recorder.record(nameOf("plain_error", job.arm, job.kept), base(job_) + local_, last_.plain);
    return true;
}

std::vector<std::int64_t> SketchSession::batchOf(std::int64_t step,
                                                 const RandomStream& stream) const {
    const auto count = static_cast<std::int64_t>(set_.training.size());
    const std::int64_t size = std::min(config_.batch, count);
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::vector<std::int64_t> batch;
    std::int64_t shuffled = -1;
    for (std::int64_t at = step * size; at < (step + 1) * size; ++at) {
        if (at / count != shuffled) {
            shuffled = at / count;
            std::iota(order.begin(), order.end(), std::int64_t{0});
            RandomStream(stream.split(static_cast<std::uint64_t>(shuffled))).shuffle(order);
        }
        batch.push_back(order[static_cast<std::size_t>(at % count)]);
    }
    return batch;
}

SketchSession::End SketchSession::train(const SketchJob& job) {
    const std::unique_ptr<Sketch> sketch = make(job);
    Optimizer optimizer(AdamWConfig{.weightDecay = 0.0, .clip = 0.0}, sketch->parameters(),
                        context_.device());
    local_ = 0;
    if (restored_) {
        local_ = readCheckpointFile(context_.restore()->path, tensors(*sketch, optimizer))
                     .at("local")
                     .get<std::int64_t>();
        for (const ParameterPtr& parameter : sketch->parameters())
            ++parameter->version;
        restored_ = false;
    }
    const RandomStream order = context_.stream("sketch.order");
    const std::int64_t every = std::max<std::int64_t>(1, config_.steps / kPoints);
    const double peak = job.nonzeros == 0 ? config_.learningRate : config_.sparseLearningRate;
    for (; local_ < config_.steps; ++local_) {
        if (!context_.proceed()) {
            if (local_ > 0)
                checkpoint(*sketch, optimizer);
            return End::Stopped;
        }
        const bool noted = local_ % every == 0;
        if (noted && !note(job, *sketch))
            return End::Diverged;
        optimizer.zeroGradients();
        sketch->beginStep();
        const std::vector<std::int64_t> batch = batchOf(local_, order);
        for (const std::int64_t m : batch) {
            const Eigen::MatrixXd& x = set_.training[static_cast<std::size_t>(m)];
            const SketchedLoss loss =
                sketchedLoss(x, sketch->apply(x), config_.rank, WantGradient::Yes);
            double factor = 1.0 / static_cast<double>(batch.size());
            if (config_.norm == Norm::Plain)
                factor /= 2 * std::max(1e-12, std::sqrt(loss.squared));
            sketch->backward(x, factor * loss.gradient);
        }
        sketch->endStep();
        optimizer.step(local_,
                       scheduledRate({ScheduleKind::Cosine, kWarmup}, peak, local_, config_.steps));
        context_.progress(base(job_) + local_ + 1, base(static_cast<std::int64_t>(jobs_.size())));
        if (noted)
            context_.reportMetrics();
        if (config_.checkpointSeconds > 0 && local_ + 1 < config_.steps &&
            monotonicSeconds() - lastCheckpoint_ >= config_.checkpointSeconds) {
            ++local_;
            checkpoint(*sketch, optimizer);
            --local_;
        }
    }
    return note(job, *sketch) ? End::Done : End::Diverged;
}

std::vector<CheckpointTensor> SketchSession::tensors(Sketch& sketch, Optimizer& optimizer) const {
    std::vector<CheckpointTensor> all;
    for (const ParameterPtr& parameter : sketch.parameters())
        all.push_back({"model/" + parameter->name, &parameter->value});
    for (const StateTensor& state : optimizer.state())
        all.push_back({state.name, state.tensor});
    return all;
}

/// Covers the steps before local_, the first of which the next attempt makes.
void SketchSession::checkpoint(Sketch& sketch, Optimizer& optimizer) {
    context_.checkpoint(base(job_) + local_, [&](const std::string& path) {
        writeCheckpointFile(path, tensors(sketch, optimizer), state());
    });
    lastCheckpoint_ = monotonicSeconds();
}

Json SketchSession::state() const {
    Json done = Json::array();
    for (const SketchError& one : done_)
        done.push_back({one.squared, one.plain});
    return {{"job", job_}, {"local", local_}, {"done", std::move(done)}};
}

} // namespace inlay::engine::sketch

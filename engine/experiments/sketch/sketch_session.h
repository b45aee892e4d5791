#pragma once

#include <memory>
#include <vector>

#include "engine/experiments/sketch/sketch_config.h"
#include "engine/experiments/sketch/sketches.h"
#include "engine/optimizers/optimizer.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::sketch {

/// Mean over the test matrices, less that of the best rank-k approximations.
struct SketchError {
    double squared = 0;
    double plain = 0;
};

/// One run: random sketches of every size, then the learned ones one after the other. Series count
/// the steps of the whole run, so that a checkpoint is one step.
class SketchSession {
public:
    SketchSession(SketchConfig config, RunContext& context);

    RunOutcome run();

private:
    enum class End { Done, Stopped, Diverged };

    SketchError errorOf(Sketch& sketch) const;
    std::unique_ptr<Sketch> make(const SketchJob& job) const;
    /// Clarkson-Woodruff, Gaussian, butterfly as drawn, lengths; false when the run shall stop.
    bool recordRandom();
    /// False when it was stopped.
    bool recordLengths(std::int64_t kept, std::int64_t row);
    void recordSketch(const std::string& arm, std::int64_t kept, std::int64_t numbers,
                      const SketchError& error);
    End train(const SketchJob& job);
    bool note(const SketchJob& job, Sketch& sketch);
    void checkpoint(Sketch& sketch, Optimizer& optimizer);
    std::vector<CheckpointTensor> tensors(Sketch& sketch, Optimizer& optimizer) const;
    /// Training matrices of a step: every matrix once an epoch, in an order of its own.
    std::vector<std::int64_t> batchOf(std::int64_t step, const RandomStream& stream) const;
    std::int64_t base(std::int64_t job) const { return job * (config_.steps + 1); }
    Json state() const;

    SketchConfig config_;
    RunContext& context_;
    MatrixSet set_;
    double bestSquared_ = 0; // App, both norms
    double bestPlain_ = 0;
    std::vector<SketchJob> jobs_;
    std::int64_t job_ = 0;
    std::int64_t local_ = 0;
    std::vector<SketchError> done_; // of the jobs before
    std::int64_t row_ = 0;
    bool restored_ = false;
    double lastCheckpoint_ = 0;
    SketchError last_;
};

} // namespace inlay::engine::sketch

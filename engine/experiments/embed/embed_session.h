#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/analysis/embedding/principal_layout.h"
#include "engine/experiments/embed/embed_config.h"
#include "engine/experiments/embed/embed_source.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::embed {

/// One run: reads the points, lays them out while recording the picture, then judges it.
class EmbedSession {
public:
    EmbedSession(const EmbedConfig& config, RunContext& context);
    RunOutcome run();

private:
    void recordInput();
    void recordPoints();
    /// The state of a layout of so many numbers that a checkpoint holds; nothing without one.
    std::optional<LayoutState> restored(std::int64_t numbers) const;
    LayoutKeeper keeper();
    void standardize();
    Layout layOut();
    Layout principal(std::int64_t dimension);
    bool observe(const LayoutProgress& progress);
    void record(const Layout& layout);
    bool judge(const Layout& layout);
    bool judgeLabels(const char* prefix, PointsView points);
    void writeArtifacts(const Layout& layout);

    EmbedConfig config_;
    RunContext& context_;
    EmbedPoints points_;
    std::vector<float> reduced_;
    PointsView input_; // what is projected
    std::vector<std::int64_t> shown_;
    std::int64_t step_ = -1;
    std::optional<double> cost_; // the newest one recorded
    double stepStarted_ = 0;
    double lastFrame_ = 0;
    std::int64_t frameStep_ = -1;
    double lastCheckpoint_ = 0;
    std::int64_t checkpointStep_ = -1;
};

} // namespace inlay::engine::embed

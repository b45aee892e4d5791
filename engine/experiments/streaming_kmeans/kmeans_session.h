#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/experiments/streaming_kmeans/cluster_table.h"
#include "engine/experiments/streaming_kmeans/hierarchy.h"
#include "engine/experiments/streaming_kmeans/history.h"
#include "engine/experiments/streaming_kmeans/kmeans_config.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"
#include "engine/experiments/streaming_kmeans/preview.h"
#include "engine/experiments/streaming_kmeans/stream_pass.h"
#include "engine/experiments/streaming_kmeans/stream_reader.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::kmeans {

/// One run: a pass over the stream that finds centers, a pass that evaluates them (when the stream
/// can be read again), and the baselines. A step is a point that was read.
class KmeansSession {
public:
    KmeansSession(const KmeansConfig& config, RunContext& context);
    RunOutcome run();

private:
    /// Centers relative to the origin.
    struct Answer {
        std::vector<double> centers;
        std::vector<double> weights;
        double cost = 0; // of the weighted points that they were found on
        std::int64_t iterations = 0;
    };

    // Finding centers.
    void readStream();
    void readBatch();
    void readOnline();
    void readMiniBatch();
    Answer answerFrom(const WeightedPoints& summary, const RandomStream& random) const;
    void polishFully();

    // Reading.
    using Room = std::function<std::int64_t()>;
    using Add = std::function<void(const float* rows, std::int64_t count)>;
    void read(const Room& room, const Add& add, const std::function<void()>& moment);
    void checkCount() const;
    void warnAboutColumns();
    void applySettings();
    bool proceedAt(std::int64_t step);
    std::int64_t totalSteps() const;

    // Telling (kmeans_report.cpp).
    bool momentIsAffordable(double work);
    /// Cost on all points of the stream (so far, when their number is not known).
    double estimatedCost(const std::vector<double>& centers) const;
    void addMoment(double position, double cost, const std::vector<double>& centers);
    void recordPlan();
    bool evaluate();
    void describe(const PassResult& pass);
    void writeCenters();
    void writeLabels(PassResult& pass);
    void compare();
    double clusteringSeconds() const;

    KmeansConfig config_;
    RunContext& context_;
    RandomStream random_;
    std::unique_ptr<PointStream> stream_;
    std::optional<std::int64_t> count_; // of the stream, when known
    StreamReader reader_;
    LevelPlan plan_;
    std::unique_ptr<Hierarchy> hierarchy_;
    WeightedPoints all_; // batch algorithms and baselines
    Preview preview_;
    Plane plane_;
    History history_;
    std::optional<PlantedCost> planted_;

    Answer answer_;
    std::int64_t seen_ = 0;
    std::int64_t nextMoment_ = 0;
    double pictureWork_ = 0; // multiply-adds of moments, and of the algorithm
    double streamWork_ = 0;
    double workPerPoint_ = 0;
    double started_ = 0;
    double outside_ = 0; // seconds spent on moments, not on clustering
    double streamSeconds_ = 0;
    double lastLine_ = 0;
    bool stopped_ = false;
    std::int64_t held_ = 0;
    std::int64_t warned_ = 0; // groups that ran out of distinct points
    double skipped_ = -1;
    std::int64_t emptyMoved_ = 0;
};

} // namespace inlay::engine::kmeans

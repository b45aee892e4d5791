#include "engine/experiments/streaming_kmeans/streaming_kmeans_kind.h"

#include <unistd.h>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/streaming_kmeans/kmeans_outputs.h"
#include "engine/experiments/streaming_kmeans/kmeans_schema.h"
#include "engine/experiments/streaming_kmeans/kmeans_session.h"
#include "engine/experiments/streaming_kmeans/memory_budget.h"

namespace inlay::engine::kmeans {
namespace {

double physicalBytes() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

void checkBatchMemory(const KmeansConfig& config, std::int64_t points, std::int64_t dims,
                      std::vector<Issue>& issues) {
    if (config.algorithm != Algorithm::Lloyd && config.algorithm != Algorithm::Seeding)
        return;
    const double bytes = static_cast<double>(points) * static_cast<double>(4 * dims + 12);
    if (bytes > 0.75 * physicalBytes())
        issues.push_back(
            {"algorithm", fmt::format("algorithm lloyd and seeding hold all {} points, {:.1f} GB, "
                                      "and this machine has {:.1f} GB; allowed are dc1, dc2, "
                                      "multi_level, online and mini_batch",
                                      points, bytes / 1e9, physicalBytes() / 1e9)});
}

class StreamingKmeansKind final : public ExperimentKind {
public:
    const char* id() const override { return "streaming_kmeans"; }
    const char* title() const override { return "Cluster a stream of points"; }
    const char* summary() const override {
        return "Finds k centers in one pass and bounded memory (k-means#, DC-1, DC-2, a hierarchy "
               "of buffers), beside Lloyd, online and mini-batch.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return kmeansSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return kmeansOutputs(); }
    std::vector<std::string> headlines() const override { return {"cost/optimum", "cost"}; }
    std::vector<std::string> settableKeys() const override { return {"repetitions"}; }
    std::vector<std::string> flags(const Json&) const override { return {}; }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const KmeansConfig config = kmeansSchema().read(values);
        std::vector<Issue> issues;
        std::optional<std::int64_t> count;
        const std::vector<Issue> source = checkPointSource(config.source, count);
        issues.insert(issues.end(), source.begin(), source.end());
        if (!issues.empty())
            return issues;
        if (count && config.k > *count)
            issues.push_back({"k", fmt::format("k must be between 1 and n (n = {}); k is {}",
                                               *count, config.k)});
        if (const auto* table = std::get_if<TableConfig>(&config.source);
            table && !count && table->path == "/dev/stdin")
            return issues; // not touched before the run
        const std::int64_t dims = openPoints(config.source)->dims();
        if (issues.empty()) {
            const LevelPlan plan = planLevels(config, count, dims);
            issues.insert(issues.end(), plan.issues.begin(), plan.issues.end());
        }
        if (count)
            checkBatchMemory(config, *count, dims, issues);
        return issues;
    }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return KmeansSession(kmeansSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& streamingKmeansKind() {
    static const StreamingKmeansKind kind;
    return kind;
}

} // namespace inlay::engine::kmeans

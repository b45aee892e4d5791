#include "engine/analysis/training_work.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/datasets/catalog.h"
#include "engine/networks/network.h"
#include "engine/networks/network_schema.h"
#include "engine/schema/schema.h"

namespace inlay::engine {
namespace {

/// The part of a training config that the count depends on.
struct CountConfig {
    DatasetConfig dataset;
    NetworkConfig network;
    std::int64_t batchSize = 1;
};

constexpr const char* kWorkKeys[] = {"dataset", "network", "batch_size"};

const Schema<CountConfig>& countSchema() {
    static const Schema<CountConfig> schema = [] {
        Schema<CountConfig> made;
        made.variant("dataset", &CountConfig::dataset, datasetAlternatives());
        made.group("network", &CountConfig::network, networkSchema());
        made.field("batch_size", &CountConfig::batchSize);
        return made;
    }();
    return schema;
}

} // namespace

double TrainingCount::ofSteps(std::int64_t steps) const {
    assert(stepsPerEpoch > 0);
    const std::int64_t epochs = steps / stepsPerEpoch;
    return static_cast<double>(steps - epochs) * step + static_cast<double>(epochs) * lastStep;
}

std::optional<TrainingCount> countTraining(const Json& config) {
    Json part = Json::object();
    for (const char* key : kWorkKeys) {
        if (!config.is_object() || !config.contains(key))
            return std::nullopt;
        part[key] = config.at(key);
    }
    if (!countSchema().validate(part).empty())
        return std::nullopt;
    const CountConfig read = countSchema().read(part);
    const DatasetSummary data = summarizeDataset(read.dataset);
    const std::int64_t samples = data.counts.training;
    if (samples < 1 || read.batchSize < 1)
        return std::nullopt;
    const NetworkInput input{data.shape.height, data.shape.width, data.shape.channels,
                             data.classes};
    const auto costOf = [&](std::int64_t batch) {
        const NetworkPlan plan = planNetwork(read.network, input, batch);
        return plan.issues.empty() ? plan.multiplyAddsForward + plan.multiplyAddsBackward
                                   : std::numeric_limits<double>::quiet_NaN();
    };
    TrainingCount count;
    count.stepsPerEpoch = (samples + read.batchSize - 1) / read.batchSize;
    count.step = costOf(read.batchSize);
    count.lastStep = costOf(samples - (count.stepsPerEpoch - 1) * read.batchSize);
    if (!std::isfinite(count.step) || !std::isfinite(count.lastStep))
        return std::nullopt;
    return count;
}

std::vector<double> trainingSeconds(std::span<const std::int64_t> recordSteps,
                                    std::span<const double> meanSeconds, std::int64_t first,
                                    std::span<const std::int64_t> steps) {
    assert(recordSteps.size() == meanSeconds.size());
    std::vector<double> result;
    result.reserve(steps.size());
    std::size_t record = 0;
    double before = 0.0;            // seconds until the record before
    std::int64_t since = first - 1; // step of the record before
    for (const std::int64_t step : steps) {
        const auto mean = [&] {
            return std::isfinite(meanSeconds[record]) ? meanSeconds[record] : 0.0;
        };
        while (record < recordSteps.size() && recordSteps[record] <= step) {
            before += mean() *
                      static_cast<double>(std::max<std::int64_t>(0, recordSteps[record] - since));
            since = std::max(since, recordSteps[record]);
            ++record;
        }
        const double part =
            record < recordSteps.size()
                ? mean() * static_cast<double>(std::max<std::int64_t>(0, step - since))
                : 0.0;
        result.push_back(before + part);
    }
    return result;
}

std::vector<double> atBudgets(std::span<const double> cost, std::span<const double> values,
                              std::span<const double> budgets, BudgetReading reading) {
    assert(cost.size() == values.size());
    std::vector<double> result;
    std::size_t next = 0;
    double last = std::numeric_limits<double>::quiet_NaN();
    for (const double budget : budgets) {
        double sum = 0.0;
        std::int64_t count = 0;
        for (; next < cost.size() && cost[next] <= budget; ++next) {
            last = values[next];
            sum += last;
            ++count;
        }
        const bool isMean = reading == BudgetReading::Mean && count > 0;
        result.push_back(isMean ? sum / static_cast<double>(count) : last);
    }
    return result;
}

} // namespace inlay::engine

#include "engine/experiments/streaming_kmeans/memory_budget.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace inlay::engine::kmeans {
namespace {

constexpr std::int64_t kMostLevels = 7;

std::int64_t ceilSqrt(double value) {
    return static_cast<std::int64_t>(std::ceil(std::sqrt(value)));
}

std::int64_t ceilToInt(double value) {
    return value > 9e18 ? std::int64_t{1} << 62 : static_cast<std::int64_t>(std::ceil(value));
}

// Buffers on top of batch, r - 1 in the paper's count: ceil(log n / log M) - 1 (Theorem 3.2).
std::int64_t levelsFor(double n, double memory) {
    if (n <= memory)
        return 0;
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(std::log(n) / std::log(memory) - 1e-9)) - 1);
}

} // namespace

std::int64_t MemoryBudget::pointsFor(std::int64_t dims) const {
    if (points > 0)
        return points;
    // Weight (8), label and squared distance of a seeding (8).
    return static_cast<std::int64_t>(bytes / static_cast<double>(4 * dims + 16));
}

std::optional<MemoryBudget> parseMemory(const std::string& text) {
    double value = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc() || !(value > 0) || value > 1e18)
        return {};
    std::string unit(end, last);
    unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
    MemoryBudget budget;
    if (unit.empty() || unit == "points") {
        if (value != std::floor(value))
            return {};
        budget.points = static_cast<std::int64_t>(value);
        return budget;
    }
    struct Unit {
        const char* name;
        double bytes;
    };
    for (const Unit& known :
         {Unit{"B", 1}, Unit{"kB", 1e3}, Unit{"KB", 1e3}, Unit{"MB", 1e6}, Unit{"GB", 1e9},
          Unit{"KiB", 1024}, Unit{"MiB", 1048576}, Unit{"GiB", 1073741824}}) {
        if (unit == known.name) {
            budget.bytes = value * known.bytes;
            return budget;
        }
    }
    return {};
}

std::int64_t repetitionsFor(const KmeansConfig& config, std::int64_t n) {
    return config.repetitions > 0 ? config.repetitions
                                  : paperRepetitions(n, config.logBase == LogBase::Natural);
}

std::int64_t drawsFor(const KmeansConfig& config) {
    if (config.algorithm == Algorithm::Dc2)
        return 1;
    return config.oversampling > 0 ? config.oversampling
                                   : sharpDraws(config.k, config.logBase == LogBase::Natural);
}

LevelPlan planLevels(const KmeansConfig& config, std::optional<std::int64_t> n, std::int64_t dims) {
    LevelPlan plan;
    const std::optional<MemoryBudget> memory = parseMemory(config.memory);
    if (!memory) {
        plan.issues.push_back(
            {"memory", fmt::format("memory is \"{}\"; allowed are points (\"20000\") or bytes "
                                   "(\"64MB\", \"1.5GB\", \"512MiB\")",
                                   config.memory)});
        return plan;
    }
    const SeedRule rule{config.k, drawsFor(config)};
    const std::int64_t most = rule.most();
    plan.budget = std::max<std::int64_t>(1, memory->pointsFor(dims));
    const std::int64_t repetitions = repetitionsFor(config, n.value_or(plan.budget));
    const auto budgetIssue = [&](std::int64_t level, std::int64_t found, std::int64_t least,
                                 std::int64_t buffers) {
        plan.issues.push_back(
            {"memory", fmt::format("memory budget too small: level {} of {} has room for {} points "
                                   "and needs at least {} (twice the {} centers of a group); "
                                   "memory must be at least {} points",
                                   level, buffers, found, least, most, least * buffers)});
    };
    if (config.algorithm == Algorithm::Dc1 || config.algorithm == Algorithm::Dc2) {
        // Without an end, half of the budget is the group and half its centers.
        std::int64_t group = config.groupSize;
        if (group == 0)
            group = n ? ceilSqrt(static_cast<double>(*n) * static_cast<double>(config.k))
                      : plan.budget / 2;
        // A group of at most `most` points would pass as it is, and nothing would be reduced.
        if (n && config.groupSize == 0 && group <= most)
            group = 2 * most;
        if (n && config.groupSize == 0)
            group = std::min(group, std::max<std::int64_t>(*n, 1));
        const std::int64_t least = config.algorithm == Algorithm::Dc1 ? most : 2 * config.k;
        if (config.groupSize > 0 && group < least) {
            plan.issues.push_back(
                {"group_size",
                 fmt::format("group_size is {}, allowed is {} or more ({}); 0 chooses "
                             "ceil(sqrt(n k))",
                             group, least,
                             config.algorithm == Algorithm::Dc1
                                 ? fmt::format("a group gives up to {} centers", most)
                                 : std::string("2 k"))});
            return plan;
        }
        const std::int64_t rest = plan.budget - group;
        const std::int64_t groups = n ? (*n + group - 1) / group : 0;
        const bool wholeFits = n && *n <= group;
        if (!wholeFits && (group < 1 || rest < 2 * most)) {
            const std::int64_t needs = std::max<std::int64_t>(group, n ? 1 : 2 * most) + 2 * most;
            plan.issues.push_back(
                {"memory",
                 fmt::format("memory budget too small: level 2 has room for {} points and needs at "
                             "least {} (twice the {} centers of a group), beside groups of {} "
                             "points; memory must be at least {} points",
                             std::max<std::int64_t>(rest, 0), 2 * most, most, group, needs)});
            return plan;
        }
        plan.levels = {{group, rule, repetitions},
                       {std::max<std::int64_t>(rest, 1), rule, repetitions}};
        if (wholeFits)
            plan.levels[1].capacity = std::max(rest, 2 * most);
        if (n)
            plan.predictedHeld = std::min(plan.budget, group + std::min(groups * most, *n));
        return plan;
    }
    if (config.algorithm != Algorithm::MultiLevel) {
        plan.levels = {{0, rule, repetitions}};
        plan.predictedHeld = n.value_or(0);
        return plan;
    }
    // Without an end the budget is used for three levels, which serve some M^3 / k^2 points.
    std::int64_t stages = config.levels;
    if (stages < 0)
        stages = n ? levelsFor(static_cast<double>(*n), static_cast<double>(plan.budget)) : 2;
    stages = std::min(stages, kMostLevels - 1);
    if (stages == 0) {
        if (n && *n > plan.budget) {
            plan.issues.push_back(
                {"memory", fmt::format("levels = 0 holds all {} points and the memory budget is {} "
                                       "points; allowed are a larger memory, or levels of 1 to 6",
                                       *n, plan.budget)});
            return plan;
        }
        // With a known end all points fit, and the one buffer is never reduced before it.
        plan.levels = {{n ? 0 : plan.budget, rule, repetitions}};
        plan.predictedHeld = n.value_or(plan.budget);
        return plan;
    }
    const std::int64_t buffers = stages + 1;
    // Equal sizes use least memory: M_i = (n k^(r-1) a_1 … a_(r-1))^(1/r), if the budget has that.
    std::int64_t size = plan.budget / buffers;
    if (n) {
        const double logSize = (std::log(static_cast<double>(*n)) +
                                static_cast<double>(stages) * std::log(static_cast<double>(most))) /
                               static_cast<double>(buffers);
        size = std::min(size, std::max(ceilToInt(std::exp(logSize)), 2 * most));
    }
    if (size < 2 * most) {
        budgetIssue(1, size, 2 * most, buffers);
        return plan;
    }
    for (std::int64_t level = 0; level < buffers; ++level)
        plan.levels.push_back({size, rule, repetitions});
    // The last buffer takes what the others leave: it then rarely has to be reduced into itself.
    plan.levels.back().capacity = plan.budget - stages * size;
    plan.predictedHeld = std::min(plan.budget, n ? buffers * size : plan.budget);
    return plan;
}

} // namespace inlay::engine::kmeans

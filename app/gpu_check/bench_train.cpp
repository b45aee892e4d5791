#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/tasks.h"
#include "app/gpu_check/timing.h"
#include "app/gpu_check/training.h"
#include "kernels/backend.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr double kLearningRate = 1e-3;
/// Steps of a block and seconds that one takes at most; a block has five steps at least.
constexpr int kSteps = 50;
constexpr double kBlockSeconds = 1.0;
constexpr int kBlocks = 5;
constexpr int kBatches = 2;
constexpr int kHostSteps = 5;

struct Task {
    std::string name;
    std::string network;
    std::string family;
    std::string precision;
};

struct Sizes {
    NetworkConfig config;
    NetworkInput input;
    std::int64_t batch = 0;
};

Sizes sizesOf(const std::string& network, const Options& options) {
    if (network == "small")
        return {smallVit(), {28, 28, 1, 10}, options.small ? 2 : 128};
    Sizes base{baseVit(), {224, 224, 3, 1000}, 64};
    if (options.small) {
        base.config.model = VitConfig{16, 16, 1, 2, 4.0};
        base.input = {32, 32, 3, 10};
        base.batch = 2;
    }
    return base;
}

OperatorConfig operatorOf(const std::string& family) {
    if (family == "low_rank")
        return LowRankConfig{};
    if (family == "block_diagonal")
        return BlockDiagonalConfig{};
    if (family == "monarch")
        return MonarchConfig{};
    if (family == "btt")
        return BttConfig{};
    if (family == "stl")
        return StlConfig{};
    if (family == "butterfly")
        return ButterflyConfig{};
    if (family == "two_four")
        return TwoFourConfig{};
    return DenseConfig{};
}

/// Seconds that the host needs to enqueue one step, when nothing waits; the median of some.
double hostSeconds(Training& training, const Device& device, std::int64_t& done) {
    std::vector<double> seconds;
    for (int i = 0; i < kHostSteps; ++i) {
        device.synchronize();
        const auto begin = std::chrono::steady_clock::now();
        training.step(done++, 1000, kLearningRate);
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        seconds.push_back(spent.count());
    }
    device.synchronize();
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

void timeTraining(const std::string& stage, const Task& task, const Device& device,
                  const Options& options, const RowSink& add) {
    device.setPrecision(precisionOf(task.precision));
    Sizes sizes = sizesOf(task.network, options);
    sizes.config.op = operatorOf(task.family);
    std::int64_t done = 0;
    std::int64_t donePlain = 0;
    const int warmUp = options.small ? 3 : 10;
    const auto prepare = [&](Training& training, std::int64_t& count) {
        for (int i = 0; i < kBatches; ++i)
            training.addRandomBatch(static_cast<std::uint64_t>(i) + 1);
        for (int i = 0; i < warmUp; ++i)
            training.step(count++, 1000, kLearningRate);
        device.synchronize();
    };
    Training training(sizes.config, sizes.input, sizes.batch, device);
    prepare(training, done);
    const auto peak = static_cast<std::int64_t>(device.peakBytes());
    // In turns with it where it is recorded: every op of every step by itself.
    Training plain(sizes.config, sizes.input, sizes.batch, device);
    plain.forbidRecording();
    if (training.recorded())
        prepare(plain, donePlain);
    TimingEffort effort;
    effort.repeats = kBlocks;
    effort.secondsPerRepeat = options.small ? 0.0 : kBlockSeconds;
    effort.mostCalls = kSteps;
    std::vector<std::function<void()>> calls{[&] {
        training.step(done++, 1000, kLearningRate);
    }};
    if (training.recorded())
        calls.emplace_back([&] { plain.step(donePlain++, 1000, kLearningRate); });
    const std::vector<Timing> timings = timeInTurns(device.backend(), calls, effort);
    const Timing& timing = timings[0];
    const NetworkPlan plan = planNetwork(sizes.config, sizes.input, sizes.batch);
    const double flops = 2.0 * (plan.multiplyAddsForward + plan.multiplyAddsBackward);
    const double seconds = timing.median();
    Row row(stage, task.name);
    row.text("network", task.network).text("operator", task.family);
    row.text("precision", task.precision).text("library", "Inlay").count("batch", sizes.batch);
    row.number("seconds", seconds).number("least", timing.least()).number("most", timing.most());
    row.count("steps", timing.calls).number("steps_per_second", 1.0 / seconds);
    row.number("samples_per_second", static_cast<double>(sizes.batch) / seconds);
    row.number("tflops", 1e-12 * flops / seconds);
    row.number("host_seconds", hostSeconds(training, device, done));
    row.flag("recorded", training.recorded());
    if (training.recorded()) {
        row.number("plain_seconds", timings[1].median());
        row.number("plain_host_seconds", hostSeconds(plain, device, donePlain));
    } else if (!training.refusal().empty()) {
        row.text("not_recorded", training.refusal());
    }
    row.count("parameters", plan.parameters);
    add(row.count("peak_bytes", peak));
}

std::vector<Task> tasksOf(const Options& options) {
    const auto orAll = [](std::vector<std::string> words, std::vector<std::string> otherwise) {
        return words.empty() ? otherwise : words;
    };
    std::vector<Task> tasks;
    for (const std::string& network : orAll(options.networks, {"small", "base"}))
        for (const std::string& family : orAll(options.operators, {"dense"}))
            for (const std::string& precision :
                 orAll(options.precisions, {"f32", "tf32", "bf16"})) {
                const std::string name = network + " vit, " + family + ", " + precision;
                if (name.find(options.filter) != std::string::npos)
                    tasks.push_back({name, network, family, precision});
            }
    return tasks;
}

void print(const Fields& row) {
    if (!row.contains("seconds"))
        std::printf("FAILED %s: %s\n", fieldOr(row, "case").c_str(), fieldOr(row, "error").c_str());
    else
        std::printf("%-32s %9.3f ms a step (%.3f to %.3f), %.0f samples/s, %.1f TFLOP/s, "
                    "enqueued in %.3f ms, %.2f GiB\n",
                    fieldOr(row, "case").c_str(), 1e3 * numberOr(row, "seconds", 0.0),
                    1e3 * numberOr(row, "least", 0.0), 1e3 * numberOr(row, "most", 0.0),
                    numberOr(row, "samples_per_second", 0.0), numberOr(row, "tflops", 0.0),
                    1e3 * numberOr(row, "host_seconds", 0.0),
                    numberOr(row, "peak_bytes", 0.0) / 1073741824.0);
    if (row.contains("plain_seconds"))
        std::printf("%-32s %9.3f ms a step without recording it, enqueued in %.3f ms\n", "",
                    1e3 * numberOr(row, "plain_seconds", 0.0),
                    1e3 * numberOr(row, "plain_host_seconds", 0.0));
    else if (row.contains("not_recorded"))
        std::printf("%-32s steps are not recorded: %s\n", "", fieldOr(row, "not_recorded").c_str());
    std::fflush(stdout);
}

} // namespace

int runBenchTrain(const Options& options, ResultFile& results) {
    const std::vector<Task> tasks = tasksOf(options);
    const std::string stage = options.small ? "bench train small" : "bench train";
    TaskPlan plan;
    plan.stage = stage;
    for (const Task& task : tasks)
        plan.names.push_back(task.name);
    plan.run = [&](const std::string& name, const Device& device, const RowSink& add) {
        for (const Task& task : tasks)
            if (task.name == name)
                timeTraining(stage, task, device, options, add);
    };
    plan.print = print;
    return exitCode(runTasks(options, results, plan));
}

} // namespace inlay::app

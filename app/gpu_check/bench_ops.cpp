#include <cstdio>
#include <map>
#include <optional>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/op_bench.h"
#include "app/gpu_check/tasks.h"
#include "app/gpu_check/timing.h"
#include "app/gpu_check/training.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr char kCeilings[] = "ceilings";

struct Task {
    std::string name;
    std::string precision;
    const OpBench* bench = nullptr; // null: the ceilings
};

Row rowOf(const std::string& stage, const Task& task) {
    Row row(stage, task.name);
    row.text("precision", task.precision);
    return row;
}

void addTiming(Row& row, const std::string& prefix, const Timing& timing) {
    row.number(prefix + "seconds", timing.median()).number(prefix + "least", timing.least());
    row.number(prefix + "most", timing.most());
}

/// Times a case beside its dense twin and puts both in relation to the ceilings.
void timeCase(const std::string& stage, const Task& task, const Device& device,
              const Ceilings& ceilings, const RowSink& add) {
    const Prepared prepared = task.bench->prepare(device);
    std::vector<std::function<void()>> calls{prepared.call};
    if (prepared.dense)
        calls.push_back(prepared.dense);
    const std::vector<Timing> timings = timeInTurns(device.backend(), calls);
    const double seconds = timings[0].median();
    Row row = rowOf(stage, task);
    addTiming(row, "", timings[0]);
    row.count("calls", timings[0].calls);
    if (prepared.dense) {
        addTiming(row, "dense_", timings[1]);
        row.number("speedup", timings[1].median() / seconds);
    }
    const double flopsPerSecond = prepared.cost.flops / seconds;
    const double bytesPerSecond = prepared.cost.bytes / seconds;
    if (flopsPerSecond > 0.0) {
        row.number("tflops", 1e-12 * flopsPerSecond);
        row.number("share_of_gemm", flopsPerSecond / ceilings.flopsPerSecond);
    }
    row.number("gbytes_per_second", 1e-9 * bytesPerSecond);
    add(row.number("share_of_copy", bytesPerSecond / ceilings.bytesPerSecond));
}

class Bench {
public:
    explicit Bench(const Options& options)
        : scale_(options.small ? Scale::Tiny : Scale::Real)
        , stage_(options.small ? "bench ops small" : "bench ops") {
        addStlBenches(benches_, scale_);
        addTwoFourBenches(benches_, scale_);
        addButterflyBenches(benches_, scale_);
        addAttentionBenches(benches_, scale_);
        addMemoryBenches(benches_, scale_);
        std::vector<std::string> precisions = options.precisions;
        if (precisions.empty())
            precisions = {"bf16", "f32"};
        for (const std::string& precision : precisions) {
            addTask(kCeilings, precision, nullptr, "");
            for (const OpBench& bench : benches_)
                addTask(bench.name, precision, &bench, options.filter);
        }
    }

    const std::string& stage() const { return stage_; }
    const std::map<std::string, Task>& tasks() const { return tasks_; }
    const std::vector<std::string>& names() const { return names_; }

    void run(const std::string& name, const Device& device, const RowSink& add) {
        const Task& task = tasks_.at(name);
        device.setPrecision(precisionOf(task.precision));
        if (task.bench == nullptr) {
            const Ceilings& ceilings = ceilingsOf(task.precision, device);
            add(rowOf(stage_, task)
                    .number("gbytes_per_second", 1e-9 * ceilings.bytesPerSecond)
                    .number("tflops", 1e-12 * ceilings.flopsPerSecond));
            return;
        }
        timeCase(stage_, task, device, ceilingsOf(task.precision, device), add);
    }

private:
    void addTask(const std::string& name, const std::string& precision, const OpBench* bench,
                 const std::string& filter) {
        const std::string full = name + ", " + precision;
        if (full.find(filter) == std::string::npos)
            return;
        names_.push_back(full);
        tasks_[full] = {full, precision, bench};
    }

    /// Measured once in each process.
    const Ceilings& ceilingsOf(const std::string& precision, const Device& device) {
        const auto found = ceilings_.find(precision);
        if (found != ceilings_.end())
            return found->second;
        return ceilings_[precision] = measureCeilings(device, scale_);
    }

    Scale scale_;
    std::string stage_;
    OpBenches benches_;
    std::vector<std::string> names_;
    std::map<std::string, Task> tasks_;
    std::map<std::string, Ceilings> ceilings_;
};

/// "0.123 ms" from a field in seconds.
std::string milliseconds(const Fields& row, const std::string& key) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f ms", 1e3 * numberOr(row, key, 0.0));
    return text;
}

void print(const Fields& row) {
    const std::string name = fieldOr(row, "case");
    if (!isOk(row))
        std::printf("FAILED %s: %s\n", name.c_str(), fieldOr(row, "error").c_str());
    else if (!row.contains("seconds"))
        std::printf("%s: a product runs at %s TFLOP/s, a copy at %s GB/s\n", name.c_str(),
                    fieldOr(row, "tflops").c_str(), fieldOr(row, "gbytes_per_second").c_str());
    else {
        std::printf("%-58s %12s", name.c_str(), milliseconds(row, "seconds").c_str());
        if (row.contains("speedup"))
            std::printf("   dense %12s   %5.2fx", milliseconds(row, "dense_seconds").c_str(),
                        numberOr(row, "speedup", 0.0));
        if (row.contains("tflops"))
            std::printf("   %5.1f %% of the product rate",
                        100.0 * numberOr(row, "share_of_gemm", 0.0));
        std::printf("   %5.1f %% of the copy\n", 100.0 * numberOr(row, "share_of_copy", 0.0));
    }
    std::fflush(stdout);
}

} // namespace

int runBenchOps(const Options& options, ResultFile& results) {
    Bench bench(options);
    TaskPlan plan;
    plan.stage = bench.stage();
    plan.names = bench.names();
    plan.run = [&](const std::string& name, const Device& device, const RowSink& add) {
        bench.run(name, device, add);
    };
    plan.print = print;
    return exitCode(runTasks(options, results, plan));
}

} // namespace inlay::app

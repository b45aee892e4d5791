#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/digit_batches.h"
#include "app/gpu_check/tasks.h"
#include "app/gpu_check/training.h"
#include "engine/base/error.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr char kStage[] = "train";
constexpr double kLearningRate = 1e-3;

/// Share by which a mean may be off. Rounding differs from device to device, and two hundred steps
/// multiply what it does.
double limitOf(Precision precision) {
    switch (precision) {
    case Precision::F32:
        return 0.01;
    case Precision::Tf32:
        return 0.02;
    case Precision::Bf16:
        break;
    }
    return 0.05;
}

/// The mean loss of each of the first `steps` of a training of `totalSteps`.
std::vector<double> lossesOn(const Device& device, int steps, int totalSteps,
                             bool mayRecord = true) {
    Training training(smallVit(), kDigitImages, kDigitBatch, device);
    if (!mayRecord)
        training.forbidRecording();
    addDigits(training, "training", steps, totalSteps);
    std::vector<double> losses;
    for (int i = 0; i < steps; ++i) {
        training.loss().reset();
        training.step(i, totalSteps, scheduledRate(ScheduleConfig{}, kLearningRate, i, totalSteps));
        losses.push_back(training.loss().read().meanLoss());
    }
    return losses;
}

void writeLosses(const std::string& path, const std::vector<double>& losses, const Device& device) {
    std::ofstream out(path);
    out << "# Mean training loss of each step of the small vision transformer on the built-in\n"
           "# digits, as `inlay-gpu-check train` makes them: batch "
        << kDigitBatch << ", AdamW, peak rate " << kLearningRate << ", cosine\n"
        << "# with warm-up. Made on " << device.name() << ": " << device.backend().description()
        << "\n";
    char line[32];
    for (const double loss : losses) {
        std::snprintf(line, sizeof line, "%.9g\n", loss);
        out << line;
    }
    if (!out.flush())
        throw Error(path + " cannot be written.");
}

std::vector<double> readLosses(const std::string& path) {
    std::ifstream in(path);
    if (!in)
        throw BadArguments(path + " cannot be read.");
    std::vector<double> losses;
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("#"))
            continue;
        double loss = 0.0;
        if (!(std::istringstream(line) >> loss))
            throw BadArguments(path + ": \"" + line + "\" is no loss.");
        losses.push_back(loss);
    }
    return losses;
}

void compareOn(const Device& device, const std::string& precision, int steps,
               std::vector<double> reference, const std::string& name, const RowSink& add) {
    device.setPrecision(precisionOf(precision));
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<double> losses =
        lossesOn(device, steps, static_cast<int>(std::ssize(reference)));
    // Recorded and repeated or op by op: the same kernels on the same numbers.
    const bool alike =
        losses == lossesOn(device, steps, static_cast<int>(std::ssize(reference)), false);
    reference.resize(losses.size());
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    const std::vector<double> own = lossWindows(losses);
    const std::vector<double> wanted = lossWindows(reference);
    const double largest = largestDifference(own, wanted);
    const double atEnd = std::abs(own.back() - wanted.back()) / wanted.back();
    const double limit = limitOf(precisionOf(precision));
    Row row(kStage, name);
    row.count("steps", std::ssize(losses)).number("largest_difference", largest);
    row.number("final_difference", atEnd).number("limit", limit);
    row.number("final_loss", own.back()).number("reference_final_loss", wanted.back());
    row.number("seconds", spent.count()).numbers("losses", own);
    row.flag("as_op_by_op", alike);
    add(row.flag("ok", largest <= limit && atEnd <= limit && alike));
}

void print(const Fields& row) {
    const char* verdict = isOk(row) ? "ok    " : "FAILED";
    if (!row.contains("limit"))
        std::printf("%s %s: %s\n", verdict, fieldOr(row, "case").c_str(),
                    fieldOr(row, "error").c_str());
    else
        std::printf(
            "%s %s: losses differ by %s at most and %s at the end, of %s; loss %s against "
            "%s\n",
            verdict, fieldOr(row, "case").c_str(), fieldOr(row, "largest_difference").c_str(),
            fieldOr(row, "final_difference").c_str(), fieldOr(row, "limit").c_str(),
            fieldOr(row, "final_loss").c_str(), fieldOr(row, "reference_final_loss").c_str());
    if (fieldOr(row, "as_op_by_op") == "false")
        std::printf("       recorded steps end elsewhere than steps that are enqueued op by op\n");
    std::fflush(stdout);
}

} // namespace

int runTrain(const Options& options, ResultFile& results) {
    if (!options.write.empty()) {
        kernels::setThreadCount(options.threads);
        const Device device = Device::open(options.device);
        writeLosses(options.write, lossesOn(device, options.steps, options.steps), device);
        return 0;
    }
    const std::vector<double> reference = readLosses(options.reference);
    if (std::ssize(reference) < options.steps)
        throw BadArguments(options.reference + " has " + std::to_string(reference.size()) +
                           " losses, fewer than " + std::to_string(options.steps) + ".");
    TaskPlan plan;
    plan.stage = kStage;
    std::vector<std::string> precisions = options.precisions;
    if (precisions.empty())
        precisions = {"f32"};
    for (const std::string& precision : precisions)
        plan.names.push_back("small vit, " + precision);
    plan.run = [&](const std::string& name, const Device& device, const RowSink& add) {
        const std::string precision = name.substr(name.rfind(' ') + 1);
        compareOn(device, precision, options.steps, reference, name, add);
    };
    plan.print = print;
    plan.silenceSeconds = 3600; // it has one row, at its end
    return exitCode(runTasks(options, results, plan));
}

} // namespace inlay::app

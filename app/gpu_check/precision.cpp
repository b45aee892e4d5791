// Does training in a lower precision end where f32 ends? Whole trainings on the same digits from
// the same start values, seed by seed.

#include <cmath>
#include <cstdio>
#include <numeric>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/digit_batches.h"
#include "app/gpu_check/tasks.h"
#include "app/gpu_check/training.h"
#include "engine/optimizers/schedule.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr char kStage[] = "precision";
constexpr int kSeeds = 3;
constexpr int kSteps = 500;
constexpr int kValidationBatches = 16;
constexpr double kLearningRate = 1e-3;
constexpr int kSmoothing = 50;
/// Shares by which the final validation loss, and the smoothed training loss at any step, may be
/// off those in f32; both are means over the seeds.
constexpr double kFinalLimit = 0.02;
constexpr double kCurveLimit = 0.05;

struct Outcome {
    std::vector<double> losses;
    double validation = 0.0;
};

Outcome trainIn(Precision precision, const Device& device, std::uint64_t seed, int steps) {
    device.setPrecision(precision);
    Training training(smallVit(), kDigitImages, kDigitBatch, device, seed);
    addDigits(training, "training", steps, steps);
    addDigits(training, "test", kValidationBatches, kValidationBatches);
    Outcome outcome;
    for (int i = 0; i < steps; ++i) {
        training.loss().reset();
        training.step(i, steps, scheduledRate(ScheduleConfig{}, kLearningRate, i, steps));
        outcome.losses.push_back(training.loss().read().meanLoss());
    }
    outcome.validation = training.meanLoss(static_cast<std::size_t>(steps));
    return outcome;
}

/// Means over kSmoothing steps from each step on.
std::vector<double> smoothed(const std::vector<double>& losses) {
    std::vector<double> means;
    for (std::size_t begin = 0; begin + kSmoothing <= losses.size(); ++begin)
        means.push_back(
            std::accumulate(losses.begin() + static_cast<std::ptrdiff_t>(begin),
                            losses.begin() + static_cast<std::ptrdiff_t>(begin + kSmoothing), 0.0) /
            static_cast<double>(kSmoothing));
    return means;
}

void addUp(Outcome& sum, const Outcome& one) {
    sum.losses.resize(one.losses.size(), 0.0);
    for (std::size_t i = 0; i < one.losses.size(); ++i)
        sum.losses[i] += one.losses[i] / kSeeds;
    sum.validation += one.validation / kSeeds;
}

/// Relative distances of two outcomes: of the validation loss, and of the smoothed training losses
/// at most.
struct Distance {
    double validation;
    double largest;

    Distance(const Outcome& low, const Outcome& full)
        : validation(std::abs(low.validation - full.validation) / full.validation)
        , largest(largestDifference(smoothed(low.losses), smoothed(full.losses))) {}
};

Row compared(const std::string& name, const Outcome& low, const Outcome& full,
             const Distance& distance) {
    Row row(kStage, name);
    row.count("steps", std::ssize(low.losses)).number("validation_loss", low.validation);
    row.number("validation_loss_f32", full.validation);
    row.number("validation_difference", distance.validation);
    row.number("largest_difference", distance.largest);
    row.numbers("losses", lossWindows(low.losses)).numbers("losses_f32", lossWindows(full.losses));
    return row;
}

/// Rounding alone sends two trainings of one seed different ways; the verdict is on the mean of the
/// seeds, whose own rows have none.
void compareSeeds(const std::string& name, const Device& device, int steps, const RowSink& add) {
    const std::string precision = name.substr(name.rfind(' ') + 1);
    Outcome lowMean;
    Outcome fullMean;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const Outcome full = trainIn(Precision::F32, device, seed, steps);
        const Outcome low = trainIn(precisionOf(precision), device, seed, steps);
        add(compared(name + ", seed " + std::to_string(seed), low, full, {low, full}));
        addUp(fullMean, full);
        addUp(lowMean, low);
    }
    const Distance distance(lowMean, fullMean);
    Row row = compared(name, lowMean, fullMean, distance);
    row.number("limit", kFinalLimit).number("curve_limit", kCurveLimit);
    add(row.flag("ok", distance.largest <= kCurveLimit && distance.validation <= kFinalLimit));
}

void print(const Fields& row) {
    if (!row.contains("validation_loss")) {
        std::printf("%s %s: %s\n", isOk(row) ? "ok    " : "FAILED", fieldOr(row, "case").c_str(),
                    fieldOr(row, "error").c_str());
    } else {
        const bool judged = row.contains("limit");
        std::printf("%s %s: validation loss %s against %s in f32, %s apart; training losses over "
                    "%d steps at most %s apart",
                    !judged     ? "      "
                    : isOk(row) ? "ok    "
                                : "FAILED",
                    fieldOr(row, "case").c_str(), fieldOr(row, "validation_loss").c_str(),
                    fieldOr(row, "validation_loss_f32").c_str(),
                    fieldOr(row, "validation_difference").c_str(), kSmoothing,
                    fieldOr(row, "largest_difference").c_str());
        if (judged)
            std::printf(" (allowed: %s and %s)", fieldOr(row, "limit").c_str(),
                        fieldOr(row, "curve_limit").c_str());
        std::printf("\n");
    }
    std::fflush(stdout);
}

} // namespace

int runPrecision(const Options& options, ResultFile& results) {
    TaskPlan plan;
    plan.stage = kStage;
    std::vector<std::string> precisions = options.precisions;
    if (precisions.empty())
        precisions = {"bf16"};
    for (const std::string& precision : precisions)
        plan.names.push_back("small vit, mean of " + std::to_string(kSeeds) + " seeds, " +
                             precision);
    plan.run = [&](const std::string& name, const Device& device, const RowSink& add) {
        compareSeeds(name, device, options.small ? kSmoothing + 1 : kSteps, add);
    };
    plan.print = print;
    plan.silenceSeconds = 3600; // trainings go between two rows
    return exitCode(runTasks(options, results, plan));
}

} // namespace inlay::app

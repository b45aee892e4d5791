#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/tasks.h"
#include "app/gpu_check/training.h"
#include "engine/base/random.h"
#include "kernels/devices.h"

namespace inlay::app {
namespace {

using namespace engine;

constexpr char kStage[] = "gradients";

/// A family and its forms that compute differently.
struct Family {
    std::string name;
    OperatorConfig config;
};

std::vector<Family> families() {
    std::vector<Family> list{{"dense", DenseConfig{}},
                             {"low_rank", LowRankConfig{4}},
                             {"block_diagonal", BlockDiagonalConfig{2}},
                             {"monarch", MonarchConfig{2}},
                             {"btt", BttConfig{}},
                             {"stl", StlConfig{}}};
    StlConfig tied;
    tied.weights = StlWeights::Tied;
    tied.group = "all";
    list.push_back({"stl tied, shared", tied});
    list.push_back({"butterfly", ButterflyConfig{}});
    ButterflyConfig gadget;
    gadget.form = ButterflyForm::Gadget;
    gadget.start = ButterflyStart::Randn;
    list.push_back({"butterfly gadget", gadget});
    list.push_back({"two_four", TwoFourConfig{}});
    TwoFourConfig fixed;
    fixed.training = TwoFourTraining::Fixed;
    fixed.transposable = true;
    list.push_back({"two_four fixed", fixed});
    return list;
}

struct Model {
    std::string name;
    NetworkConfig config;
    NetworkInput input;
    std::int64_t batch = 0;
};

std::vector<Model> models() {
    NetworkConfig mlp;
    mlp.model = MlpConfig{{48, 36}, NetworkActivation::Gelu};
    NetworkConfig vit;
    vit.model = VitConfig{2, 32, 2, 2, 2.0};
    NetworkConfig odd; // 9 tokens
    odd.model = VitConfig{4, 24, 1, 3, 2.0};
    return {{"mlp", mlp, {8, 8, 1, 10}, 24},
            {"vit", vit, {8, 8, 1, 10}, 6},
            {"vit 9 tokens", odd, {12, 12, 1, 7}, 5}};
}

/// How far a gradient may be off: |g - r| / (|r| + floor |R|), where R are the gradients of all
/// parameters. The floor is for those that vanish but for rounding, such as that of a key's bias.
struct Allowance {
    double limit;
    double floor;
};

Allowance allowanceOf(Precision precision) {
    switch (precision) {
    case Precision::F32:
        return {5e-5, 1e-3};
    case Precision::Tf32:
        return {1e-2, 1e-2};
    case Precision::Bf16:
        break;
    }
    // Twice what bf16 does to the gradients of the reference itself.
    return {3e-2, 1e-2};
}

/// Gives both networks the same values, in f32 numbers; what starts at zero or one is moved, so
/// that its gradient is seen in general position.
void placeValues(const std::vector<ParameterPtr>& from, const std::vector<ParameterPtr>& to) {
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::vector<float> values = from[i]->value.toFloats();
        RandomStream noise(5, from[i]->name);
        for (float& value : values)
            value += from[i]->decay == 0.0 ? static_cast<float>(0.1 * noise.normal()) : 0.0f;
        for (Parameter* parameter : {from[i].get(), to[i].get()}) {
            const Tensor& old = parameter->value;
            parameter->value.copyFrom(
                Tensor::fromHost(old.device(), old.shape(), old.dtype(), values));
            ++parameter->version;
        }
    }
}

double norm(const std::vector<double>& values) {
    double total = 0.0;
    for (const double value : values)
        total += value * value;
    return std::sqrt(total);
}

struct Worst {
    std::string parameter;
    double error = 0.0;
};

Worst compareGradients(const std::vector<ParameterPtr>& truth,
                       const std::vector<ParameterPtr>& found, double floor) {
    std::vector<std::vector<double>> gradients;
    std::vector<double> norms;
    for (const ParameterPtr& parameter : truth) {
        gradients.push_back(parameter->grad.toDoubles());
        norms.push_back(norm(gradients.back()));
    }
    const double least = floor * norm(norms);
    Worst worst;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        std::vector<double> difference = found[i]->grad.toDoubles();
        for (std::size_t j = 0; j < difference.size(); ++j)
            difference[j] -= gradients[i][j];
        const double error = norm(difference) / (norms[i] + least);
        if (worst.parameter.empty() || !(error <= worst.error))
            worst = {truth[i]->name, error};
    }
    return worst;
}

struct Task {
    std::string name;
    Model model;
    Family family;
    std::string precision;
};

std::vector<Task> tasksOf(const Options& options) {
    std::vector<std::string> precisions = options.precisions;
    if (precisions.empty())
        precisions = {"f32"};
    std::vector<Task> tasks;
    for (const std::string& precision : precisions)
        for (const Model& model : models())
            for (const Family& family : families()) {
                const std::string name = model.name + ", " + family.name + ", " + precision;
                if (name.find(options.filter) != std::string::npos)
                    tasks.push_back({name, model, family, precision});
            }
    return tasks;
}

void run(const Task& task, const Device& device, const RowSink& add) {
    const Precision precision = precisionOf(task.precision);
    const Device reference(kernels::makeReferenceBackend());
    // What the device rounds to TF32 is compared with unrounded products.
    reference.setPrecision(precision == Precision::Tf32 ? Precision::F32 : precision);
    device.setPrecision(precision);
    NetworkConfig config = task.model.config;
    config.op = task.family.config;
    Training truth(config, task.model.input, task.model.batch, reference);
    Training found(config, task.model.input, task.model.batch, device);
    const std::vector<ParameterPtr> truthParameters = truth.network().parameters();
    const std::vector<ParameterPtr> foundParameters = found.network().parameters();
    placeValues(truthParameters, foundParameters);
    for (Training* training : {&truth, &found}) {
        training->addRandomBatch(3);
        training->accumulateGradients(0);
    }
    const Allowance allowance = allowanceOf(precision);
    const Worst worst = compareGradients(truthParameters, foundParameters, allowance.floor);
    const double loss = truth.loss().read().loss;
    const double lossError = std::abs(found.loss().read().loss - loss) / std::abs(loss);
    const bool ok = worst.error <= allowance.limit && lossError <= allowance.limit;
    Row row(kStage, task.name);
    row.text("precision", task.precision);
    row.count("parameters", std::ssize(truthParameters)).text("worst_parameter", worst.parameter);
    row.number("error", worst.error).number("loss_error", lossError);
    add(row.number("limit", allowance.limit).flag("ok", ok));
}

void printFailure(const Fields& row) {
    if (isOk(row))
        return;
    if (row.contains("limit"))
        std::printf("FAILED %s: %s of %s in %s, loss %s\n", fieldOr(row, "case").c_str(),
                    fieldOr(row, "error").c_str(), fieldOr(row, "limit").c_str(),
                    fieldOr(row, "worst_parameter").c_str(), fieldOr(row, "loss_error").c_str());
    else
        std::printf("FAILED %s: %s\n", fieldOr(row, "case").c_str(), fieldOr(row, "error").c_str());
    std::fflush(stdout);
}

/// How many networks of each precision there were and which came nearest to its limit.
void printWorst(const std::vector<Fields>& rows) {
    struct Total {
        int networks = 0;
        int failed = 0;
        Fields worst;
    };
    std::map<std::string, Total> totals;
    for (const Fields& row : rows) {
        const std::string name = fieldOr(row, "case");
        Total& total = totals[name.substr(name.rfind(' ') + 1)];
        ++total.networks;
        total.failed += isOk(row) ? 0 : 1;
        if (total.worst.empty() ||
            numberOr(row, "error", 0.0) > numberOr(total.worst, "error", 0.0))
            total.worst = row;
    }
    for (const auto& [precision, total] : totals)
        std::printf("%d networks in %s, %d failed, worst %s of %s: %s, %s\n", total.networks,
                    precision.c_str(), total.failed, fieldOr(total.worst, "error").c_str(),
                    fieldOr(total.worst, "limit").c_str(), fieldOr(total.worst, "case").c_str(),
                    fieldOr(total.worst, "worst_parameter").c_str());
}

} // namespace

int runGradients(const Options& options, ResultFile& results) {
    const std::vector<Task> tasks = tasksOf(options);
    TaskPlan plan;
    plan.stage = kStage;
    for (const Task& task : tasks)
        plan.names.push_back(task.name);
    if (plan.names.empty())
        throw BadArguments("No network has \"" + options.filter + "\" in its name.");
    plan.run = [&](const std::string& name, const Device& device, const RowSink& add) {
        for (const Task& task : tasks)
            if (task.name == name)
                run(task, device, add);
    };
    plan.print = printFailure;
    const std::vector<Fields> rows = runTasks(options, results, plan);
    printWorst(rows);
    return exitCode(rows);
}

} // namespace inlay::app

#include "engine/experiments/train/conversion.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/train/evaluation.h"
#include "engine/experiments/train/input_recorder.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network_triples.h"
#include "engine/operators/make.h"
#include "engine/operators/stl/stl_plan.h"

namespace inlay::engine::train {
namespace {

/// Rows that one tile of a layer joins; 1 where rows stay by themselves.
std::int64_t tileOf(const StartLayer& layer) {
    const auto* stl = std::get_if<StlConfig>(&layer.now);
    if (!stl || stlGrouping(*stl, layer.rows) == kernels::Grouping::Single)
        return 1;
    return stl->tile;
}

void fill(Network& network, const StartModel& model, const std::vector<StartLayer>& layers) {
    std::map<const Parameter*, bool> fitted;
    std::map<std::string, bool> converted;
    for (const StartLayer& layer : layers)
        converted[layer.name] = layer.isConverted();
    for (const NamedOperator& layer : network.operators())
        if (converted.at(layer.name))
            for (const ParameterPtr& parameter : layer.op->parameters())
                fitted[parameter.get()] = true;
    for (const ParameterPtr& parameter : network.parameters()) {
        if (fitted.contains(parameter.get()))
            continue;
        model.copyTo(parameter->name, parameter->value);
        ++parameter->version;
    }
    for (const NamedOperator& layer : network.operators())
        if (!converted.at(layer.name))
            for (const StateTensor& state : layer.op->state())
                model.copyTo(startStateName(state.name), *state.tensor);
    std::vector<StateTensor> own; // running statistics of norms
    network.collectState(own);
    for (const StateTensor& state : own)
        model.copyTo(startStateName(state.name), *state.tensor);
}

class Conversion {
public:
    explicit Conversion(const ConversionTask& task)
        : task_(task)
        , model_(task.config.startFrom.model.string(), task.config.network)
        , layers_(
              startLayers(model_.network(), task.config.network, task.input, task.config.batchSize))
        , recorder_(task.context.device()) {}

    std::optional<ConversionResult> run() {
        ConversionResult result;
        const auto source = makeSource();
        if (!measure(*source, result.before) || !see())
            return std::nullopt;
        fill(task_.network, model_, layers_);
        if (!fitLayers() || !measure(task_.network, result.after))
            return std::nullopt;
        return result;
    }

private:
    bool proceed() {
        task_.context.progress(0, task_.totalSteps);
        return task_.context.proceed();
    }

    std::unique_ptr<Network> makeSource() {
        if (task_.config.startFrom.weighted)
            for (const StartLayer& layer : layers_)
                if (layer.isConverted())
                    recorder_.watch(layer.name, tileOf(layer), layer.now);
        auto source = makeNetwork(withoutTriples(model_.network()), task_.input,
                                  task_.context.device(), task_.context.stream("network"));
        std::vector<StartLayer> same = layers_;
        for (StartLayer& layer : same)
            layer.now = layer.before;
        fill(*source, model_, same);
        return source;
    }

    bool measure(Network& network, double& accuracy) {
        if (task_.data.test.count == 0)
            return true;
        const Evaluation test =
            evaluate(network, task_.context.device(), task_.data.test, task_.normalization,
                     task_.rows, task_.config.batchSize, 0, [this] { return proceed(); });
        accuracy = test.accuracy;
        return test.complete;
    }

    /// Runs training samples through a copy of the trained network that looks at its layers.
    bool see() {
        if (!task_.config.startFrom.weighted)
            return true;
        const auto watched =
            makeNetwork(withoutTriples(model_.network()), task_.input, task_.context.device(),
                        task_.context.stream("network"), recorder_.wrap());
        std::vector<StartLayer> same = layers_;
        for (StartLayer& layer : same)
            layer.now = layer.before;
        fill(*watched, model_, same);
        EpochOrder order(task_.context.stream("start.order"), task_.data.training.count);
        BatchFeed feed(task_.data.training, task_.normalization, task_.rows, task_.context.device(),
                       task_.config.batchSize);
        std::int64_t left = std::min(task_.config.startFrom.samples, task_.data.training.count);
        while (left > 0) {
            if (!proceed())
                return false;
            const auto samples = order.next(std::min(left, task_.config.batchSize));
            const Batch batch = feed.load(samples, nullptr);
            watched->forward(*batch.values, batch.rows, nullptr);
            left -= static_cast<std::int64_t>(samples.size());
        }
        return true;
    }

    bool fitLayers() {
        const auto total = std::count_if(layers_.begin(), layers_.end(),
                                         [](const StartLayer& l) { return l.isConverted(); });
        std::int64_t done = 0;
        for (const NamedOperator& named : task_.network.operators()) {
            const auto layer =
                std::find_if(layers_.begin(), layers_.end(),
                             [&](const StartLayer& each) { return each.name == named.name; });
            if (!layer->isConverted())
                continue;
            if (!proceed())
                return false;
            fitLayer(*named.op, *layer, ++done, total);
        }
        return true;
    }

    void fitLayer(LinearOperator& op, const StartLayer& layer, std::int64_t number,
                  std::int64_t total) {
        const double start = monotonicSeconds();
        const HostMatrix weight = model_.matrix(layer.name);
        const InputMoments moments = task_.config.startFrom.weighted
                                         ? recorder_.moments(layer.name)
                                         : whiteMoments(tileOf(layer), layer.in);
        const FitOptions options{task_.config.startFrom.scores, task_.config.startFrom.sweeps};
        FitReport report;
        try {
            report = fitOperator(op, layer.now, weight, moments, options);
        } catch (const Error& error) {
            throw Error(fmt::format("Layer {} cannot be fitted: {}", layer.name, error.what()));
        }
        std::string notes;
        for (const std::string& note : report.notes)
            notes += (notes.empty() ? "" : "; ") + note;
        task_.context.recorder().resultRow(
            "conversion", number - 1,
            {{"layer", layer.name},
             {"family", familyOf(layer.now)},
             {"parameters", op.plan(layer.rows).parameters},
             {"dense_parameters", layer.in * layer.out},
             {"error", report.error},
             {"weighted_error",
              task_.config.startFrom.weighted ? Json(report.weightedError) : Json()},
             {"seconds", monotonicSeconds() - start},
             {"note", notes}});
        task_.context.event(
            EventLevel::Info,
            fmt::format("Fitted {} as {} ({} of {}): error {:.1f} % of the matrix{}.", layer.name,
                        familyOf(layer.now), number, total, 100.0 * report.error,
                        task_.config.startFrom.weighted
                            ? fmt::format(", {:.1f} % of its outputs", 100.0 * report.weightedError)
                            : std::string()));
    }

    const ConversionTask& task_;
    StartModel model_;
    std::vector<StartLayer> layers_;
    InputRecorder recorder_;
};

} // namespace

std::optional<ConversionResult> convert(const ConversionTask& task) {
    return Conversion(task).run();
}

} // namespace inlay::engine::train

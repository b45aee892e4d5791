#include "app/cli/metric_names.h"

#include "app/cli/output.h"
#include "engine/runner/output.h"

namespace inlay::app {
namespace {

const engine::OutputDeclaration* declared(const engine::ExperimentKind* kind,
                                          const std::string& metric) {
    return kind ? engine::findOutput(kind->outputs(), engine::OutputType::Metric, metric) : nullptr;
}

} // namespace

std::string metricTitle(const engine::ExperimentKind* kind, const std::string& metric) {
    const auto* output = declared(kind, metric);
    return output ? engine::titleOf(*output, metric) : metric;
}

std::string metricValue(const engine::ExperimentKind* kind, const std::string& metric,
                        double value) {
    const auto* output = declared(kind, metric);
    return metricText(metric, value, output ? output->unit : "");
}

} // namespace inlay::app

#include "engine/runner/headline.h"

#include <optional>
#include <tuple>

#include "engine/runner/output.h"

namespace inlay::engine {

int dataRank(std::string_view name) {
    if (name.starts_with("test/"))
        return 0;
    if (name.starts_with("validation/"))
        return 1;
    return name.starts_with("time/") ? 3 : 2;
}

std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics) {
    for (const std::string& pattern : kind.headlines())
        for (const auto& [name, value] : metrics)
            if (matchesPattern(pattern, name))
                return name;
    const std::vector<OutputDeclaration>& outputs = kind.outputs();
    std::string best;
    std::optional<std::tuple<int, bool, std::ptrdiff_t>> bestRank;
    for (const auto& [name, value] : metrics) {
        const OutputDeclaration* output = findOutput(outputs, OutputType::Metric, name);
        if (output == nullptr || output->better == Better::Neither)
            continue;
        const std::tuple rank{dataRank(name), output->better != Better::Higher,
                              output - outputs.data()};
        if (!bestRank || rank < *bestRank) {
            bestRank = rank;
            best = name;
        }
    }
    return best;
}

} // namespace inlay::engine

#include "engine/runner/headline.h"

#include <vector>

#include "engine/runner/output.h"

namespace inlay::engine {

int dataRank(std::string_view name) {
    if (name.starts_with("test/"))
        return 0;
    if (name.starts_with("validation/"))
        return 1;
    return name.starts_with("time/") ? 3 : 2;
}

std::optional<HeadlineRank> headlineRank(const ExperimentKind& kind, std::string_view name) {
    const std::vector<std::string> first = kind.headlines();
    for (std::size_t i = 0; i < first.size(); ++i)
        if (matchesPattern(first[i], name))
            return HeadlineRank{i, 0, false, 0, name.size(), name};
    const std::vector<OutputDeclaration>& outputs = kind.outputs();
    const OutputDeclaration* output = findOutput(outputs, OutputType::Metric, name);
    if (output == nullptr || output->better == Better::Neither)
        return std::nullopt;
    return HeadlineRank{first.size(),
                        dataRank(name),
                        output->better != Better::Higher,
                        output - outputs.data(),
                        name.size(),
                        name};
}

std::string headlineMetric(const ExperimentKind& kind, const Metrics& metrics) {
    std::string best;
    std::optional<HeadlineRank> bestRank;
    for (const auto& [name, value] : metrics) {
        const std::optional<HeadlineRank> rank = headlineRank(kind, name);
        if (rank && (!bestRank || *rank < *bestRank)) {
            bestRank = rank;
            best = name;
        }
    }
    return best;
}

} // namespace inlay::engine

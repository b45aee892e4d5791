#include "engine/interop/partition_export.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/csv.h"

namespace inlay::engine {
namespace {

void finish(std::ofstream& file, const std::string& path) {
    file.close();
    if (!file)
        throw Error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

/// GML has no escape but entities.
std::string gmlText(const std::string& text) {
    std::string out;
    for (const char c : text)
        out += c == '"' ? "&quot;" : c == '&' ? "&amp;" : std::string(1, c);
    return '"' + out + '"';
}

} // namespace

void writePartitionCsv(const std::string& path, const std::vector<std::string>& labels,
                       std::span<const std::int32_t> clusters,
                       const std::vector<std::string>& truth) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << (truth.empty() ? "node,cluster\n" : "node,cluster,truth\n");
    for (std::size_t i = 0; i < labels.size() && file; ++i) {
        file << csvText(labels[i]) << ',';
        if (clusters[i] >= 0)
            file << clusters[i] + 1;
        if (!truth.empty())
            file << ',' << csvText(truth[i]);
        file << '\n';
    }
    finish(file, path);
}

void writePartitionGml(const std::string& path, const std::vector<std::string>& labels,
                       std::span<const std::pair<std::int32_t, std::int32_t>> edges,
                       std::span<const std::int32_t> clusters,
                       const std::vector<std::string>& truth) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << "graph [\n  directed 0\n";
    for (std::size_t i = 0; i < labels.size() && file; ++i) {
        file << "  node [\n    id " << i << "\n    label " << gmlText(labels[i]) << '\n';
        if (clusters[i] >= 0) // a node of no cluster says nothing, as in the CSV file
            file << "    cluster " << clusters[i] + 1 << '\n';
        if (!truth.empty())
            file << "    value " << gmlText(truth[i]) << '\n';
        file << "  ]\n";
    }
    for (const auto& [a, b] : edges)
        file << "  edge [\n    source " << a << "\n    target " << b << "\n  ]\n";
    file << "]\n";
    finish(file, path);
}

} // namespace inlay::engine

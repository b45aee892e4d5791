#include "widgets/views/clustering/graph_run.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

using engine::FrameRecord;
using engine::Json;

double number(const Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() ? 0 : engine::numberFromJson(*found).value_or(0);
}

std::optional<double> known(const Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() || found->is_null() ? std::nullopt : engine::numberFromJson(*found);
}

QString text(const Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() || !found->is_string()
               ? QString()
               : QString::fromStdString(found->get<std::string>());
}

/// Rows of the newest attempt that has any, by row number: a resumed run goes on where it was.
std::vector<std::pair<int, Json>> rowsOf(engine::RunStore& store, engine::RunId run,
                                         const char* name) {
    std::map<std::int64_t, std::pair<int, Json>> newest;
    for (const engine::ResultRow& row : store.resultRows(run, name)) {
        auto& kept = newest[row.row];
        if (row.attempt >= kept.first)
            kept = {row.attempt, engine::parseJson(row.data, name)};
    }
    std::vector<std::pair<int, Json>> rows;
    for (auto& [index, row] : newest)
        rows.push_back(std::move(row));
    return rows;
}

GraphRound roundOf(const Json& row, int attempt) {
    GraphRound round;
    round.attempt = attempt;
    round.step = static_cast<std::int64_t>(number(row, "step"));
    round.round = static_cast<int>(number(row, "round"));
    round.kappa = number(row, "kappa");
    round.rate = number(row, "rate");
    round.nodes = static_cast<std::int64_t>(number(row, "nodes"));
    round.s0 = number(row, "s0");
    round.noise = number(row, "noise");
    round.t = number(row, "t");
    round.iterations = static_cast<std::int64_t>(number(row, "iterations"));
    round.rank = static_cast<std::int64_t>(number(row, "rank"));
    round.primal = number(row, "primal");
    round.seconds = number(row, "seconds");
    round.queries = static_cast<std::int64_t>(number(row, "queries"));
    for (const QString& size : text(row, "found").split(QStringLiteral(", "), Qt::SkipEmptyParts))
        round.found.push_back(size.toLongLong());
    return round;
}

std::vector<TrueCluster> plantedSizes(const std::string& config) {
    std::vector<TrueCluster> clusters;
    const Json values = engine::parseJson(config, "the configuration");
    const Json* sizes = engine::findPath(values, "graph.sizes");
    if (!sizes || !sizes->is_array())
        return clusters;
    for (const Json& size : *sizes) {
        TrueCluster cluster;
        cluster.name = QStringLiteral("V%1").arg(clusters.size() + 1);
        cluster.size = size.get<std::int64_t>();
        clusters.push_back(cluster);
    }
    return clusters;
}

/// The newest frame at or before a (attempt, step); the newest of all for none.
std::optional<FrameRecord> frameAt(engine::RunStore& store, engine::RunId run, const char* name,
                                   const std::optional<std::pair<int, std::int64_t>>& at) {
    const FrameRecord* best = nullptr;
    const std::vector<FrameRecord> headers = store.frames(run, name);
    for (const FrameRecord& header : headers) {
        const std::pair place(header.attempt, header.step);
        if (at && place > *at)
            continue;
        if (!best || place > std::pair(best->attempt, best->step))
            best = &header;
    }
    return best ? store.frame(run, name, best->attempt, best->step) : std::nullopt;
}

MatrixData matrixOf(const std::optional<FrameRecord>& frame, std::int64_t nodes) {
    MatrixData data;
    if (!frame || frame->type != engine::FrameType::U8 || frame->shape.size() != 2)
        return data;
    data.rows = static_cast<int>(frame->shape[0]);
    data.columns = static_cast<int>(frame->shape[1]);
    data.values.reserve(frame->data.size());
    for (const std::byte value : frame->data)
        data.values.push_back(static_cast<float>(std::to_integer<int>(value)) / 255.0f);
    data.rowSize = data.columnSize =
        nodes > 0 ? static_cast<double>(nodes) / static_cast<double>(data.rows) : 1;
    return data;
}

} // namespace

GraphRun readGraphRun(engine::RunStore& store, engine::RunId run, const std::string& config) {
    GraphRun graph;
    for (const auto& [attempt, row] : rowsOf(store, run, "rounds"))
        graph.rounds.push_back(roundOf(row, attempt));
    for (const auto& [attempt, row] : rowsOf(store, run, "truth")) {
        TrueCluster cluster;
        cluster.name = text(row, "truth");
        cluster.size = static_cast<std::int64_t>(number(row, "size"));
        cluster.state = text(row, "state");
        cluster.missing = static_cast<std::int64_t>(number(row, "missing"));
        const double available = number(row, "available");
        cluster.askedShare = available > 0 ? number(row, "asked") / available : -1;
        graph.truth.push_back(cluster);
    }
    if (graph.truth.empty())
        graph.truth = plantedSizes(config);
    for (const auto& [attempt, row] : rowsOf(store, run, "clusters"))
        graph.clusters.push_back({static_cast<std::int64_t>(number(row, "size")),
                                  static_cast<int>(number(row, "round"))});
    for (const auto& [attempt, row] : rowsOf(store, run, "comparison")) {
        MethodRow method;
        method.method = text(row, "method");
        method.clusters = static_cast<std::int64_t>(number(row, "clusters"));
        if (const auto exact = known(row, "exact"))
            method.exact = static_cast<int>(*exact);
        method.ari = known(row, "ari");
        method.nmi = known(row, "nmi");
        method.modularity = number(row, "modularity");
        method.seconds = number(row, "seconds");
        graph.methods.push_back(method);
    }
    if (!graph.rounds.empty())
        graph.nodes = graph.rounds.front().nodes;
    else
        graph.nodes = std::accumulate(
            graph.truth.begin(), graph.truth.end(), std::int64_t{0},
            [](std::int64_t sum, const TrueCluster& cluster) { return sum + cluster.size; });
    return graph;
}

GraphPictures readGraphPictures(engine::RunStore& store, engine::RunId run,
                                const std::optional<GraphRound>& round, std::int64_t nodes) {
    GraphPictures pictures;
    std::optional<std::pair<int, std::int64_t>> at;
    std::optional<std::pair<int, std::int64_t>> after;
    if (round) {
        at = {round->attempt, round->step};
        // The graph in its new order is recorded right after the solve.
        after = {round->attempt, round->step + 1};
    }
    pictures.adjacency = matrixOf(frameAt(store, run, "adjacency", after), nodes);
    pictures.solution = matrixOf(frameAt(store, run, "solution", at), round ? round->nodes : nodes);
    if (const auto frame = frameAt(store, run, "eigenvalues", at);
        frame && frame->type == engine::FrameType::F32) {
        std::vector<float> values(frame->data.size() / sizeof(float));
        std::memcpy(values.data(), frame->data.data(), values.size() * sizeof(float));
        pictures.eigenvalues.assign(values.begin(), values.end());
    }
    engine::SeriesReader reader(store);
    if (const auto series = reader.find(run, "solver/threshold")) {
        const engine::SeriesData data = reader.read(series->id);
        for (std::size_t i = 0; i < data.steps.size(); ++i)
            if (!round || data.steps[i] <= round->step)
                pictures.threshold = data.values[i];
    }
    return pictures;
}

} // namespace inlay::widgets

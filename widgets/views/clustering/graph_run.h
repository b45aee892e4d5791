#pragma once

#include <optional>
#include <vector>

#include <QString>

#include "engine/store/run_record.h"
#include "widgets/plots/heat_map.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// One solve of a graph clustering run: a row of its table "rounds".
struct GraphRound {
    int attempt = 1;
    std::int64_t step = 0; // at which it ended
    int round = 1;
    double kappa = 1;
    double rate = 1;
    std::int64_t nodes = 0;
    double s0 = 0;
    double noise = 0;
    double inside = 0;
    double t = 0;
    std::int64_t iterations = 0;
    std::int64_t rank = 0;
    double primal = 0;
    std::vector<std::int64_t> found; // sizes
    double seconds = 0;
    std::int64_t queries = 0;
};

/// A true cluster and what became of it.
struct TrueCluster {
    QString name;
    std::int64_t size = 0;
    QString state; // "exact", "partly", "not found"; empty while the run goes on
    std::int64_t missing = 0;
    double askedShare = -1; // of the pairs inside; -1 unknown
};

/// A cluster as found.
struct FoundCluster {
    std::int64_t size = 0;
    int round = 1;
};

struct MethodRow {
    QString method;
    std::int64_t clusters = 0;
    std::optional<int> exact;
    std::optional<double> ari;
    std::optional<double> nmi;
    double modularity = 0;
    double seconds = 0;
};

/// All but the pictures.
struct GraphRun {
    std::vector<GraphRound> rounds;
    std::vector<TrueCluster> truth;
    std::vector<FoundCluster> clusters; // in the end, after clean-up; empty while the run goes on
    std::vector<MethodRow> methods;
    std::int64_t nodes = 0;
};

/// Pictures at one solve (or of what goes on).
struct GraphPictures {
    MatrixData adjacency;
    MatrixData solution;
    std::vector<double> eigenvalues;
    double threshold = 0; // 1/rho
};

/// Reads the tables of a run; `config` is its JSON text.
GraphRun readGraphRun(engine::RunStore& store, engine::RunId run, const std::string& config);
/// The pictures of a solve; the newest ones for nothing.
GraphPictures readGraphPictures(engine::RunStore& store, engine::RunId run,
                                const std::optional<GraphRound>& round, std::int64_t nodes);

} // namespace inlay::widgets

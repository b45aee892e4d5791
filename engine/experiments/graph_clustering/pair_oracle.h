#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/experiments/graph_clustering/dense_graph.h"
#include "engine/experiments/graph_clustering/planted_model.h"

namespace inlay::engine::graph_clustering {

/// The graph behind its observations: a pair is seen at rate rho when its uniform number lies below
/// rho, so raising rho never draws a pair anew. Unseen pairs ('?') are 0 in what is solved.
class PairOracle {
public:
    /// `unknown` marks pairs that no rate shows (its diagonal is not read).
    PairOracle(DenseGraph graph, std::optional<DenseGraph> unknown, const RandomStream& stream);

    std::int64_t nodes() const { return graph_.nodes(); }
    const DenseGraph& graph() const { return graph_; }
    /// The matrix of some nodes at a rate; at rate 1 every known pair is seen.
    DenseGraph observe(std::span<const std::int32_t> nodes, double rate) const;
    /// The pairs of these nodes that are seen at a rate, joined or not.
    DenseGraph seen(std::span<const std::int32_t> nodes, double rate) const;
    /// Known pairs among these nodes that a raise from `low` to `high` asks for.
    std::int64_t pairsBetween(std::span<const std::int32_t> nodes, double low, double high) const;
    /// Known pairs / all pairs among these nodes; 1 without unknown ones.
    double knownFraction(std::span<const std::int32_t> nodes) const;
    /// Whether a rate shows every pair.
    bool seesAll(double rate) const { return rate >= 1 && !unknown_; }
    bool known(std::int64_t i, std::int64_t j) const { return !unknown_ || !unknown_->edge(i, j); }
    bool sees(std::int64_t i, std::int64_t j, double rate) const {
        return known(i, j) && (rate >= 1 || uniforms_.at(i, j) < rate);
    }

private:
    DenseGraph graph_;
    std::optional<DenseGraph> unknown_;
    PairUniforms uniforms_;
};

} // namespace inlay::engine::graph_clustering

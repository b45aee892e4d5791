#include "engine/experiments/graph_clustering/baselines/communities.h"

#include <igraph/igraph.h>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr int kLeidenPasses = 20;
/// Randomness of the refinement, the default of igraph's interfaces.
constexpr double kLeidenBeta = 0.01;

void require(igraph_error_t code, const char* what) {
    if (code != IGRAPH_SUCCESS)
        throw Error(fmt::format("igraph could not do {}: {}", what, igraph_strerror(code)));
}

class Vector {
public:
    explicit Vector(std::int64_t size) {
        require(igraph_vector_init(&vector_, size), "a vector of that size");
    }
    ~Vector() { igraph_vector_destroy(&vector_); }
    Vector(const Vector&) = delete;
    Vector& operator=(const Vector&) = delete;
    igraph_vector_t* get() { return &vector_; }
    double& operator[](std::int64_t i) { return VECTOR(vector_)[i]; }

private:
    igraph_vector_t vector_;
};

class IntVector {
public:
    explicit IntVector(std::int64_t size) {
        require(igraph_vector_int_init(&vector_, size), "a vector of that size");
    }
    ~IntVector() { igraph_vector_int_destroy(&vector_); }
    IntVector(const IntVector&) = delete;
    IntVector& operator=(const IntVector&) = delete;
    igraph_vector_int_t* get() { return &vector_; }
    igraph_integer_t& operator[](std::int64_t i) { return VECTOR(vector_)[i]; }
    std::vector<std::int32_t> labels() {
        std::vector<std::int32_t> out;
        for (igraph_integer_t i = 0; i < igraph_vector_int_size(&vector_); ++i)
            out.push_back(static_cast<std::int32_t>(VECTOR(vector_)[i]));
        return out;
    }

private:
    igraph_vector_int_t vector_;
};

class Graph {
public:
    Graph(std::int64_t nodes, const EdgeSet& edges) {
        igraph_set_error_handler(igraph_error_handler_ignore);
        IntVector ends(2 * static_cast<std::int64_t>(edges.size()));
        std::int64_t at = 0;
        for (const auto& [a, b] : edges) {
            ends[at++] = a;
            ends[at++] = b;
        }
        require(igraph_create(&graph_, ends.get(), nodes, IGRAPH_UNDIRECTED), "a graph");
    }
    ~Graph() { igraph_destroy(&graph_); }
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;
    igraph_t* get() { return &graph_; }

private:
    igraph_t graph_;
};

void seedGenerator(std::uint64_t seed) {
    require(igraph_rng_seed(igraph_rng_default(), static_cast<igraph_uint_t>(seed)),
            "seeding its generator");
}

} // namespace

std::vector<std::int32_t> louvainCommunities(std::int64_t nodes, const EdgeSet& edges,
                                             std::uint64_t seed) {
    Graph graph(nodes, edges);
    seedGenerator(seed);
    IntVector membership(nodes);
    require(
        igraph_community_multilevel(graph.get(), nullptr, 1, membership.get(), nullptr, nullptr),
        "Louvain");
    return membership.labels();
}

std::vector<std::int32_t> leidenCommunities(std::int64_t nodes, const EdgeSet& edges,
                                            std::uint64_t seed) {
    Graph graph(nodes, edges);
    seedGenerator(seed);
    // Modularity is the general objective with node weights = degrees, resolution 1/(2m).
    Vector degrees(nodes);
    for (const auto& [a, b] : edges) {
        degrees[a] += 1;
        degrees[b] += 1;
    }
    IntVector membership(nodes);
    if (edges.empty()) {
        for (std::int64_t i = 0; i < nodes; ++i)
            membership[i] = i;
        return membership.labels();
    }
    igraph_integer_t clusters = 0;
    igraph_real_t quality = 0;
    igraph_real_t before = -1;
    for (int pass = 0; pass < kLeidenPasses; ++pass) {
        require(igraph_community_leiden(graph.get(), nullptr, degrees.get(),
                                        0.5 / static_cast<double>(edges.size()), kLeidenBeta,
                                        pass > 0, 1, membership.get(), &clusters, &quality),
                "Leiden");
        if (quality <= before)
            break;
        before = quality;
    }
    return membership.labels();
}

} // namespace inlay::engine::graph_clustering

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace inlay::engine {

enum class GraphFormat { Auto, EdgeList, Gml, MatrixMarket, Csv };

/// One entry as a file has it: (from, to) of 0-based nodes, and the line it stands in.
struct GraphEntry {
    std::int32_t from = 0;
    std::int32_t to = 0;
    double weight = 1;
    std::int64_t line = 0;
};

/// A graph file as it was read, before it is made simple.
struct GraphData {
    std::string path;
    /// Names of the nodes: ids of an edge list, labels of a GML file, 1-based indices of a matrix.
    std::vector<std::string> labels;
    std::vector<GraphEntry> entries;
    /// Pairs that are '?' in the file: not observed, which is not the same as absent.
    std::vector<std::pair<std::int32_t, std::int32_t>> unknown;
    /// Truth of each node when the file has one (`value` of GML), else empty.
    std::vector<std::string> truth;
    /// Every entry stands for both directions (undirected GML, symmetric Matrix Market).
    bool undirected = false;
    /// A full matrix: both triangles are in the file and should agree.
    bool matrix = false;
};

/// Reads a graph file. Auto goes by the ending: .gml, .mtx, .csv, anything else is an edge list.
/// Throws Error with a sentence that names the file, the line and the value.
GraphData readGraph(const std::string& path, GraphFormat format);

/// SNAP: '#' comments, two whitespace-separated integer ids a line and perhaps a third column, a
/// weight or '?' for a pair that was not observed.
GraphData readEdgeList(const std::string& path);
/// graph [ directed 0 node [ id label value ] edge [ source target value|weight ] ]
GraphData readGml(const std::string& path);
/// %%MatrixMarket matrix coordinate pattern|real|integer general|symmetric; 1-based.
GraphData readMatrixMarket(const std::string& path);
/// A square matrix of numbers (0, 1, weights, '?'), perhaps with a header row and column of names.
GraphData readAdjacencyCsv(const std::string& path);

/// How the two directions of a pair become one.
enum class Symmetrize {
    Auto, // lists: an edge in either direction; full matrices must be symmetric
    Or,
    And,
    Average // of the weights, then the threshold
};

struct SimplifyOptions {
    Symmetrize symmetrize = Symmetrize::Auto;
    /// Weights above it are edges; without it only 0 and 1 are allowed.
    std::optional<double> threshold;
};

/// Undirected, without loops, duplicates and weights.
struct SimpleGraph {
    std::vector<std::string> labels;
    std::vector<std::pair<std::int32_t, std::int32_t>> edges;   // i < j, sorted
    std::vector<std::pair<std::int32_t, std::int32_t>> unknown; // i < j, sorted
    std::vector<std::int32_t> truth;                            // class of each node, or empty
    std::vector<std::string> truthNames;
    /// What was done to the file: "12 self loops were left out", …
    std::vector<std::string> notes;

    std::int64_t nodes() const { return static_cast<std::int64_t>(labels.size()); }
};

/// Throws Error when weights need a threshold, or when a matrix is not symmetric and nothing says
/// how to make it so; the sentence names the first such entry and how many pairs differ.
SimpleGraph simplifyGraph(const GraphData& data, const SimplifyOptions& options);

/// Classes of the nodes from a file of its own: "node class" a line, or one community a line
/// (nodes of none are classes of their own). Replaces graph.truth. Throws Error.
void readTruth(const std::string& path, SimpleGraph& graph);

} // namespace inlay::engine

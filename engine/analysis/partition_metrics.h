#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace inlay::engine {

/// Labels say the part of each item; a negative one makes the item a part of its own.
using Labels = std::span<const std::int32_t>;

/// Adjusted Rand index (Hubert, Arabie 1985) by pair counts; 1 for equal partitions, also when both
/// are trivial.
double adjustedRandIndex(Labels a, Labels b);

/// 2 I / (H1 + H2), the arithmetic normalization; 1 when both partitions have one part.
double normalizedMutualInformation(Labels a, Labels b);

/// Mutual information less what chance gives (Vinh, Epps, Bailey 2010), over the mean entropy less
/// the same: 1 for equal partitions, 0 on average for independent ones.
double adjustedMutualInformation(Labels a, Labels b);

/// Harmonic mean of homogeneity and completeness (Rosenberg, Hirschberg 2007).
struct VMeasure {
    double homogeneity = 1;
    double completeness = 1;
    double v = 1;
};
VMeasure vMeasure(Labels truth, Labels found);

/// Newman's modularity of a partition of an undirected graph without loops; 0 without edges.
double modularity(std::span<const std::pair<std::int32_t, std::int32_t>> edges, Labels labels);

/// For each part of `truth` (labels 0, 1, …): whether some part of `found` is the same set.
std::vector<bool> exactlyRecovered(Labels truth, Labels found);

/// Counts of items by (part of a, part of b), parts in order of appearance, negative labels as
/// parts of their own.
struct Contingency {
    std::vector<std::int64_t> rows;    // sizes of a's parts
    std::vector<std::int64_t> columns; // sizes of b's parts
    struct Cell {
        std::int32_t row = 0;
        std::int32_t column = 0;
        std::int64_t count = 0;
    };
    std::vector<Cell> cells; // those above zero
    std::int64_t total = 0;
};
Contingency contingency(Labels a, Labels b);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/embedding/neighbors.h"

namespace inlay::engine {

/// Points with a label each (-1 = none: such a point is nobody's match and no query).
struct LabeledPoints {
    PointsView points;
    std::span<const std::int32_t> labels;
};

/// Shares over the queries whose label occurs among the references (R > 0).
struct RetrievalMetrics {
    std::vector<std::int64_t> ks;  // of recall, after clamping to the references there are
    std::vector<double> recall;    // at least one match among the k nearest
    double rPrecision = 0;         // matches among the first R, over R
    double mapAtR = 0;             // mean average precision at R
    std::int64_t queries = 0;      // that counted
    std::int64_t withoutMatch = 0; // skipped: R = 0, or no label
    std::vector<std::string> notes;
    bool cancelled = false;
};

/// `ks` of recall are 1, 2, 4, 8 by default. Ties by lower index. With OwnMatch::LeaveOut queries
/// and references are the same points. All R = 0 leaves the shares at 0 with the note "no repeated
/// labels".
RetrievalMetrics retrievalMetrics(const LabeledPoints& references, const LabeledPoints& queries,
                                  OwnMatch ownMatch, const std::vector<std::int64_t>& ks = {},
                                  const KeepGoing& keepGoing = {});

/// Recall alone, of points among themselves: the shares at each k, over the labeled points whose
/// label occurs again; empty when there is none or it was cancelled. Cheaper than
/// retrievalMetrics(), whose lists are as long as a class.
std::vector<double> recallAt(const LabeledPoints& points, const std::vector<std::int64_t>& ks,
                             const KeepGoing& keepGoing = {});

/// P(i) rel(i) averaged over the first R places; `hits` holds at least R marks.
double averagePrecisionAtR(std::span<const std::uint8_t> hits, std::int64_t r);

/// The label of most of the k nearest labeled references; ties by the larger sum of 1 / distance,
/// then by the lower label. One for each query.
std::vector<std::int32_t> neighborLabels(const LabeledPoints& references, PointsView queries,
                                         std::int64_t k, OwnMatch ownMatch,
                                         const KeepGoing& keepGoing = {});

/// Votes by exp(cosine / temperature) of the k references of largest cosine (Wu, Xiong, Yu, Lin
/// 2018); ties by the lower label.
std::vector<std::int32_t> softNeighborLabels(const LabeledPoints& references, PointsView queries,
                                             std::int64_t k, double temperature, OwnMatch ownMatch,
                                             const KeepGoing& keepGoing = {});

/// Share of labeled queries whose labels by neighbors are theirs.
double neighborAccuracy(std::span<const std::int32_t> predicted,
                        std::span<const std::int32_t> labels);

} // namespace inlay::engine

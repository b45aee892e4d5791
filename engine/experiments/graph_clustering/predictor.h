#pragma once

#include <cstdint>

namespace inlay::engine::graph_clustering {

/// Weights of the convex program: the price of a missed edge (A = 1, K = 0) and of an absent edge
/// inside a cluster (A = 0, K = 1).
struct ProgramWeights {
    double missedEdge = 0; // c1
    double absentEdge = 0; // c2
};

/// What the weights depend on. Probabilities are those of the matrix that is solved: with partial
/// observation the observed ones times the rate.
struct ProgramSetting {
    std::int64_t nodes = 0;
    double inside = 0;    // p
    double across = 0;    // q
    double threshold = 0; // t; see thresholdOf
    double b1 = 2;
    double kappa = 1;
};

/// t = p/4 + 3q/4, as the paper's experiments have it.
double thresholdOf(double inside, double across);

/// lambda = b1 / (kappa sqrt(n ln n)); c1 = lambda sqrt((1-t)/t), c2 = lambda sqrt(t/(1-t)).
/// Ailon, Chen, Xu (ICML 2013), Theorem 1; the natural logarithm under the root is what the paper's
/// tables agree with. Needs n >= 2 and 0 < t < 1.
ProgramWeights programWeights(const ProgramSetting& setting);

/// s0 = kappa sqrt(n ln n) sqrt(t(1-t)) / (b1 (p-t)): clusters of at most so many nodes cannot
/// appear in the solution. Infinite when p <= t.
double smallestRecoverable(const ProgramSetting& setting);

/// 2 lambda sqrt(n) sqrt((1-t) q / (t (1-q))): above 1 the entries outside of the clusters may be
/// taken for clusters (a semicircle estimate, rough).
double noiseNumber(const ProgramSetting& setting);

/// Whether a solution can be clean at all: a node of a block of s nodes needs at least
/// (1 + s c2) / (c1 + c2) neighbors in it, itself included. False when even in a block of all nodes
/// one three standard deviations below the mean has fewer.
bool canBeClean(const ProgramSetting& setting);

/// The factor by which kappa may grow until s0 reaches n.
double largestKappa(const ProgramSetting& setting);

/// The kappa at which the noise number is 1.
double quietKappa(const ProgramSetting& setting);

} // namespace inlay::engine::graph_clustering

#include <QtTest>

#include "engine/analysis/embedding/cluster_agreement.h"
#include "engine/analysis/embedding/embedding_statistics.h"
#include "engine/analysis/embedding/linear_probe.h"
#include "engine/analysis/embedding/retrieval.h"
#include "engine/analysis/partition_metrics.h"
#include "engine/base/error.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

namespace {

bool near(double a, double b, double tolerance = 1e-6) {
    return std::abs(a - b) <= tolerance;
}

/// What the reference figures below were computed on with numpy and scikit-learn 1.9.1: sine
/// points, the first coordinate moved by 0.35 times the label i % 4.
Points referencePoints() {
    Points points = sinePoints(60, 5);
    for (std::int64_t i = 0; i < 60; ++i) {
        points.labels.push_back(static_cast<std::int32_t>(i % 4));
        float& first = points.values[static_cast<std::size_t>(i * 5)];
        first = static_cast<float>(static_cast<double>(first) + 0.35 * static_cast<double>(i % 4));
    }
    return points;
}

LabeledPoints labeled(const Points& points) {
    return {points, points.labels};
}

/// On a line, so that neighbors can be counted by hand.
Points onALine(const std::vector<float>& places, const std::vector<std::int32_t>& labels) {
    Points points;
    points.values = places;
    points.labels = labels;
    points.count = static_cast<std::int64_t>(places.size());
    points.dimension = 1;
    return points;
}

} // namespace

class TestEmbeddingMetrics : public QObject {
    Q_OBJECT

private slots:
    void averagePrecisionOfThePage() {
        const std::vector<std::uint8_t> hits = {1, 0, 1, 1};
        QVERIFY(near(averagePrecisionAtR(hits, 4), (1 + 2.0 / 3 + 3.0 / 4) / 4, 1e-12));
        QVERIFY(near(averagePrecisionAtR(hits, 4), 0.6042, 5e-5));
        QCOMPARE(averagePrecisionAtR(hits, 0), 0.0);
    }

    void retrievalAsNumpyHasIt() {
        const Points points = referencePoints();
        const RetrievalMetrics found =
            retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut);
        QCOMPARE(found.queries, std::int64_t(60));
        QCOMPARE(found.withoutMatch, std::int64_t(0));
        QVERIFY((found.ks == std::vector<std::int64_t>{1, 2, 4, 8}));
        const double recall[4] = {0.45, 0.6833333333333333, 0.8833333333333333, 0.95};
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY(near(found.recall[i], recall[i], 1e-12));
        QVERIFY(near(found.rPrecision, 0.3773809523809524, 1e-12));
        QVERIFY(near(found.mapAtR, 0.2183784634677492, 1e-12));
    }

    void recallAloneIsTheSame() {
        const Points points = referencePoints();
        const std::vector<std::int64_t> ks{1, 2, 4, 8};
        QCOMPARE(recallAt(labeled(points), ks),
                 retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut).recall);
        // Who is alone in a class is no query, and who has no label is nobody.
        const Points few = onALine({0, 1, 2, 3, 1.1F}, {0, 0, 1, 2, -1});
        QCOMPARE(recallAt(labeled(few), {1}), std::vector<double>{1.0});
        QVERIFY(recallAt(labeled(onALine({0, 1}, {0, 1})), ks).empty());
        QVERIFY(recallAt(labeled(points), ks, [] { return false; }).empty());
    }

    // Votes by e^(cos / 0.07) among 20 and among all others: figures of a plain Python loop.
    void softVotes() {
        const Points points = referencePoints();
        for (const auto& [k, accuracy] : {std::pair(20, 27.0 / 60), std::pair(200, 25.0 / 60)}) {
            const auto predicted =
                softNeighborLabels(labeled(points), points, k, 0.07, OwnMatch::LeaveOut);
            QVERIFY((std::vector<std::int32_t>(predicted.begin(), predicted.begin() + 8) ==
                     std::vector<std::int32_t>{0, 1, 1, 3, 1, 1, 1, 1}));
            QVERIFY(near(neighborAccuracy(predicted, points.labels), accuracy, 1e-12));
        }
        // Lengths do not count.
        Points longer = points;
        for (float& value : longer.values)
            value *= 2;
        QCOMPARE(softNeighborLabels(labeled(points), longer, 20, 0.07, OwnMatch::Keep),
                 softNeighborLabels(labeled(points), points, 20, 0.07, OwnMatch::Keep));
    }

    // Five points in nine dimensions and nine in five have scatters with the same eigenvalues where
    // rows and columns are centered.
    void effectiveRankOfFewPoints() {
        Points wide = normalPoints(5, 9, 3);
        // Rows and columns of mean 0.
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t i = 0; i < 5; ++i) {
                double mean = 0;
                for (std::size_t d = 0; d < 9; ++d)
                    mean += double(wide.values[9 * i + d]) / 9;
                for (std::size_t d = 0; d < 9; ++d)
                    wide.values[9 * i + d] -= float(mean);
            }
            for (std::size_t d = 0; d < 9; ++d) {
                double mean = 0;
                for (std::size_t i = 0; i < 5; ++i)
                    mean += double(wide.values[9 * i + d]) / 5;
                for (std::size_t i = 0; i < 5; ++i)
                    wide.values[9 * i + d] -= float(mean);
            }
        }
        Points tall;
        tall.count = 9;
        tall.dimension = 5;
        for (std::size_t d = 0; d < 9; ++d)
            for (std::size_t i = 0; i < 5; ++i)
                tall.values.push_back(wide.values[9 * i + d]);
        QVERIFY(near(effectiveRank(wide), effectiveRank(tall), 1e-5));
        QVERIFY(effectiveRank(wide) < 4.0001); // five centered points span four dimensions
    }

    void neighborAccuracyAsNumpyHasIt() {
        const Points points = referencePoints();
        const auto predicted = neighborLabels(labeled(points), points, 5, OwnMatch::LeaveOut);
        QVERIFY(near(neighborAccuracy(predicted, points.labels), 0.43333333333333335, 1e-12));
    }

    // By hand: places 0 1 2 10, labels a a b b. R = 1 for each. Nearest: 1; 0 (tie with 2, lower
    // index); 1; 2.
    void tiesByLowerIndexAndWithoutItself() {
        const Points points = onALine({0, 1, 2, 10}, {0, 0, 1, 1});
        const RetrievalMetrics found =
            retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut, {1, 2, 9});
        QVERIFY(near(found.recall[0], 0.75));
        QVERIFY(near(found.mapAtR, 0.75));
        QVERIFY(near(found.recall[1], 0.75)); // 2 has 1 and 0 nearer than 10
        QCOMPARE(found.ks[2], std::int64_t(3));
        QCOMPARE(found.recall[2], 1.0);
        QCOMPARE(found.notes.size(), std::size_t(1));
    }

    // A copy at distance 0 is a neighbor; only the point's own number is not.
    void copiesAreNeighbors() {
        const Points points = onALine({5, 5, 5, 9}, {0, 1, 1, 0});
        const auto predicted = neighborLabels(labeled(points), points, 1, OwnMatch::LeaveOut);
        QVERIFY((predicted == std::vector<std::int32_t>{1, 0, 0, 0}));
        const RetrievalMetrics found =
            retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut, {1});
        QCOMPARE(found.recall[0], 0.25); // only the last: its nearest is number 0
    }

    void unlabeledPointsAreNobodysMatch() {
        const Points points = onALine({0, 0.1f, 1, 2}, {0, -1, 0, 3});
        const RetrievalMetrics found =
            retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut, {1});
        QCOMPARE(found.queries, std::int64_t(2)); // label 3 has nobody else
        QCOMPARE(found.withoutMatch, std::int64_t(2));
        // 0 finds 1; 1 has 0 and 2 at the same distance, the lower number first.
        QCOMPARE(found.recall[0], 1.0);
        const auto predicted = neighborLabels(labeled(points), points, 1, OwnMatch::LeaveOut);
        QCOMPARE(predicted[1], 0);
    }

    void noRepeatedLabels() {
        const Points points = onALine({0, 1, 2}, {0, 1, 2});
        const RetrievalMetrics found =
            retrievalMetrics(labeled(points), labeled(points), OwnMatch::LeaveOut);
        QCOMPARE(found.queries, std::int64_t(0));
        QCOMPARE(found.notes.back(), std::string("no repeated labels"));
    }

    void queriesApartFromReferences() {
        const Points references = onALine({0, 1, 10, 11}, {0, 0, 1, 1});
        const Points queries = onALine({0.4f, 9, 6}, {0, 1, 0});
        const RetrievalMetrics found =
            retrievalMetrics(labeled(references), labeled(queries), OwnMatch::Keep, {1});
        QVERIFY(near(found.recall[0], 2.0 / 3));
        // R = 2: both, both, and for 6 (10, then 1 and 11 at 5: number 1) the second.
        QVERIFY(near(found.rPrecision, (1 + 1 + 0.5) / 3));
        QVERIFY(near(found.mapAtR, (1 + 1 + 0.25) / 3));
    }

    // Two votes each: the pair with the larger sum of 1 / distance wins; equal sums go to the
    // lower label.
    void votesTieByCloseness() {
        const Points references = onALine({0, 1, 5, 6}, {4, 4, 2, 2});
        const Points queries = onALine({2.9f, 3, 3.1f}, {4, 4, 4});
        QVERIFY((neighborLabels(labeled(references), queries, 4, OwnMatch::Keep) ==
                 std::vector<std::int32_t>{4, 2, 2}));
    }

    void statisticsAsScikitLearnHasThem() {
        const Points points = referencePoints();
        QVERIFY(near(silhouette(points, points.labels), 0.0011851428070006856));
        QVERIFY(near(alignment(points, points.labels), 0.29414864329123835));
        QVERIFY(near(uniformity(points), -0.6355111513225109));
        QVERIFY(near(effectiveRank(points), 4.301608017559625));
    }

    void statisticsAtTheirEnds() {
        // Two places on the unit circle, opposite: |f - f'|² is 0 or 4.
        const Points points = onALine({1, 1, -1, -1}, {0, 0, 1, 1});
        QVERIFY(near(alignment(points, points.labels), 0));
        QVERIFY(near(uniformity(points), std::log((4 * 1.0 + 8 * std::exp(-8.0)) / 12)));
        QVERIFY(near(silhouette(points, points.labels), 1));
        QVERIFY(near(effectiveRank(points), 1));
        QVERIFY(near(leastSpread(points), 1));
        QVERIFY(near(tripletViolation(points, points.labels, 100), 0));
        const Points equal = onALine({2, 2, 2, 2}, {0, 0, 1, 1});
        QCOMPARE(effectiveRank(equal), 0.0);
        QVERIFY(near(uniformity(equal), 0));
        QVERIFY(near(leastSpread(equal), 0));
        QCOMPARE(tripletViolation(equal, equal.labels, 100), 1.0); // ties are violations
        QCOMPARE(nonZeroShare(onALine({0, 1, 0, 0}, {})), 0.25);
        QVERIFY(std::isnan(silhouette(points, std::vector<std::int32_t>{0, 0, 0, 0})));
        QVERIFY(std::isnan(alignment(points, std::vector<std::int32_t>{0, 1, 2, 3})));
        QVERIFY(std::isnan(tripletViolation(points, std::vector<std::int32_t>{0, 0, 0, 0}, 9)));
    }

    void effectiveRankOfAnIsotropicCloud() {
        QVERIFY(near(effectiveRank(normalPoints(20000, 8, 1)), 8, 0.02));
    }

    // --- Linear probe: LogisticRegression(C = 1 / (n l2)) ------------------------------------
    void probeAsScikitLearn() {
        const Points points = referencePoints();
        const LabeledPoints training{{std::span(points.values).first(200), 40, 5},
                                     std::span(points.labels).first(40)};
        const LabeledPoints test{{std::span(points.values).subspan(200), 20, 5},
                                 std::span(points.labels).subspan(40)};
        const ProbeResult found = linearProbe(training, test, {.iterations = 500, .l2 = 1e-2});
        QVERIFY(near(found.loss, 0.8417191989790674));
        const std::vector<std::int32_t> predicted = {1, 1, 0, 3, 2, 2, 1, 2, 1, 2,
                                                     2, 3, 0, 1, 2, 2, 1, 1, 1, 3};
        QVERIFY(found.predicted == predicted);
        QVERIFY(near(found.accuracy, 0.45, 1e-12));
        std::int64_t all = 0;
        for (const std::int64_t cell : found.confusion)
            all += cell;
        QCOMPARE(all, std::int64_t(20));
        QCOMPARE(found.confusion[5], std::int64_t(3)); // truth 1, found 1
        QVERIFY(near(found.classAccuracy[1], 3.0 / 5));
    }

    void probeOfSeparatedClouds() {
        const Points points = clouds(400, 6, 3, 8, 2);
        const ProbeResult found = linearProbe(labeled(points), labeled(points));
        QCOMPARE(found.accuracy, 1.0);
        QVERIFY(found.iterations <= 100);
        QVERIFY(linearProbe(labeled(points), labeled(points), {}, [] { return false; }).cancelled);
    }

    void probeOfConstantColumnsAndNoLabels() {
        Points points = clouds(60, 4, 2, 8, 2);
        for (std::size_t i = 3; i < points.values.size(); i += 4)
            points.values[i] = 7;
        QCOMPARE(linearProbe(labeled(points), labeled(points)).accuracy, 1.0);
        std::fill(points.labels.begin(), points.labels.end(), -1);
        QVERIFY_EXCEPTION_THROWN(linearProbe(labeled(points), labeled(points)), Error);
    }

    // --- Agreement of k-means with the labels ------------------------------------------------
    void adjustedMutualInformationAsScikitLearn() {
        const std::vector<std::int32_t> a = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2};
        const std::vector<std::int32_t> b = {0, 0, 1, 1, 1, 1, 2, 2, 2, 0, 0, 2};
        QVERIFY(near(adjustedMutualInformation(a, b), 0.22796881881451786, 1e-10));
        QVERIFY(near(adjustedMutualInformation(a, a), 1, 1e-12));
        const std::vector<std::int32_t> c = {0, 0, 0, 1};
        const std::vector<std::int32_t> d = {0, 0, 1, 1};
        QVERIFY(near(adjustedMutualInformation(c, d), 0, 1e-10));
        const std::vector<std::int32_t> one = {0, 0, 0};
        QCOMPARE(adjustedMutualInformation(one, one), 1.0);
    }

    void kMeansFindsClouds() {
        const Points points = clouds(500, 5, 5, 20, 6);
        const ClusterAgreement found = clusterAgreement(points, points.labels);
        QCOMPARE(found.classes, std::int64_t(5));
        QVERIFY(near(found.nmi, 1));
        QVERIFY(near(found.ami, 1));
        QVERIFY(near(found.ari, 1));
        const Points chance = normalPoints(500, 5, 6);
        const ClusterAgreement none = clusterAgreement(chance, points.labels);
        QVERIFY(std::abs(none.ami) < 0.03);
    }

    void kMeansOfFewerPlacesThanClusters() {
        const Points points = onALine({1, 1, 1, 2, 2, 2}, {0, 1, 2, 3, 4, 5});
        QVERIFY(near(kMeans(points, 6, 2, 1).cost, 0));
    }
};

QTEST_GUILESS_MAIN(TestEmbeddingMetrics)
#include "test_embedding_metrics.moc"

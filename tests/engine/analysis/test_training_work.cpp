#include <QtTest>

#include <cmath>

#include "engine/analysis/training_work.h"
#include "engine/base/error.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/networks/network.h"

using namespace inlay::engine;

namespace {

Json config(std::int64_t count, std::int64_t batch, const char* family = "dense") {
    return train::trainKind().schema().complete(
        {{"dataset", {{"kind", "digits"}, {"count", count}, {"validation_count", 0}}},
         {"network", {{"kind", "mlp"}, {"hidden", {32}}, {"operator", {{"kind", family}}}}},
         {"batch_size", batch}});
}

} // namespace

class TestTrainingWork : public QObject {
    Q_OBJECT

private slots:
    // A dense network by hand: three products a layer, two in the first, whose input has no
    // gradient; what is no layer's is the same for both batch sizes, sample by sample.
    void stepsAreCountedByHand() {
        const auto count = countTraining(config(250, 100));
        QVERIFY(count.has_value());
        QCOMPARE(count->stepsPerEpoch, std::int64_t{3});
        const double layers = 100.0 * (2 * 784 * 32 + 3 * 32 * 10);
        QVERIFY2(count->step >= layers && count->step < 1.05 * layers,
                 qPrintable(QString::number(count->step / layers)));
        QVERIFY(std::abs(count->lastStep / count->step - 0.5) < 1e-3);
        QCOMPARE(count->ofSteps(0), 0.0);
        QCOMPARE(count->ofSteps(2), 2 * count->step);
        QCOMPARE(count->ofSteps(7), 5 * count->step + 2 * count->lastStep);
    }

    void theCountIsThePlans() {
        const Json full = config(256, 64, "low_rank");
        const auto count = countTraining(full);
        QVERIFY(count.has_value());
        NetworkConfig network;
        network.model = MlpConfig{{32}, NetworkActivation::Relu};
        network.op = LowRankConfig{};
        const NetworkPlan plan = planNetwork(network, {28, 28, 1, 10}, 64);
        QVERIFY(plan.issues.empty());
        QCOMPARE(count->step, plan.multiplyAddsForward + plan.multiplyAddsBackward);
        QCOMPARE(count->lastStep, count->step); // 256 samples are four whole batches
        QVERIFY(count->step < countTraining(config(256, 64))->step);
    }

    void whatCannotBeCountedSaysSo() {
        QVERIFY(!countTraining(Json::object()).has_value());
        QVERIFY(!countTraining(Json(3)).has_value());
        Json gone = config(100, 10);
        gone["dataset"] = {{"kind", "idx"}, {"path", "/nowhere"}};
        QVERIFY_THROWS_EXCEPTION(Error, countTraining(gone));
    }

    void measuredTimeIsSpreadOverItsSteps() {
        // Recorded every second step: steps 0-1 take 1 s each, 2-3 take 3 s each.
        const std::vector<std::int64_t> records = {1, 3};
        const std::vector<double> means = {1, 3};
        const std::vector<std::int64_t> steps = {0, 1, 2, 3, 9};
        QCOMPARE(trainingSeconds(records, means, 0, steps), (std::vector<double>{1, 2, 5, 8, 8}));
        // A fork of step 2 counts its own steps only.
        QCOMPARE(trainingSeconds(std::vector<std::int64_t>{3}, std::vector<double>{3}, 2,
                                 std::vector<std::int64_t>{2, 3}),
                 (std::vector<double>{3, 6}));
        QCOMPARE(trainingSeconds({}, {}, 0, steps), std::vector<double>(5, 0.0));
        QCOMPARE(trainingSeconds(records, std::vector<double>{NAN, 3}, 0, steps),
                 (std::vector<double>{0, 0, 3, 6, 6}));
    }

    void curvesAreReadAtBudgets() {
        const std::vector<double> cost = {1, 2, 3, 8};
        const std::vector<double> values = {10, 20, 30, 40};
        const std::vector<double> budgets = {0.5, 2, 5, 8};
        const auto last = atBudgets(cost, values, budgets, BudgetReading::Last);
        QVERIFY(std::isnan(last[0]));
        QCOMPARE(std::vector<double>(last.begin() + 1, last.end()),
                 (std::vector<double>{20, 30, 40}));
        const auto mean = atBudgets(cost, values, budgets, BudgetReading::Mean);
        QVERIFY(std::isnan(mean[0]));
        QCOMPARE(std::vector<double>(mean.begin() + 1, mean.end()),
                 (std::vector<double>{15, 30, 40}));
        // Between points the last one holds.
        QCOMPARE(atBudgets(cost, values, std::vector<double>{4, 5}, BudgetReading::Mean),
                 (std::vector<double>{20, 30}));
    }
};

QTEST_GUILESS_MAIN(TestTrainingWork)
#include "test_training_work.moc"

#include <QtTest>

#include <vector>

#include "kernels/cuda/row_sets.h"

using inlay::kernels::cuda::RowSetPlan;

namespace {

/// How often each row of the matrix is added, and to which set, block by block as the kernel does.
std::vector<std::vector<int>> additions(const RowSetPlan& plan) {
    std::vector<std::vector<int>> count(static_cast<std::size_t>(plan.sets),
                                        std::vector<int>(static_cast<std::size_t>(plan.rows)));
    for (std::int64_t index = 0; index < plan.blocks(); ++index) {
        const RowSetPlan::Block block = plan.block(static_cast<std::uint32_t>(index));
        if (block.tile != 0)
            continue;
        const std::int64_t end =
            std::min((block.share + 1) * plan.rowsPerShare, plan.rowsOf(block.set));
        for (std::int64_t n = block.share * plan.rowsPerShare; n < end; ++n)
            ++count.at(static_cast<std::size_t>(block.set))
                  .at(static_cast<std::size_t>(plan.row(block.set, n)));
    }
    return count;
}

} // namespace

class TestRowSets : public QObject {
    Q_OBJECT

private slots:
    void periodicRowsAreAddedOnce() {
        for (const std::int64_t rows : {0, 1, 5, 63, 64, 65, 1031, 4000})
            for (const std::int64_t period : {1, 3, 16, 64})
                for (const std::int64_t cols : {1, 5, 96, 1031})
                    for (const int width : {1, 4, 8}) {
                        RowSetPlan plan = RowSetPlan::periodic(rows, period);
                        plan.cut(cols, width);
                        const auto count = additions(plan);
                        for (std::int64_t set = 0; set < period; ++set)
                            for (std::int64_t row = 0; row < rows; ++row)
                                QCOMPARE(count[static_cast<std::size_t>(set)]
                                              [static_cast<std::size_t>(row)],
                                         row % period == set ? 1 : 0);
                    }
    }

    void groupedRowsAreAddedOnce() {
        for (const std::int64_t groups : {1, 3, 128})
            for (const std::int64_t rowsPerGroup : {0, 1, 7, 197, 900}) {
                RowSetPlan plan = RowSetPlan::grouped(groups, rowsPerGroup);
                plan.cut(96, 4);
                const auto count = additions(plan);
                for (std::int64_t set = 0; set < groups; ++set)
                    for (std::int64_t row = 0; row < plan.rows; ++row)
                        QCOMPARE(
                            count[static_cast<std::size_t>(set)][static_cast<std::size_t>(row)],
                            row / rowsPerGroup == set ? 1 : 0);
            }
    }

    void columnsAreCovered() {
        for (const std::int64_t cols : {1, 2, 31, 33, 96, 768, 1031})
            for (const int width : {1, 4, 8}) {
                RowSetPlan plan = RowSetPlan::periodic(100, 1);
                plan.cut(cols, width);
                QVERIFY(plan.tiles * plan.lanes * width >= cols);
                QVERIFY((plan.tiles - 1) * plan.lanes * width < cols);
                QVERIFY(RowSetPlan::kThreads % plan.lanes == 0);
            }
    }

    void sharesAreNeverEmptyAndHaveCounters() {
        for (const std::int64_t rows : {1, 33, 500, 12544, 1000000})
            for (const std::int64_t period : {1, 16, 300})
                for (const std::int64_t cols : {1, 96, 768, 3072}) {
                    RowSetPlan plan = RowSetPlan::periodic(rows, period);
                    plan.cut(cols, 4);
                    QVERIFY((plan.shares - 1) * plan.rowsPerShare < plan.longest);
                    QVERIFY(plan.shares * plan.rowsPerShare >= plan.longest);
                    if (plan.shares > 1)
                        QVERIFY(plan.sets * plan.tiles <= RowSetPlan::kMostTargets);
                }
    }
};

QTEST_APPLESS_MAIN(TestRowSets)
#include "test_row_sets.moc"

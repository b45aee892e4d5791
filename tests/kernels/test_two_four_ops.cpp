#include <QtTest>

#include <bit>
#include <set>

#include "kernels/devices.h"
#include "kernels/two_four_tables.h"
#include "tests/kernels/host_tensor.h"

using namespace inlay::kernels;

namespace {

struct Bytes {
    std::int64_t rows;
    std::int64_t cols;
    std::vector<std::uint8_t> values;

    Bytes(std::int64_t rowCount, std::int64_t colCount)
        : rows(rowCount)
        , cols(colCount)
        , values(static_cast<std::size_t>(rowCount * colCount), 99) {}
    std::uint8_t operator()(std::int64_t i, std::int64_t j) const {
        return values[static_cast<std::size_t>(i * cols + j)];
    }
    View view() { return {values.data(), rows, cols, cols, DType::U8}; }
};

/// Share of the squares that the mask drops.
double energyLoss(const HostTensor& w, const Bytes& mask) {
    double all = 0.0;
    double dropped = 0.0;
    for (std::size_t i = 0; i < w.values.size(); ++i) {
        all += w.values[i] * w.values[i];
        if (mask.values[i] == 0)
            dropped += w.values[i] * w.values[i];
    }
    return dropped / all;
}

} // namespace

// systems/stl-and-24.md 2.1 to 2.3 and 3.3 item 4.
class TestTwoFourOps : public QObject {
    Q_OBJECT

private slots:
    void ninetyTransposableMasks() {
        std::set<std::uint16_t> seen;
        for (const std::uint16_t mask : kTransposableMasks) {
            seen.insert(mask);
            for (int i = 0; i < 4; ++i) {
                QCOMPARE(std::popcount(static_cast<unsigned>(mask >> (4 * i) & 0xF)), 2);
                QCOMPARE(std::popcount(static_cast<unsigned>(mask >> i & 0x1111)), 2);
            }
        }
        QCOMPARE(seen.size(), std::size_t{90});
    }

    void nibbles() {
        const std::uint8_t expected[] = {0b0100, 0b1000, 0b1100, 0b1001, 0b1101, 0b1110};
        for (std::size_t i = 0; i < kKeptPairs.size(); ++i)
            QCOMPARE(nibbleOf(kKeptPairs[i]), expected[i]);
    }

    void gaussianEnergyLoss() {
        const HostTensor w = randomTensor(1024, 512, 1);
        Bytes mask(1024, 512);
        backend_->twoFourMask(w.view(), mask.view());
        QVERIFY2(std::abs(energyLoss(w, mask) - 0.1323) < 0.001,
                 qPrintable(QString::number(energyLoss(w, mask))));
        for (std::int64_t i = 0; i < w.rows; i += 4)
            for (std::int64_t j = 0; j < w.cols; ++j)
                QCOMPARE(mask(i, j) + mask(i + 1, j) + mask(i + 2, j) + mask(i + 3, j), 2);
    }

    void transposableEnergyLoss() {
        const HostTensor w = randomTensor(1024, 512, 2);
        Bytes mask(1024, 512);
        backend_->twoFourTransposableMask(w.view(), mask.view());
        QVERIFY2(std::abs(energyLoss(w, mask) - 0.177) < 0.002,
                 qPrintable(QString::number(energyLoss(w, mask))));
        for (std::int64_t i = 0; i < w.rows; i += 4)
            for (std::int64_t j = 0; j < w.cols; j += 4)
                for (std::int64_t k = 0; k < 4; ++k) {
                    QCOMPARE(mask(i + k, j) + mask(i + k, j + 1) + mask(i + k, j + 2) +
                                 mask(i + k, j + 3),
                             2);
                    QCOMPARE(mask(i, j + k) + mask(i + 1, j + k) + mask(i + 2, j + k) +
                                 mask(i + 3, j + k),
                             2);
                }
    }

    void tiesKeepTheLowestIndex() {
        HostTensor w(4, 3, 1.0); // column 0: all equal
        w(0, 1) = 0.5;           // column 1: three equal, the last is dropped
        w(0, 2) = -1.0;          // column 2: signs do not matter
        w(1, 2) = 0.0;
        Bytes mask(4, 3);
        backend_->twoFourMask(w.view(), mask.view());
        QCOMPARE(mask.values, (std::vector<std::uint8_t>{1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0}));
        HostTensor same(4, 4, 2.0);
        Bytes block(4, 4);
        backend_->twoFourTransposableMask(same.view(), block.view());
        for (std::int64_t i = 0; i < 4; ++i)
            for (std::int64_t j = 0; j < 4; ++j)
                QCOMPARE(int(block(i, j)), kTransposableMasks[0] >> (4 * i + j) & 1);
    }

    // One column a case: which entries of the group are not zero, and the nibble that is stored.
    void fillingRule_data() {
        QTest::addColumn<int>("nonzero");
        QTest::addColumn<int>("nibble");
        QTest::newRow("none") << 0b0000 << 0b1110;
        QTest::newRow("only 0") << 0b0001 << 0b1000;
        QTest::newRow("only 1") << 0b0010 << 0b1001;
        QTest::newRow("only 2") << 0b0100 << 0b1110;
        QTest::newRow("only 3") << 0b1000 << 0b1110;
        QTest::newRow("0 1") << 0b0011 << 0b0100;
        QTest::newRow("0 2") << 0b0101 << 0b1000;
        QTest::newRow("1 2") << 0b0110 << 0b1001;
        QTest::newRow("0 3") << 0b1001 << 0b1100;
        QTest::newRow("1 3") << 0b1010 << 0b1101;
        QTest::newRow("2 3") << 0b1100 << 0b1110;
    }
    void fillingRule() {
        QFETCH(int, nonzero);
        QFETCH(int, nibble);
        HostTensor w(4, 1);
        for (int i = 0; i < 4; ++i)
            w(i, 0) = nonzero >> i & 1 ? 1.0 + i : 0.0;
        HostTensor values(1, 2);
        Bytes meta(1, 1);
        backend_->twoFourCompress(w.view(), values.view(), meta.view());
        QCOMPARE(int(meta(0, 0)), nibble);
        QCOMPARE(values(0, 0), w(nibble & 3, 0));
        QCOMPARE(values(0, 1), w(nibble >> 2, 0));
        // Nothing is lost: the identity times the compressed column is the column.
        HostTensor identity(4, 4);
        for (std::int64_t i = 0; i < 4; ++i)
            identity(i, i) = 1.0;
        HostTensor back(4, 1);
        backend_->twoFourMultiply(identity.view(), values.view(), meta.view(), back.view(), {});
        QCOMPARE(back.values, w.values);
    }

    void roundTripLosesNothing() {
        const HostTensor w = randomTensor(52, 31, 3);
        Bytes mask(52, 31);
        backend_->twoFourMask(w.view(), mask.view());
        HostTensor pruned(52, 31);
        backend_->applyMask(w.view(), mask.view(), pruned.view());
        HostTensor values(31, 26);
        Bytes meta(31, 13);
        backend_->twoFourCompress(pruned.view(), values.view(), meta.view());
        HostTensor identity(52, 52);
        for (std::int64_t i = 0; i < 52; ++i)
            identity(i, i) = 1.0;
        HostTensor back(52, 31);
        backend_->twoFourMultiply(identity.view(), values.view(), meta.view(), back.view(), {});
        QCOMPARE(largestDifference(back, pruned), 0.0);
        // Uncompressed weights are pruned on the way in, by the same rule.
        HostTensor direct(31, 26);
        Bytes directMeta(31, 13);
        backend_->twoFourCompress(w.view(), direct.view(), directMeta.view());
        QCOMPARE(direct.values, values.values);
        QCOMPARE(directMeta.values, meta.values);
    }

    // 3.3 item 8: SR-STE adds lambda (1 - M) W to the gradient.
    void decay() {
        const HostTensor w = randomTensor(8, 5, 4);
        const HostTensor before = randomTensor(8, 5, 5);
        Bytes mask(8, 5);
        backend_->twoFourMask(w.view(), mask.view());
        HostTensor g = before;
        backend_->twoFourDecay(w.view(), mask.view(), 0.125, g.view());
        for (std::size_t i = 0; i < g.values.size(); ++i)
            QCOMPARE(g.values[i], before.values[i] + 0.125 * (1.0 - mask.values[i]) * w.values[i]);
    }

    void countOfDifferences() {
        Bytes a(3, 5);
        Bytes b(3, 5);
        b.values[2] = 0;
        b.values[14] = 1;
        std::int32_t count = -1;
        backend_->countDifferent(a.view(), b.view(), {&count, 1, 1, 1, DType::I32});
        QCOMPARE(count, 2);
    }

private:
    std::unique_ptr<Backend> backend_ = makeReferenceBackend();
};

QTEST_GUILESS_MAIN(TestTwoFourOps)
#include "test_two_four_ops.moc"

#include <QtTest>

#include <bit>
#include <cmath>
#include <set>

#include "kernels/cuda/attention_layout.h"

using namespace inlay::kernels::cuda::attention;

namespace {

/// Where an element lies in a matrix.
struct Place {
    int row;
    int col;
    bool operator==(const Place&) const = default;
};

/// PTX ISA, "Matrix fragments": the place of half `half` of register `reg` in the operands of
/// mma.m16n8k16 for 16-bit elements (two in a register) and of mma.m16n8k8 for tf32 (one).
Place leftPlace(int perWord, int lane, int reg, int half) {
    return {lane / 4 + 8 * (reg % 2), perWord * (lane % 4) + half + 4 * perWord * (reg / 2)};
}
Place rightPlace(int perWord, int lane, int reg, int half) {
    return {perWord * (lane % 4) + half + 4 * perWord * reg, lane / 4};
}

/// What ldmatrix gives to half `half` of register `reg` of a lane: the element of the rows whose
/// addresses the lanes gave.
template <typename Row, typename Half>
Place loaded(int perWord, int lane, int reg, int half, Row row, Half halfOf) {
    const int source = 8 * reg + lane / 4;
    return {row(source), 4 * perWord * halfOf(source) + perWord * (lane % 4) + half};
}

/// The same with transposition, for 16-bit elements.
template <typename Row, typename Half>
Place loadedTransposed(int lane, int reg, int half, Row row, Half halfOf) {
    const int source = 8 * reg + 2 * (lane % 4) + half;
    return {row(source), 8 * halfOf(source) + lane / 4};
}

template <typename Body>
void overRegisters(int registers, int perWord, Body body) {
    for (int lane = 0; lane < 32; ++lane)
        for (int reg = 0; reg < registers; ++reg)
            for (int half = 0; half < perWord; ++half)
                body(lane, reg, half);
}

} // namespace

// Plays a warp: the elements that the lanes load must be those that the instruction takes from
// them.
class TestAttentionLayout : public QObject {
    Q_OBJECT

private slots:
    void leftOperandIsTheRows() {
        for (const int perWord : {1, 2})
            overRegisters(4, perWord, [&](int lane, int reg, int half) {
                QVERIFY(loaded(perWord, lane, reg, half, leftRow, leftHalf) ==
                        leftPlace(perWord, lane, reg, half));
            });
    }

    void scoresMultiplyByRows() {
        for (const int perWord : {1, 2})
            overRegisters(4, perWord, [&](int lane, int reg, int half) {
                // Registers 0 and 1 belong to the first eight rows, 2 and 3 to the others.
                const Place right = rightPlace(perWord, lane, reg % 2, half);
                const Place wanted{right.col + 8 * (reg / 2), right.row};
                QVERIFY(loaded(perWord, lane, reg, half, scoreRow, scoreHalf) == wanted);
            });
    }

    void sumsMultiplyByColumns() {
        overRegisters(4, 2, [&](int lane, int reg, int half) {
            const Place right = rightPlace(2, lane, reg % 2, half);
            const Place wanted{right.row, right.col + 8 * (reg / 2)};
            QVERIFY(loadedTransposed(lane, reg, half, sumRow, sumHalf) == wanted);
        });
    }

    void sumsOfBf16TakeResultsInPlace() {
        // Two results side by side, packed in pairs, are the left operand of 16 columns.
        overRegisters(4, 2, [&](int lane, int reg, int half) {
            const int result = reg / 2;            // which of the two
            const int number = reg % 2 * 2 + half; // of its four
            const Place wanted{resultRow(lane, number), 8 * result + resultCol(lane, number)};
            QVERIFY(leftPlace(2, lane, reg, half) == wanted);
        });
    }

    void sumsOfF32AgreeOnTheInnerIndex() {
        // The row that column k of the left operand stands for is the row that row k of the right
        // operand was read from.
        int rowOf[8];
        for (int lane = 0; lane < 4; ++lane)
            for (int reg = 0; reg < 2; ++reg)
                rowOf[rightPlace(1, lane, reg, 0).row] = sumRowF32(lane, reg);
        overRegisters(4, 1, [&](int lane, int reg, int) {
            const int number = leftOfResultF32(reg);
            const Place place = leftPlace(1, lane, reg, 0);
            QCOMPARE(resultRow(lane, number), place.row);
            QCOMPARE(resultCol(lane, number), rowOf[place.col]);
            QCOMPARE(sumColF32(lane), rightPlace(1, lane, 0, 0).col);
        });
        QCOMPARE(std::set<int>(rowOf, rowOf + 8).size(), std::size_t{8});
    }

    void rowsDoNotMeetInABank() {
        for (const int columns : {32, 64, 128})
            for (const int bytes : {2, 4}) {
                std::set<int> banks;
                for (int row = 0; row < 8; ++row)
                    banks.insert(row * pitchOf(columns, bytes) * bytes % 128 / 16);
                QCOMPARE(banks.size(), std::size_t{8});
            }
        for (const int columns : {32, 64, 128}) {
            std::set<int> banks;
            for (int lane = 0; lane < 32; ++lane)
                banks.insert((sumRowF32(lane, 0) * pitchOf(columns, 4) + sumColF32(lane)) % 32);
            QCOMPARE(banks.size(), std::size_t{32});
        }
    }

    void threeProductsKeepTheNumber() {
        const auto cut = [](float x) {
            return std::bit_cast<float>(highPart(std::bit_cast<std::uint32_t>(x)));
        };
        double worst = 0.0;
        for (int i = 1; i < 20000; ++i) {
            const float a =
                std::ldexp(1.0f + std::fmod(static_cast<float>(i) * 0.6180339f, 1.0f), i % 40 - 20);
            const float b = -1.0f - std::fmod(static_cast<float>(i) * 0.4142135f, 1.0f);
            const float lowA = cut(a - cut(a));
            const float lowB = cut(b - cut(b));
            const double product =
                double{cut(a)} * cut(b) + double{lowA} * cut(b) + double{cut(a)} * lowB;
            worst = std::max(worst, std::abs(product / (double{a} * b) - 1.0));
        }
        QVERIFY2(worst < std::ldexp(1.0, -19), qPrintable(QString::number(worst)));
    }

    void cutCoversTheTokens() {
        for (std::int64_t tokens = 1; tokens < 700; ++tokens)
            for (const std::int64_t pairs : {1, 48, 768})
                for (const int most : {4, 7}) {
                    const Cut cut(tokens, pairs, most);
                    QVERIFY(cut.warps >= 1 && cut.warps <= most);
                    QVERIFY(cut.blocks * cut.warps * kRows >= tokens);
                    QVERIFY((cut.blocks - 1) * cut.warps * kRows < tokens);
                }
        // Thirteen groups of 16 tokens in two blocks: one warp is idle.
        const Cut cut(196, 768, 7);
        QCOMPARE(cut.blocks, 2);
        QCOMPARE(cut.warps, 7);
    }
};

QTEST_APPLESS_MAIN(TestAttentionLayout)
#include "test_attention_layout.moc"

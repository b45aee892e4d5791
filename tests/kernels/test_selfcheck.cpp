#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "kernels/check/selfcheck.h"
#include "kernels/devices.h"
#include "kernels/reference/reference_backend.h"

using namespace inlay::kernels;

namespace {

QString describe(const SelfcheckRow& row) {
    return QString("%1 %2 %3: error %4, limit %5. %6")
        .arg(QString::fromStdString(row.op), QString::fromStdString(row.shape),
             QString::fromStdString(row.dtype))
        .arg(row.error)
        .arg(row.limit)
        .arg(QString::fromStdString(row.note));
}

int countFailures(const std::vector<SelfcheckRow>& rows) {
    int failures = 0;
    for (const SelfcheckRow& row : rows)
        if (!row.ok && ++failures <= 10)
            qWarning("%s", qPrintable(describe(row)));
    return failures;
}

/// The reference with mistakes of the kinds that the table must find.
class WrongBackend : public ReferenceBackend {
public:
    bool computes(DType dtype) const override { return dtype == DType::F32; }

    void applyEpilogue(View y, const Epilogue& epilogue) override { // forgets the residual
        ReferenceBackend::applyEpilogue(y, {epilogue.bias, epilogue.activation, epilogue.pre});
    }
    void sumRows(ConstView x, View out, Accumulate) override {
        ReferenceBackend::sumRows(x, out, Accumulate::No); // forgets to add
    }
    void fill(View y, double value) override { // takes the rows to be adjacent
        ReferenceBackend::fill({y.data, y.rows, y.cols, y.cols, y.dtype}, value);
    }
    void softmax(ConstView x, View y) override { // uses its operand as scratch
        ReferenceBackend::softmax(x, y);
        if (x.size() > 0)
            *static_cast<float*>(const_cast<void*>(x.data)) = 0.0f;
    }
    void activate(Activation activation, ConstView x, View y) override { // GELU by tanh
        ReferenceBackend::activate(activation, x, y);
        if (activation != Activation::Gelu)
            return;
        for (std::int64_t i = 0; i < x.rows; ++i)
            for (std::int64_t j = 0; j < x.cols; ++j) {
                const double v = x.as<float>()[i * x.stride + j];
                const double inner = 0.7978845608028654 * (v + 0.044715 * v * v * v);
                y.as<float>()[i * y.stride + j] =
                    static_cast<float>(0.5 * v * (1.0 + std::tanh(inner)));
            }
    }
    void softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale, View loss,
                             View correct, View gradient) override { // no gradient
        ReferenceBackend::softmaxCrossEntropy(logits, labels, gradientScale, loss, correct, {});
        if (gradient.given())
            ReferenceBackend::fill(gradient, 0.0);
    }
    void twoFourMask(ConstView w, View mask) override { // keeps the first two
        for (std::int64_t i = 0; i < w.rows; ++i)
            for (std::int64_t j = 0; j < w.cols; ++j)
                mask.as<std::uint8_t>()[i * mask.stride + j] = i % 4 < 2;
    }
};

} // namespace

class TestSelfcheck : public QObject {
    Q_OBJECT

private slots:
    // Every op that a kernel can get wrong has cases; memory, marks and scratch queries have not.
    void everyOpHasCases() {
        const std::vector<std::string> expected{"activate",
                                                "activateBackward",
                                                "adamwStep",
                                                "addPeriodic",
                                                "applyEpilogue",
                                                "applyMask",
                                                "attention",
                                                "attentionBackward",
                                                "axpby",
                                                "batchNorm",
                                                "batchNormBackward",
                                                "batchNormInference",
                                                "batchedGemm",
                                                "butterfly",
                                                "butterflyBackward",
                                                "butterflyPrepared",
                                                "clipFactor",
                                                "col2im",
                                                "convert",
                                                "convolve",
                                                "convolveBackward",
                                                "countDifferent",
                                                "dropout",
                                                "fill",
                                                "fillNormal",
                                                "fillUniform",
                                                "gatherColumns",
                                                "gatherRows",
                                                "gatherTiles",
                                                "gemm",
                                                "groupMean",
                                                "groupMeanBackward",
                                                "im2col",
                                                "imagePatches",
                                                "layerNorm",
                                                "layerNormBackward",
                                                "maxAbs",
                                                "maxPool",
                                                "maxPoolBackward",
                                                "multiply",
                                                "nearestRows",
                                                "scatterAddColumns",
                                                "scatterAddRows",
                                                "scatterTiles",
                                                "sgdStep",
                                                "softmax",
                                                "softmaxCrossEntropy",
                                                "stlDecode",
                                                "stlEncode",
                                                "stlMatrixGradient",
                                                "stlMultiplyPrepared",
                                                "sum",
                                                "sumPeriodic",
                                                "sumRows",
                                                "sumSquares",
                                                "sumSquaresOf",
                                                "twoFourCompress",
                                                "twoFourDecay",
                                                "twoFourMask",
                                                "twoFourMultiply",
                                                "twoFourMultiplyPrepared",
                                                "twoFourTransposableMask"};
        QCOMPARE(selfcheckOps(), expected);
    }

    void referenceAgreesWithItself() {
        const auto candidate = makeReferenceBackend();
        const auto rows = runSelfcheck(makeReferenceBackend, *candidate);
        QVERIFY(rows.size() > 1000);
        QCOMPARE(countFailures(rows), 0);
        std::set<std::string> halves;
        for (const SelfcheckRow& row : rows) {
            QVERIFY2(row.error == 0.0, qPrintable(describe(row)));
            if (row.dtype == "bf16")
                halves.insert(row.op);
        }
        // All but those of masks, squares and optimizers.
        QVERIFY(halves.size() > 35);
    }

    void cpuAgreesWithReference() {
        const auto candidate = makeCpuBackend();
        const auto rows = runSelfcheck(makeReferenceBackend, *candidate);
        QVERIFY(rows.size() > 1000);
        QCOMPARE(countFailures(rows), 0);
        // What cpu does not compute in bf16 is left out; what it stores in bf16 is not.
        for (const SelfcheckRow& row : rows)
            if (row.dtype == "bf16")
                QVERIFY2(row.op == "gemm" || row.op == "convert", qPrintable(describe(row)));
    }

    void filterChoosesOps() {
        const auto backend = makeReferenceBackend();
        const auto rows =
            runSelfcheck(makeReferenceBackend, *backend, {.ops = selfcheckOps("groupMean")});
        QVERIFY(!rows.empty());
        for (const SelfcheckRow& row : rows)
            QVERIFY(QString::fromStdString(row.op).startsWith("groupMean"));
    }

    // Also the order of the rows does not depend on the threads that compute the truth.
    void quickIsPartOfTheWhole() {
        const auto backend = makeReferenceBackend();
        const auto whole = runSelfcheck(makeReferenceBackend, *backend, {.ops = {"gemm"}});
        SelfcheckSelection selection;
        selection.ops = {"gemm"};
        selection.depth = SelfcheckSelection::Depth::Quick;
        std::size_t seen = 0;
        const auto quick = runSelfcheck(makeReferenceBackend, *backend, selection,
                                        [&](const SelfcheckRow&) { ++seen; });
        QCOMPARE(quick.size(), std::size_t{24}); // f32 and bf16
        QCOMPARE(seen, quick.size());
        for (const SelfcheckRow& row : quick)
            QVERIFY(std::any_of(whole.begin(), whole.end(), [&](const SelfcheckRow& other) {
                return other.shape == row.shape && other.dtype == row.dtype;
            }));
    }

    void mistakesAreFound_data() {
        QTest::addColumn<QString>("op");
        QTest::addColumn<QString>("note");
        QTest::newRow("residual") << "applyEpilogue"
                                  << "element";
        QTest::newRow("result not added to") << "sumRows"
                                             << "element";
        QTest::newRow("write outside") << "fill"
                                       << "wrote outside the result";
        QTest::newRow("operand changed") << "softmax"
                                         << "changed an operand";
        QTest::newRow("approximation") << "activate"
                                       << "result 0, element";
        QTest::newRow("small result") << "softmaxCrossEntropy"
                                      << "result 2, element";
        QTest::newRow("wrong integers") << "twoFourMask"
                                        << "result 0, element";
    }
    void mistakesAreFound() {
        QFETCH(QString, op);
        QFETCH(QString, note);
        WrongBackend candidate;
        const auto rows =
            runSelfcheck(makeReferenceBackend, candidate, {.ops = {op.toStdString()}});
        const bool found = std::any_of(rows.begin(), rows.end(), [&](const SelfcheckRow& row) {
            return !row.ok && QString::fromStdString(row.note).contains(note);
        });
        QVERIFY(found);
    }
};

QTEST_GUILESS_MAIN(TestSelfcheck)
#include "test_selfcheck.moc"

// What the table of kernels/check cannot see: the same bits again and for any number of threads,
// every instruction set against the lowest, and what the backend says about itself.

#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/check/selfcheck.h"
#include "kernels/cpu/blas.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/cpu_info.h"
#include "kernels/cpu/simd_level.h"
#include "kernels/parallel.h"

using namespace inlay::kernels;

namespace {

/// Matrices of random numbers that live as long as this object.
class Operands {
public:
    explicit Operands(Backend& backend)
        : backend_(backend) {}

    ~Operands() {
        for (void* memory : memory_)
            backend_.release(memory);
    }

    Operands(const Operands&) = delete;
    Operands& operator=(const Operands&) = delete;

    View random(std::int64_t rows, std::int64_t cols) {
        const View view = zeros(rows, cols);
        backend_.fillNormal(view, PhiloxState{7, seed_++, 0}, {}, 0.0, 1.0);
        return view;
    }

    View zeros(std::int64_t rows, std::int64_t cols, DType dtype = DType::F32) {
        const std::size_t bytes = static_cast<std::size_t>(rows * cols) * sizeOf(dtype);
        memory_.push_back(backend_.allocate(bytes));
        backend_.zero(memory_.back(), bytes);
        return {memory_.back(), rows, cols, cols, dtype};
    }

    Workspace workspace(std::size_t bytes) {
        memory_.push_back(backend_.allocate(bytes));
        return {memory_.back(), bytes};
    }

private:
    Backend& backend_;
    std::vector<void*> memory_;
    std::uint64_t seed_ = 1;
};

using Bytes = std::vector<char>;

Bytes bytesOf(std::initializer_list<View> results) {
    Bytes bytes;
    for (const View& view : results) {
        const auto* data = static_cast<const char*>(view.data);
        bytes.insert(bytes.end(), data, data + static_cast<std::size_t>(view.size()) * 4);
    }
    return bytes;
}

Bytes product(Backend& backend, const Gemm& spec, std::int64_t m, std::int64_t n, std::int64_t k) {
    Operands operands(backend);
    const bool flipA = spec.a == Transpose::Yes;
    const bool flipB = spec.b == Transpose::Yes;
    const View a = operands.random(flipA ? k : m, flipA ? m : k);
    const View b = operands.random(flipB ? n : k, flipB ? k : n);
    const View c = operands.random(m, n);
    const View pre = operands.zeros(m, n);
    const Epilogue epilogue{operands.random(1, n), Activation::Gelu, pre};
    backend.gemm(spec, a, b, c, epilogue);
    return bytesOf({c, pre});
}

Bytes attentionBothWays(Backend& backend) {
    Operands operands(backend);
    const Attention spec{6, 37, 4, 2, 12, true, 0.3};
    const std::int64_t rows = spec.batch * spec.tokens;
    const View q = operands.random(rows, 48);
    const View k = operands.random(rows, 24);
    const View v = operands.random(rows, 24);
    const View g = operands.random(rows, 48);
    const View out = operands.zeros(rows, 48);
    const View logSumExp = operands.zeros(spec.batch * spec.heads, spec.tokens);
    const View dq = operands.zeros(rows, 48);
    const View dk = operands.zeros(rows, 24);
    const View dv = operands.zeros(rows, 24);
    backend.attention(spec, q, k, v, out, logSumExp,
                      operands.workspace(backend.attentionScratch(spec, DType::F32)));
    backend.attentionBackward(
        spec, q, k, v, out, logSumExp, g, dq, dk, dv,
        operands.workspace(backend.attentionBackwardScratch(spec, DType::F32)));
    return bytesOf({out, logSumExp, dq, dk, dv});
}

Bytes sums(Backend& backend) {
    Operands operands(backend);
    const View x = operands.random(3001, 97);
    const View gamma = operands.random(1, 97);
    const View beta = operands.random(1, 97);
    const View y = operands.zeros(3001, 97);
    const View stats = operands.zeros(3001, 2);
    const View gx = operands.zeros(3001, 97);
    const View dgamma = operands.zeros(1, 97);
    const View dbeta = operands.zeros(1, 97);
    const View total = operands.zeros(1, 1);
    const View squares = operands.zeros(1, 1);
    const View columns = operands.zeros(1, 97);
    backend.layerNorm(x, gamma, beta, 1e-5, y, stats);
    backend.layerNormBackward(
        x, gamma, stats, y, gx, Accumulate::No, dgamma, dbeta,
        operands.workspace(backend.layerNormBackwardScratch(3001, 97, DType::F32)));
    backend.sum(x, total, Accumulate::No);
    backend.sumSquares(x, squares, Accumulate::No);
    backend.sumRows(x, columns, Accumulate::No);

    const View labels = operands.zeros(3001, 1, DType::I32);
    for (std::int64_t i = 0; i < labels.rows; ++i)
        labels.as<std::int32_t>()[i] = static_cast<std::int32_t>(i % 97);
    const View loss = operands.zeros(1, 1);
    const View correct = operands.zeros(1, 1, DType::I32);
    backend.softmaxCrossEntropy(x, labels, 1.0 / 3001, loss, correct, gx);
    return bytesOf({y, stats, dgamma, dbeta, total, squares, columns, loss, correct, gx});
}

Bytes structured(Backend& backend) {
    Operands operands(backend);
    const TileLayout layout{4, 46, {33, 15}, Grouping::Within};
    const View x = operands.random(33 * 15, 46);
    const View matrix = operands.random(24, 16);
    const std::int64_t tiles = layout.rowTiles() * layout.colTiles();
    View plane = operands.zeros(24 * layout.rowTiles(), layout.colTiles());
    plane.rows = layout.rowTiles();
    const BatchView planes{plane, 24, tiles};
    const View gradient = operands.zeros(24, 16);
    const Workspace scratch = operands.workspace(backend.stlScratch(layout, 24, DType::F32));
    backend.stlEncode(layout, x, matrix, planes, scratch);
    backend.stlMatrixGradient(layout, x, planes, gradient, scratch);
    const View y = operands.zeros(33 * 15, 46);
    backend.stlDecode(layout, planes, matrix, y, Accumulate::No, {}, scratch);

    const Butterfly butterfly{64, ButterflyOrder::Increasing, Transpose::No};
    const View input = operands.random(777, 64);
    const View g = operands.random(777, 64);
    const View weights = operands.random(1, butterfly.weights());
    const View output = operands.zeros(777, 64);
    const View gx = operands.zeros(777, 64);
    const View dweights = operands.zeros(1, butterfly.weights());
    backend.butterfly(butterfly, input, weights, output, {});
    backend.butterflyBackward(
        butterfly, input, weights, g, gx, dweights,
        operands.workspace(backend.butterflyBackwardScratch(butterfly, 777, DType::F32)));
    return bytesOf({gradient, y, output, gx, dweights});
}

} // namespace

class TestCpuBackend : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { setThreadCount(0); }

    void sameBitsForAnyThreadCount_data() {
        QTest::addColumn<int>("work");
        QTest::newRow("product of many rows") << 0;
        QTest::newRow("wide product") << 1;
        QTest::newRow("long inner index") << 2;
        QTest::newRow("attention") << 3;
        QTest::newRow("sums") << 4;
        QTest::newRow("tiles and butterfly") << 5;
    }

    void sameBitsForAnyThreadCount() {
        QFETCH(int, work);
        const auto run = [work](Backend& backend) {
            switch (work) {
            case 0:
                return product(backend, {}, 2047, 96, 96);
            case 1:
                return product(backend, {Transpose::No, Transpose::Yes, 0.5, 2.0}, 150, 700, 900);
            case 2:
                return product(backend, {Transpose::Yes, Transpose::No, 1.0, 1.0}, 95, 97, 4001);
            case 3:
                return attentionBothWays(backend);
            case 4:
                return sums(backend);
            default:
                return structured(backend);
            }
        };
        CpuBackend backend;
        setThreadCount(1);
        const Bytes expected = run(backend);
        QVERIFY(!expected.empty());
        for (const int threads : {1, 2, 3}) {
            setThreadCount(threads);
            for (int repeat = 0; repeat < 2; ++repeat)
                QVERIFY(run(backend) == expected);
        }
    }

    void levelsAgree_data() {
        QTest::addColumn<int>("level");
        for (const SimdLevel level : availableLevels())
            if (level != SimdLevel::Baseline)
                QTest::addRow("level %d", static_cast<int>(level)) << static_cast<int>(level);
        if (availableLevels().size() == 1)
            QTest::newRow("lowest only") << static_cast<int>(SimdLevel::Baseline);
    }

    void levelsAgree() {
        QFETCH(int, level);
        CpuBackend candidate(static_cast<SimdLevel>(level));
        const auto rows = runSelfcheck(
            [] { return std::make_unique<CpuBackend>(SimdLevel::Baseline); }, candidate);
        QVERIFY(rows.size() > 1000);
        for (const SelfcheckRow& row : rows)
            QVERIFY2(row.ok,
                     qPrintable(QString("%1 %2 %3: %4 %5")
                                    .arg(row.op.c_str(), row.shape.c_str(), row.dtype.c_str())
                                    .arg(row.error)
                                    .arg(row.note.c_str())));
    }

    // Products of this size go to OpenBLAS where it computes in vectors as long as ours.
    void largeProductsAgree_data() { levelsAgree_data(); }

    void largeProductsAgree() {
        QFETCH(int, level);
        CpuBackend reference(SimdLevel::Baseline);
        CpuBackend candidate(static_cast<SimdLevel>(level));
        for (const Transpose a : {Transpose::No, Transpose::Yes})
            for (const Transpose b : {Transpose::No, Transpose::Yes}) {
                const Gemm spec{a, b, 0.5, 2.0};
                const Bytes expected = product(reference, spec, 333, 600, 517);
                const Bytes found = product(candidate, spec, 333, 600, 517);
                for (const int threads : {1, 3, 5, 12, 33}) {
                    setThreadCount(threads);
                    QVERIFY(product(candidate, spec, 333, 600, 517) == found);
                }
                const auto* x = reinterpret_cast<const float*>(expected.data());
                const auto* y = reinterpret_cast<const float*>(found.data());
                for (std::size_t i = 0; i < expected.size() / 4; ++i)
                    QVERIFY(std::abs(x[i] - y[i]) < 1e-4f);
            }
    }

    /// The gradient of a layer with one input, large enough for OpenBLAS if it had a second one.
    void oneColumnTransposed() {
        constexpr std::int64_t k = 8192;
        CpuBackend backend;
        const std::vector<float> a(k, 0.5f);
        const std::vector<float> b(k * k, 0.25f);
        std::vector<float> c(k, -1.0f);
        backend.gemm({.a = Transpose::Yes}, {a.data(), k, 1, 1, DType::F32},
                     {b.data(), k, k, k, DType::F32}, {c.data(), 1, k, k, DType::F32}, {});
        QVERIFY(std::all_of(c.begin(), c.end(), [](float x) { return x == 1024.0f; }));
    }

    /// OpenBLAS takes a processor that is newer than itself for one of 2004.
    void blasKnowsTheProcessor() {
        if (qEnvironmentVariableIsSet("OPENBLAS_CORETYPE"))
            QSKIP("OPENBLAS_CORETYPE is set");
        if (availableLevels().back() == SimdLevel::Baseline)
            QSKIP("this processor has no AVX2");
        QVERIFY2(cpu::blasWidth() >= 8, blasCore().c_str());
    }

    void saysWhatItRunsOn() {
        CpuBackend backend;
        QCOMPARE(backend.name(), std::string("cpu"));
        const std::string text = backend.description();
        QVERIFY(text.find(cpuModel()) != std::string::npos);
        QVERIFY(text.find(simdLevel()) != std::string::npos);
        QVERIFY(text.find("OpenBLAS ") != std::string::npos);
        QVERIFY(text.find(blasCore()) != std::string::npos);
        QVERIFY(text.find("thread") != std::string::npos);
        QCOMPARE(blasVersion().rfind("OpenBLAS 0.", 0), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(TestCpuBackend)
#include "test_cpu_backend.moc"

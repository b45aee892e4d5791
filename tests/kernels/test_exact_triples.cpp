#include <QtTest>

#include "engine/operators/stl/exact_triples.h"
#include "kernels/devices.h"
#include "tests/kernels/host_tensor.h"

using namespace inlay;
using namespace inlay::engine;
using kernels::HostTensor;

namespace {

/// Largest |That - T_t| over all entries of the tile tensor.
double tensorError(const StlTriple& triple) {
    const std::int64_t t = triple.tile;
    const std::int64_t area = t * t;
    const auto at = [&](const std::vector<double>& matrix, std::int64_t l, std::int64_t a) {
        return matrix[static_cast<std::size_t>(l * area + a)];
    };
    double largest = 0.0;
    for (std::int64_t a = 0; a < area; ++a)
        for (std::int64_t b = 0; b < area; ++b)
            for (std::int64_t c = 0; c < area; ++c) {
                double value = 0.0;
                for (std::int64_t l = 0; l < triple.rank; ++l)
                    value += at(triple.x, l, a) * at(triple.w, l, b) * at(triple.y, l, c);
                const bool one = a % t == b / t && a / t == c / t && b % t == c % t;
                largest = std::max(largest, std::abs(value - (one ? 1.0 : 0.0)));
            }
    return largest;
}

/// |That - T_t|^2 / |T_t|^2.
double squaredTensorError(const StlTriple& triple) {
    const std::int64_t t = triple.tile;
    const std::int64_t area = t * t;
    double total = 0.0;
    for (std::int64_t a = 0; a < area; ++a)
        for (std::int64_t b = 0; b < area; ++b)
            for (std::int64_t c = 0; c < area; ++c) {
                double value = a % t == b / t && a / t == c / t && b % t == c % t ? -1.0 : 0.0;
                for (std::int64_t l = 0; l < triple.rank; ++l)
                    value += triple.x[static_cast<std::size_t>(l * area + a)] *
                             triple.w[static_cast<std::size_t>(l * area + b)] *
                             triple.y[static_cast<std::size_t>(l * area + c)];
                total += value * value;
            }
    return total / static_cast<double>(t * t * t);
}

StlTriple firstRows(StlTriple triple, std::int64_t rank) {
    const auto count = static_cast<std::size_t>(rank * triple.tile * triple.tile);
    triple.rank = rank;
    triple.x.resize(count);
    triple.w.resize(count);
    triple.y.resize(count);
    return triple;
}

HostTensor asTensor(const std::vector<double>& values, std::int64_t rows) {
    HostTensor tensor(rows, static_cast<std::int64_t>(values.size()) / rows);
    tensor.values = values;
    return tensor;
}

/// Y by encode, inner products and decode on the reference backend.
HostTensor multiply(const StlTriple& triple, const HostTensor& x, const HostTensor& w) {
    const auto backend = kernels::makeReferenceBackend();
    const kernels::TileLayout left{triple.tile, x.cols, {1, x.rows}};
    const kernels::TileLayout right{triple.tile, w.cols, {1, w.rows}};
    const kernels::TileLayout product{triple.tile, w.cols, {1, x.rows}};
    HostTensor encodedX(triple.rank * left.rowTiles(), left.colTiles());
    HostTensor encodedW(triple.rank * right.rowTiles(), right.colTiles());
    HostTensor encodedY(triple.rank * product.rowTiles(), product.colTiles());
    backend->stlEncode(left, x.view(), asTensor(triple.x, triple.rank).view(),
                       encodedX.batch(triple.rank), {});
    backend->stlEncode(right, w.view(), asTensor(triple.w, triple.rank).view(),
                       encodedW.batch(triple.rank), {});
    backend->batchedGemm({}, encodedX.batch(triple.rank), encodedW.batch(triple.rank),
                         encodedY.batch(triple.rank));
    HostTensor y(x.rows, w.cols);
    backend->stlDecode(product, encodedY.batch(triple.rank), asTensor(triple.y, triple.rank).view(),
                       y.view(), kernels::Accumulate::No, {}, {});
    return y;
}

HostTensor plainProduct(const HostTensor& x, const HostTensor& w) {
    HostTensor y(x.rows, w.cols);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < w.cols; ++j)
            for (std::int64_t k = 0; k < x.cols; ++k)
                y(i, j) += x(i, k) * w(k, j);
    return y;
}

double sum(const HostTensor& y) {
    double total = 0.0;
    for (const double value : y.values)
        total += value;
    return total;
}

double frobenius(const HostTensor& y) {
    double total = 0.0;
    for (const double value : y.values)
        total += value * value;
    return std::sqrt(total);
}

HostTensor goldenX() {
    HostTensor x(8, 8);
    for (std::int64_t i = 0; i < 8; ++i)
        for (std::int64_t j = 0; j < 8; ++j)
            x(i, j) = static_cast<double>((7 * i + 3 * j) % 11 - 5) / 5.0;
    return x;
}

HostTensor goldenW() {
    HostTensor w(8, 8);
    for (std::int64_t i = 0; i < 8; ++i)
        for (std::int64_t j = 0; j < 8; ++j)
            w(i, j) = static_cast<double>((5 * i + 2 * j) % 13 - 6) / 6.0;
    return w;
}

std::int64_t nonzeros(const std::vector<double>& values) {
    return static_cast<std::int64_t>(
        std::count_if(values.begin(), values.end(), [](double v) { return v != 0.0; }));
}

} // namespace

class TestExactTriples : public QObject {
    Q_OBJECT

private slots:
    void triplesAreExact_data() {
        QTest::addColumn<int>("which");
        QTest::addColumn<int>("tile");
        QTest::addColumn<int>("rank");
        QTest::addColumn<int>("filled"); // nonzeros of E_X
        QTest::newRow("Strassen") << 0 << 2 << 7 << 12;
        QTest::newRow("Winograd") << 1 << 2 << 7 << 14;
        QTest::newRow("Laderman") << 2 << 3 << 23 << 51;
        QTest::newRow("Strassen twice") << 3 << 4 << 49 << 144;
        QTest::newRow("Laderman of Strassen") << 4 << 6 << 161 << 612;
        QTest::newRow("Strassen of Laderman") << 5 << 6 << 161 << 612;
    }
    void triplesAreExact() {
        QFETCH(int, which);
        const StlTriple all[] = {strassenTriple(),
                                 winogradTriple(),
                                 exactTriple(3),
                                 exactTriple(4),
                                 composeTriples(ladermanTriple(), strassenTriple()),
                                 composeTriples(strassenTriple(), ladermanTriple())};
        const StlTriple& triple = all[which];
        QTEST(static_cast<int>(triple.tile), "tile");
        QTEST(static_cast<int>(triple.rank), "rank");
        QTEST(static_cast<int>(nonzeros(triple.x)), "filled");
        QCOMPARE(tensorError(triple), 0.0);
    }

    // systems/stl-and-24.md 1.4, golden values of the 8 x 8 product.
    void fullRankGivesTheProduct() {
        const HostTensor exact = plainProduct(goldenX(), goldenW());
        QVERIFY(std::abs(sum(exact) + 1.866666667) < 1e-9);
        QVERIFY(std::abs(frobenius(exact) - 8.005553628) < 1e-9);
        QVERIFY(std::abs(exact(0, 0) - 0.7) < 1e-14);
        const HostTensor y = multiply(exactTriple(4), goldenX(), goldenW());
        QVERIFY(kernels::largestDifference(y, exact) < 1e-14);
        // Tiles of 2 and 3 too; 8 is not a multiple of 3, so edges are padded.
        for (const std::int64_t tile : {2, 3})
            QVERIFY(kernels::largestDifference(multiply(exactTriple(tile), goldenX(), goldenW()),
                                               exact) < 1e-14);
    }

    void truncatedRowsGiveGoldenValues() {
        const HostTensor y = multiply(firstRows(exactTriple(4), 24), goldenX(), goldenW());
        QVERIFY(std::abs(sum(y) - 15.4) < 1e-9);
        QVERIFY(std::abs(frobenius(y) - 13.480356078) < 1e-9);
        QVERIFY(std::abs(y(0, 0) - 4.4) < 1e-9);
        QVERIFY(std::abs(y(3, 7) + 1.233333333) < 1e-9);
        QVERIFY(std::abs(y(7, 5) - 0.166666667) < 1e-9);
    }

    // Exact rationals of 1.4: squared relative tensor error of the first r rows.
    void truncationErrors() {
        const std::pair<int, double> expected[] = {{7, 1.5},   {14, 1.5}, {21, 1.5}, {24, 1.875},
                                                   {28, 1.25}, {35, 1.0}, {42, 0.5}, {48, 0.25}};
        for (const auto& [rank, error] : expected)
            QCOMPARE(squaredTensorError(firstRows(exactTriple(4), rank)), error);
    }
};

QTEST_GUILESS_MAIN(TestExactTriples)
#include "test_exact_triples.moc"

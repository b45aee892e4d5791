#include <QtTest>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/cpu/levels.h"
#include "kernels/pair_forces.h"

using namespace inlay::kernels;

namespace {

struct Layout {
    std::vector<float> plane[3];
    std::int64_t count = 0;
    int dims = 2;
};

Layout randomLayout(std::int64_t count, int dims, float scale) {
    std::mt19937 numbers(5);
    std::normal_distribution<float> normal(0, scale);
    Layout layout;
    layout.count = count;
    layout.dims = dims;
    for (int d = 0; d < dims; ++d) {
        layout.plane[d].resize(static_cast<std::size_t>(paddedPairPoints(count)));
        for (std::int64_t i = 0; i < count; ++i)
            layout.plane[d][static_cast<std::size_t>(i)] = normal(numbers);
        padPairPoints(layout.plane[d].data(), count);
    }
    return layout;
}

cpu::PairForces operation(const Layout& layout, std::vector<float>* force, float* sums) {
    cpu::PairForces op;
    op.dims = layout.dims;
    op.padded = paddedPairPoints(layout.count);
    for (int d = 0; d < layout.dims; ++d) {
        force[d].assign(static_cast<std::size_t>(op.padded), 0.0f);
        op.y[d] = layout.plane[d].data();
        op.force[d] = force[d].data();
    }
    op.sums = sums;
    return op;
}

double apartOf(const Layout& layout, int d, std::size_t i, std::size_t j) {
    return static_cast<double>(layout.plane[d][i]) - static_cast<double>(layout.plane[d][j]);
}

double kernelOf(const Layout& layout, std::size_t i, std::size_t j) {
    double below = 1;
    for (int d = 0; d < layout.dims; ++d)
        below += apartOf(layout, d, i, j) * apartOf(layout, d, i, j);
    return 1 / below;
}

} // namespace

class TestPairForces : public QObject {
    Q_OBJECT

    static void addCases() {
        QTest::addColumn<int>("level");
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("dims");
        QTest::addColumn<float>("scale");
        for (const SimdLevel level : {SimdLevel::Baseline, SimdLevel::Avx2, SimdLevel::Avx512}) {
            if (level > bestLevel())
                continue;
            for (const int dims : {2, 3})
                for (const int count : {1, 15, 16, 17, 203})
                    for (const float scale : {1e-3f, 3.0f})
                        QTest::addRow("%s, %d points, %d dimensions, %g",
                                      cpu::kernelsFor(level).name, count, dims,
                                      static_cast<double>(scale))
                            << static_cast<int>(level) << count << dims << scale;
        }
    }

private slots:
    void repelling_data() { addCases(); }

    // Both sides of every pair, in two strips, on every level the processor has.
    void repelling() {
        QFETCH(int, level);
        QFETCH(int, count);
        QFETCH(int, dims);
        QFETCH(float, scale);
        const Layout layout = randomLayout(count, dims, scale);
        const std::int64_t padded = paddedPairPoints(count);
        std::vector<float> force[3];
        std::vector<float> sums(static_cast<std::size_t>(padded));
        const cpu::PairForces op = operation(layout, force, sums.data());
        const auto& kernels = cpu::kernelsFor(static_cast<SimdLevel>(level));
        const std::int64_t middle = padded / pairBlock() / 2 * pairBlock();
        kernels.repelPairs(op, 0, middle);
        kernels.repelPairs(op, middle, padded);
        double total = 0;
        double found = 0;
        const auto n = static_cast<std::size_t>(count);
        for (std::size_t i = 0; i < n; ++i) {
            found += static_cast<double>(sums[i]);
            double truth[3] = {};
            double size = 0;
            for (std::size_t j = 0; j < n; ++j) {
                if (i == j)
                    continue;
                const double q = kernelOf(layout, i, j);
                total += q;
                for (int d = 0; d < dims; ++d) {
                    truth[d] += q * q * apartOf(layout, d, i, j);
                    size += std::abs(q * q * apartOf(layout, d, i, j));
                }
            }
            for (int d = 0; d < dims; ++d)
                QVERIFY(std::abs(static_cast<double>(force[d][i]) - truth[d]) <= 2e-6 * size);
        }
        QVERIFY(std::abs(found - total) <= 2e-6 * total + 1e-5);
    }

    void attracting_data() { addCases(); }

    void attracting() {
        QFETCH(int, level);
        QFETCH(int, count);
        QFETCH(int, dims);
        QFETCH(float, scale);
        const Layout layout = randomLayout(count, dims, scale);
        const auto n = static_cast<std::size_t>(count);
        // Rows of different lengths, some empty.
        std::vector<std::int64_t> rowStart = {0};
        std::vector<std::int32_t> column;
        std::vector<float> weight;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < (i * 7) % 37 && j < n; ++j) {
                column.push_back(static_cast<std::int32_t>((i * 5 + j * 3) % n));
                weight.push_back(0.01f * static_cast<float>(1 + j));
            }
            rowStart.push_back(static_cast<std::int64_t>(column.size()));
        }
        std::vector<float> force[3];
        std::vector<float> costs(n);
        cpu::PairForces op = operation(layout, force, costs.data());
        op.rowStart = rowStart.data();
        op.column = column.data();
        op.weight = weight.data();
        cpu::kernelsFor(static_cast<SimdLevel>(level)).attractPairs(op, 0, count);
        for (std::size_t i = 0; i < n; ++i) {
            double truth[3] = {};
            double cost = 0;
            double size = 0;
            for (auto e = static_cast<std::size_t>(rowStart[i]);
                 e < static_cast<std::size_t>(rowStart[i + 1]); ++e) {
                const auto j = static_cast<std::size_t>(column[e]);
                const double q = kernelOf(layout, i, j);
                const auto p = static_cast<double>(weight[e]);
                cost -= p * std::log(q);
                for (int d = 0; d < dims; ++d) {
                    truth[d] += p * q * apartOf(layout, d, i, j);
                    size += std::abs(p * q * apartOf(layout, d, i, j));
                }
            }
            for (int d = 0; d < dims; ++d)
                QVERIFY(std::abs(static_cast<double>(force[d][i]) - truth[d]) <= 2e-6 * size);
            QVERIFY(std::abs(static_cast<double>(costs[i]) - cost) <= 2e-6 * cost + 2e-6);
        }
    }
};

QTEST_GUILESS_MAIN(TestPairForces)
#include "test_pair_forces.moc"

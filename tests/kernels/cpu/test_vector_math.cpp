// The vector functions against the standard library in double, over tables of arguments that cover
// their ranges.

#include <QtTest>

#include <cmath>
#include <limits>
#include <numbers>

#include "kernels/cpu/levels.h"

using namespace inlay::kernels;
using cpu::Act;
using cpu::KernelTable;

namespace {

std::vector<float> between(float low, float high, int count) {
    std::vector<float> x;
    for (int i = 0; i < count; ++i)
        x.push_back(low + (high - low) * static_cast<float>(i) / static_cast<float>(count - 1));
    return x;
}

template <typename Function>
double worstRelative(const std::vector<float>& x, const std::vector<float>& y, Function&& truth) {
    double worst = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = truth(static_cast<double>(x[i]));
        if (std::abs(expected) < 1e-37)
            continue;
        worst = std::max(worst, std::abs(static_cast<double>(y[i]) / expected - 1.0));
    }
    return worst;
}

double phi(double x) {
    return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

double geluSlope(double x) {
    return phi(x) + x * std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
}

} // namespace

class TestVectorMath : public QObject {
    Q_OBJECT

private slots:
    void exponential_data() { levels(); }
    void exponential() {
        const KernelTable& kernels = table();
        const auto x = between(-87.0f, 88.5f, 200003);
        std::vector<float> y(x.size());
        kernels.exponential(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
        const double worst = worstRelative(x, y, [](double v) { return std::exp(v); });
        QVERIFY2(worst < 2.5e-7, qPrintable(QString::number(worst)));

        const float infinity = std::numeric_limits<float>::infinity();
        const std::vector<float> edges{-infinity, -200.0f, 200.0f, infinity, 0.0f, std::nanf("")};
        std::vector<float> out(edges.size());
        kernels.exponential(edges.data(), out.data(), 6);
        QCOMPARE(out[0], 0.0f);
        QCOMPARE(out[1], 0.0f);
        QCOMPARE(out[2], infinity);
        QCOMPARE(out[3], infinity);
        QCOMPARE(out[4], 1.0f);
        QVERIFY(std::isnan(out[5]));
    }

    void logarithm_data() { levels(); }
    void logarithm() {
        const KernelTable& kernels = table();
        std::vector<float> x = between(1e-3f, 40.0f, 100001);
        for (float v = 1e-36f; v < 1e36f; v *= 1.0371f)
            x.push_back(v);
        std::vector<float> y(x.size());
        kernels.logarithm(x.data(), y.data(), static_cast<std::int64_t>(x.size()));
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double expected = std::log(static_cast<double>(x[i]));
            worst = std::max(worst, std::abs(static_cast<double>(y[i]) - expected) /
                                        std::max(1.0, std::abs(expected)));
        }
        QVERIFY2(worst < 1.5e-7, qPrintable(QString::number(worst)));
        const std::vector<float> edges{std::numeric_limits<float>::infinity(), std::nanf("")};
        std::vector<float> out(2);
        kernels.logarithm(edges.data(), out.data(), 2);
        QCOMPARE(out[0], edges[0]);
        QVERIFY(std::isnan(out[1]));
    }

    void activations_data() { levels(); }
    void activations() {
        const KernelTable& kernels = table();
        // Below -12.9 the function leaves the range of normal floats.
        const auto x = between(-12.9f, 12.9f, 300007);
        const auto n = static_cast<std::int64_t>(x.size());
        std::vector<float> y(x.size());
        kernels.activate(Act::Gelu, x.data(), y.data(), n);
        const double gelu = worstRelative(x, y, [](double v) { return v * phi(v); });
        QVERIFY2(gelu < 1e-6, qPrintable(QString::number(gelu)));
        kernels.activate(Act::Silu, x.data(), y.data(), n);
        const double silu = worstRelative(x, y, [](double v) { return v / (1 + std::exp(-v)); });
        QVERIFY2(silu < 5e-7, qPrintable(QString::number(silu)));
    }

    void geluGradient_data() { levels(); }
    void geluGradient() {
        // The slope has a zero at -0.75: an absolute bound near it, where the terms are 0.2.
        const KernelTable& kernels = table();
        const auto x = between(-12.0f, 12.0f, 300007);
        const std::vector<float> ones(x.size(), 1.0f);
        std::vector<float> y(x.size());
        kernels.activateBackward(Act::Gelu, x.data(), ones.data(), y.data(),
                                 static_cast<std::int64_t>(x.size()));
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const auto v = static_cast<double>(x[i]);
            worst = std::max(worst, std::abs(static_cast<double>(y[i]) - geluSlope(v)));
        }
        QVERIFY2(worst < 5e-7, qPrintable(QString::number(worst)));
    }

    void specialValues_data() { levels(); }
    void specialValues() {
        const KernelTable& kernels = table();
        const float infinity = std::numeric_limits<float>::infinity();
        const std::vector<float> x{0.0f, infinity, -40.0f, std::nanf("")};
        std::vector<float> y(4);
        for (const Act act : {Act::Relu, Act::Gelu, Act::Silu}) {
            kernels.activate(act, x.data(), y.data(), 4);
            QCOMPARE(y[0], 0.0f);
            QCOMPARE(y[1], infinity);
            QVERIFY(std::abs(y[2]) < 1e-15f);
            QVERIFY(std::isnan(y[3]));
        }
    }

private:
    void levels() {
        QTest::addColumn<int>("level");
        for (const SimdLevel level : availableLevels())
            QTest::newRow(cpu::kernelsFor(level).name) << static_cast<int>(level);
    }

    const KernelTable& table() {
        QFETCH(int, level);
        return cpu::kernelsFor(static_cast<SimdLevel>(level));
    }
};

QTEST_APPLESS_MAIN(TestVectorMath)
#include "test_vector_math.moc"

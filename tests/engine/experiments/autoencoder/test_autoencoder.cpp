#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "engine/experiments/autoencoder/closed_form.h"
#include "engine/experiments/autoencoder/encoder_decoder.h"
#include "engine/optimizers/optimizer.h"

using namespace inlay::engine;
using namespace inlay::engine::autoencoder;

namespace {

AutoencoderConfig config(std::int64_t kept) {
    AutoencoderConfig made;
    made.kept = kept;
    return made;
}

double tail(const std::vector<double>& squares, std::int64_t rank) {
    double sum = 0;
    for (std::size_t i = static_cast<std::size_t>(rank); i < squares.size(); ++i)
        sum += squares[i];
    return sum;
}

void setValues(Parameter& parameter, const std::vector<double>& values) {
    parameter.value.copyFrom(Tensor::fromHost(parameter.value.device(), parameter.value.shape(),
                                              parameter.value.dtype(),
                                              std::span<const double>(values)));
    ++parameter.version;
}

double norm(const Tensor& tensor) {
    double sum = 0;
    for (const double value : tensor.toDoubles())
        sum += value * value;
    return std::sqrt(sum);
}

/// Trains D and E (and B) for some steps at a rate that falls to zero.
double trained(EncoderDecoder& model, std::int64_t steps, double rate, bool butterfly,
               const Device& device) {
    std::vector<ParameterPtr> parameters = {model.decoder(), model.encoder()};
    if (butterfly)
        parameters.push_back(model.butterfly());
    Optimizer optimizer(AdamWConfig{.weightDecay = 0, .clip = 0}, parameters, device);
    for (std::int64_t i = 0; i < steps; ++i) {
        optimizer.zeroGradients();
        model.step(butterfly, false);
        optimizer.step(i, rate * (1 - double(i) / double(steps)));
    }
    return model.loss();
}

} // namespace

class TestAutoencoder : public QObject {
    Q_OBJECT

private slots:
    void gradientsAreThoseOfTheLoss() {
        const Device device = Device::open("reference");
        const SampleMatrix x = loadMatrix(SpectrumMatrix{6, 9}, {}); // padded to 8 coordinates
        EncoderDecoder model(config(4), x, 2, device, RandomStream(1, "gradient"));
        for (const ParameterPtr& one : {model.decoder(), model.encoder(), model.butterfly()})
            one->grad.zero();
        const double loss = model.step(true, true);
        QVERIFY(std::abs(model.loss() - loss) < 1e-12);
        // step() differentiates the mean over the scaled matrix.
        const double scale = 1 / x.energy();
        for (const ParameterPtr& one : {model.decoder(), model.encoder(), model.butterfly()}) {
            const std::vector<double> values = one->value.toDoubles();
            const std::vector<double> gradient = one->grad.toDoubles();
            for (std::size_t i = 0; i < values.size(); i += 3) {
                const auto at = [&](double change) {
                    std::vector<double> moved = values;
                    moved[i] += change;
                    setValues(*one, moved);
                    return model.loss() * scale;
                };
                const double slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                QVERIFY2(std::abs(slope - gradient[i]) < 1e-7,
                         qPrintable(QStringLiteral("%1 %2: %3 against %4")
                                        .arg(QString::fromStdString(one->name))
                                        .arg(i)
                                        .arg(gradient[i])
                                        .arg(slope)));
            }
            setValues(*one, values);
        }
    }

    // Theorem 1 at n = 16, d = 40, l = 6, k = 3: for any set I of eigenvectors U of Sigma,
    // D = U_I and E = U_I^T X X~^T (X~ X~^T)^-1 is a critical point for D and E and has the loss
    // ||X||^2 - sum of lambda_i over I. Built from the closed form's own pieces: descent reaches
    // the level of {1..k}; the set levels are compared at explicit points.
    void descentReachesTheClosedForm() {
        const Device device = Device::open("reference");
        const SampleMatrix x = loadMatrix(SpectrumMatrix{16, 40}, {});
        EncoderDecoder model(config(6), x, 3, device, RandomStream(2, "theorem"));
        const FixedSketch fixed = fixedSketch(x, model.sketch(), 6);
        QCOMPARE(fixed.lambdas.size(), std::size_t{6});
        const double wanted = fixed.optimum(3);
        const double found = trained(model, 6000, 0.02, false, device);
        QVERIFY2(std::abs(found / wanted - 1) < 1e-6,
                 qPrintable(QStringLiteral("%1 against %2").arg(found).arg(wanted)));
        QVERIFY(tail(squaredSingularValues(x), 3) < wanted);
    }

    void criticalPointsHaveTheirLevels_data() {
        QTest::addColumn<QList<int>>("chosen");
        QTest::newRow("1 2 3") << QList<int>{0, 1, 2};
        QTest::newRow("1 3 5") << QList<int>{0, 2, 4};
        QTest::newRow("4 5 6") << QList<int>{3, 4, 5};
    }
    void criticalPointsHaveTheirLevels() {
        QFETCH(QList<int>, chosen);
        const Device device = Device::open("reference");
        const SampleMatrix x = loadMatrix(SpectrumMatrix{16, 40}, {});
        EncoderDecoder model(config(6), x, 3, device, RandomStream(2, "theorem"));
        const std::vector<double> sketch = model.sketch();
        const FixedSketch fixed = fixedSketch(x, sketch, 6);
        // By hand, without the code under test: power iteration with deflation gives the
        // eigenvectors of Sigma = X P X^T, P the projector on the row space of B X.
        const std::size_t n = 16, d = 40, l = 6;
        std::vector<std::vector<double>> basis; // of the row space: Gram-Schmidt, twice
        for (std::size_t c = 0; c < l; ++c) {
            std::vector<double> v(d);
            for (std::size_t s = 0; s < d; ++s)
                v[s] = sketch[s * l + c];
            for (int pass = 0; pass < 2; ++pass)
                for (const auto& b : basis) {
                    const double dot = std::inner_product(b.begin(), b.end(), v.begin(), 0.0);
                    for (std::size_t s = 0; s < d; ++s)
                        v[s] -= dot * b[s];
                }
            const double length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
            for (double& value : v)
                value /= length;
            basis.push_back(v);
        }
        std::vector<std::vector<double>> xv(l, std::vector<double>(n, 0.0)); // columns of X V
        for (std::size_t c = 0; c < l; ++c)
            for (std::size_t s = 0; s < d; ++s)
                for (std::size_t i = 0; i < n; ++i)
                    xv[c][i] += x.values[s * n + i] * basis[c][s];
        const auto sigma = [&](const std::vector<double>& u) {
            std::vector<double> out(n, 0.0);
            for (const auto& column : xv) {
                const double dot = std::inner_product(column.begin(), column.end(), u.begin(), 0.0);
                for (std::size_t i = 0; i < n; ++i)
                    out[i] += dot * column[i];
            }
            return out;
        };
        std::vector<std::vector<double>> vectors;
        std::vector<double> lambdas;
        for (std::size_t e = 0; e < l; ++e) {
            std::vector<double> u(n);
            for (std::size_t i = 0; i < n; ++i)
                u[i] = std::sin(double(i + 1) * double(e + 1));
            double lambda = 0;
            for (int iteration = 0; iteration < 20000; ++iteration) {
                std::vector<double> next = sigma(u);
                for (const auto& earlier : vectors) {
                    const double dot =
                        std::inner_product(earlier.begin(), earlier.end(), next.begin(), 0.0);
                    for (std::size_t i = 0; i < n; ++i)
                        next[i] -= dot * earlier[i];
                }
                lambda = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
                for (std::size_t i = 0; i < n; ++i)
                    u[i] = next[i] / lambda;
            }
            vectors.push_back(u);
            lambdas.push_back(lambda);
            QVERIFY(std::abs(lambda / fixed.lambdas[e] - 1) < 1e-9);
        }
        // E: U_I^T X X~^T (X~ X~^T)^-1 = U_I^T X P on samples, that is, any E with E^T X~ equal to
        // U_I^T X P; solved in the basis of the rows of X~ by back substitution of Gram-Schmidt.
        std::vector<std::int64_t> set(chosen.begin(), chosen.end());
        std::vector<double> d_(3 * n);
        std::vector<double> e_(l * 3);
        for (std::size_t k = 0; k < 3; ++k) {
            const std::vector<double>& u = vectors[static_cast<std::size_t>(chosen[int(k)])];
            std::copy(u.begin(), u.end(), d_.begin() + static_cast<std::ptrdiff_t>(k * n));
            std::vector<double> code(l); // coordinates of U_I^T X P in the basis
            for (std::size_t c = 0; c < l; ++c)
                code[c] = std::inner_product(u.begin(), u.end(), xv[c].begin(), 0.0);
            // sketch column c = sum_b R[b][c] basis b, R upper triangular.
            std::vector<double> weights(l, 0.0);
            const auto r = [&](std::size_t b, std::size_t c) {
                double dot = 0;
                for (std::size_t s = 0; s < d; ++s)
                    dot += basis[b][s] * sketch[s * l + c];
                return dot;
            };
            for (std::size_t b = l; b-- > 0;) {
                double left = code[b];
                for (std::size_t c = b + 1; c < l; ++c)
                    left -= r(b, c) * weights[c];
                weights[b] = left / r(b, b);
            }
            for (std::size_t c = 0; c < l; ++c)
                e_[c * 3 + k] = weights[c];
        }
        // The model's sketch is of X scaled to a mean square of 1, as its target is: E maps one to
        // the other, so the scale of `sketch` drops out with that of X.
        const double scale = std::sqrt(double(n * d) / x.energy());
        for (double& value : e_)
            value *= scale;
        setValues(*model.decoder(), d_);
        setValues(*model.encoder(), e_);
        for (const ParameterPtr& one : {model.decoder(), model.encoder(), model.butterfly()})
            one->grad.zero();
        const double loss = model.step(true, true);
        QVERIFY2(std::abs(loss / fixed.level(set) - 1) < 1e-9,
                 qPrintable(QStringLiteral("%1 against %2").arg(loss).arg(fixed.level(set))));
        QVERIFY(norm(model.decoder()->grad) < 1e-8);
        QVERIFY(norm(model.encoder()->grad) < 1e-8);
        QVERIFY(norm(model.butterfly()->grad) > 1e-4);
    }

    // A fixed butterfly with PCA: medians of 20 draws at n = d = 256 and sigma_i = 1/i; the page
    // has 1.12 at k = 5 and 1.07 at k = 10 for epsilon 0.5, all below 1 + epsilon.
    void sketchesKeepTheirPromise_data() {
        QTest::addColumn<int>("rank");
        QTest::addColumn<int>("kept");
        QTest::addColumn<double>("median");
        QTest::newRow("5") << 5 << 22 << 1.12;
        QTest::newRow("10") << 10 << 54 << 1.07;
    }
    void sketchesKeepTheirPromise() {
        QFETCH(int, rank);
        QFETCH(int, kept);
        QFETCH(double, median);
        const Device device = Device::open("cpu");
        const SampleMatrix x = loadMatrix(SpectrumMatrix{256, 256}, {});
        AutoencoderConfig by;
        by.epsilon = 0.5;
        QCOMPARE(keptOutputs(by, rank, 256), std::int64_t{kept});
        const double delta = tail(squaredSingularValues(x), rank);
        std::vector<double> ratios;
        for (std::uint64_t draw = 0; draw < 20; ++draw) {
            EncoderDecoder model(by, x, rank, device, RandomStream(draw, "promise"));
            ratios.push_back(fixedSketch(x, model.sketch(), model.kept()).optimum(rank) / delta);
        }
        std::sort(ratios.begin(), ratios.end());
        const double found = (ratios[9] + ratios[10]) / 2;
        QVERIFY2(std::abs(found - median) < 0.03, qPrintable(QString::number(found)));
        QVERIFY(ratios.front() >= 1 - 1e-9);
        QVERIFY(ratios[10] <= 1.5);
    }

    // Kept outputs at or above the rank of X lose nothing; more of them never lose more.
    void enoughOutputsLoseNothing() {
        const Device device = Device::open("cpu");
        const SampleMatrix x = loadMatrix(GaussianMatrix{128, 100, 16}, {});
        const double delta = tail(squaredSingularValues(x), 4);
        for (const std::int64_t kept : {16, 20, 40}) {
            EncoderDecoder model(config(kept), x, 4, device, RandomStream(1, "enough"));
            const FixedSketch fixed = fixedSketch(x, model.sketch(), kept);
            QVERIFY2(std::abs(fixed.optimum(4) / delta - 1) < 1e-5,
                     qPrintable(QString::number(fixed.optimum(4) / delta)));
        }
        EncoderDecoder few(config(6), x, 4, device, RandomStream(1, "enough"));
        QVERIFY(fixedSketch(x, few.sketch(), 6).optimum(4) > delta);
    }

    void theSecondPhaseComesCloseToPca() {
        const Device device = Device::open("cpu");
        const SampleMatrix x = loadMatrix(SpectrumMatrix{64, 64}, {});
        EncoderDecoder model(config(12), x, 4, device, RandomStream(3, "phases"));
        const double delta = tail(squaredSingularValues(x), 4);
        const double fixed = fixedSketch(x, model.sketch(), 12).optimum(4);
        const double first = trained(model, 1000, 0.01, false, device);
        QVERIFY2(std::abs(first / fixed - 1) < 0.01, qPrintable(QString::number(first / fixed)));
        const double second = trained(model, 1000, 0.01, true, device);
        QVERIFY2(second < first && second >= delta * (1 - 1e-6) && second < 1.02 * delta,
                 qPrintable(QStringLiteral("%1 of %2").arg(second).arg(delta)));
    }

    void criticalSetsAreTheStairAndItsNeighbors() {
        using Sets = std::vector<std::vector<std::int64_t>>;
        QCOMPARE(criticalSets(2, 6), (Sets{{}, {0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}}));
        QCOMPARE(criticalSets(3, 2), (Sets{{}, {0}, {0, 1}}));
        QCOMPARE(criticalSets(2, 2), (Sets{{}, {0}, {0, 1}}));
    }
};

QTEST_GUILESS_MAIN(TestAutoencoder)
#include "test_autoencoder.moc"

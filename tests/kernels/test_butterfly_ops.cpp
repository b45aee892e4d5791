#include <QtTest>

#include <bit>
#include <complex>
#include <numbers>

#include "kernels/devices.h"
#include "tests/kernels/gradient_check.h"

using namespace inlay::kernels;

namespace {

const double kHalf = std::sqrt(0.5);

/// Every block (1/sqrt 2) [[1, 1], [1, -1]].
HostTensor hadamardWeights(const Butterfly& spec) {
    HostTensor weights(1, spec.weights());
    for (std::int64_t i = 0; i < spec.weights(); ++i)
        weights(0, i) = i % 4 == 3 ? -kHalf : kHalf;
    return weights;
}

/// Rotations by angles that differ from block to block.
HostTensor rotationWeights(const Butterfly& spec) {
    HostTensor weights(1, spec.weights());
    for (std::int64_t block = 0; block < spec.weights() / 4; ++block) {
        const double angle = 0.7 * static_cast<double>(block + 1);
        weights(0, 4 * block) = std::cos(angle);
        weights(0, 4 * block + 1) = -std::sin(angle);
        weights(0, 4 * block + 2) = std::sin(angle);
        weights(0, 4 * block + 3) = std::cos(angle);
    }
    return weights;
}

HostTensor identity(std::int64_t n) {
    HostTensor x(n, n);
    for (std::int64_t i = 0; i < n; ++i)
        x(i, i) = 1.0;
    return x;
}

} // namespace

// systems/butterfly.md 6.
class TestButterflyOps : public QObject {
    Q_OBJECT

private slots:
    // Item 1: both orders give n^(-1/2) (-1)^popcount(u & v), and twice that is the identity.
    void hadamard() {
        for (const ButterflyOrder order : {ButterflyOrder::Increasing, ButterflyOrder::Decreasing})
            for (const std::int64_t n : {1, 2, 4, 8, 64, 256}) {
                const Butterfly spec{n, order};
                const HostTensor matrix = dense(spec, hadamardWeights(spec));
                for (std::int64_t u = 0; u < n; ++u)
                    for (std::int64_t v = 0; v < n; ++v) {
                        const bool odd = std::popcount(static_cast<std::uint64_t>(u & v)) % 2;
                        const double entry = (odd ? -1.0 : 1.0) / std::sqrt(static_cast<double>(n));
                        QVERIFY(std::abs(matrix(u, v) - entry) < 1e-15);
                    }
                HostTensor twice = matrix;
                backend_->butterfly(spec, matrix.view(), hadamardWeights(spec).view(), twice.view(),
                                    {});
                QVERIFY(largestDifference(twice, identity(n)) < 1e-14);
            }
    }

    // Pair p of stage s joins i and i + 2^s: with one block swapped and all others the identity,
    // exactly two coordinates change places.
    void stagePattern() {
        const std::int64_t n = 16;
        const Butterfly spec{n};
        for (std::int64_t s = 0; s < spec.stages(); ++s)
            for (std::int64_t p = 0; p < n / 2; ++p) {
                HostTensor weights(1, spec.weights());
                for (std::int64_t i = 0; i < spec.weights(); ++i)
                    weights(0, i) = i % 4 == 0 || i % 4 == 3 ? 1.0 : 0.0;
                const std::int64_t first = (s * n / 2 + p) * 4;
                weights(0, first) = weights(0, first + 3) = 0.0;
                weights(0, first + 1) = weights(0, first + 2) = 1.0;
                const std::int64_t h = std::int64_t{1} << s;
                const std::int64_t i = p / h * 2 * h + p % h;
                HostTensor expected = identity(n);
                expected(i, i) = expected(i + h, i + h) = 0.0;
                expected(i, i + h) = expected(i + h, i) = 1.0;
                QCOMPARE(dense(spec, weights).values, expected.values);
            }
    }

    // Item 2: bit-reversed input, increasing stride, w = exp(-2 pi i (p mod 2^s) / 2^(s+1)), blocks
    // (1/sqrt 2) [[1, w], [1, -w]] give the unitary DFT. The complex network runs as one stage at a
    // time on real and imaginary parts, each stage a network whose other stages are the identity.
    void dft() {
        for (const std::int64_t n : {8, 64}) {
            const Butterfly spec{n};
            const HostTensor input = randomTensor(2, n, 1);
            HostTensor value(2, n); // real and imaginary part
            for (std::int64_t i = 0; i < n; ++i) {
                std::int64_t reversed = 0;
                for (std::int64_t s = 0; s < spec.stages(); ++s)
                    reversed |= ((i >> s) & 1) << (spec.stages() - 1 - s);
                value(0, i) = input(0, reversed);
                value(1, i) = input(1, reversed);
            }
            for (std::int64_t s = 0; s < spec.stages(); ++s) {
                const HostTensor real = twiddle(spec, s, false);
                const HostTensor imaginary = twiddle(spec, s, true);
                HostTensor a(2, n);
                HostTensor b(2, n);
                backend_->butterfly(spec, value.view(), real.view(), a.view(), {});
                // The imaginary network has blocks of zeros at stage s and the identity elsewhere.
                backend_->butterfly(spec, value.view(), imaginary.view(), b.view(), {});
                for (std::int64_t i = 0; i < n; ++i) {
                    value(0, i) = a(0, i) - b(1, i);
                    value(1, i) = a(1, i) + b(0, i);
                }
            }
            for (std::int64_t k = 0; k < n; ++k) {
                std::complex<double> sum = 0.0;
                for (std::int64_t i = 0; i < n; ++i)
                    sum +=
                        std::complex<double>(input(0, i), input(1, i)) *
                        std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(i * k % n) /
                                            static_cast<double>(n));
                sum /= std::sqrt(static_cast<double>(n));
                QVERIFY(std::abs(sum - std::complex<double>(value(0, k), value(1, k))) < 1e-13);
            }
        }
    }

    // Item 3: rotations make an orthogonal network.
    void orthogonality() {
        const Butterfly spec{256};
        const HostTensor matrix = dense(spec, rotationWeights(spec));
        HostTensor gram(256, 256);
        backend_->gemm({Transpose::No, Transpose::Yes, 1.0, 0.0}, matrix.view(), matrix.view(),
                       gram.view(), {});
        QVERIFY(largestDifference(gram, identity(256)) < 1e-14);
    }

    // Item 7: <B x, y> = <x, B^T y>, and the transposed network is the transposed matrix.
    void adjoint() {
        for (const ButterflyOrder order :
             {ButterflyOrder::Increasing, ButterflyOrder::Decreasing}) {
            const std::int64_t n = 32;
            const Butterfly spec{n, order};
            const Butterfly reverse{n, order, Transpose::Yes};
            const HostTensor weights = randomTensor(1, spec.weights(), 1);
            const HostTensor x = randomTensor(1, n, 2);
            const HostTensor y = randomTensor(1, n, 3);
            HostTensor bx(1, n);
            HostTensor by(1, n);
            backend_->butterfly(spec, x.view(), weights.view(), bx.view(), {});
            backend_->butterfly(reverse, y.view(), weights.view(), by.view(), {});
            QVERIFY(std::abs(dot(bx, y) - dot(x, by)) < 1e-12 * std::abs(dot(bx, y)) + 1e-12);
            const HostTensor plain = dense(spec, weights);
            const HostTensor flipped = dense(reverse, weights);
            for (std::int64_t i = 0; i < n; ++i)
                for (std::int64_t j = 0; j < n; ++j)
                    QVERIFY(std::abs(plain(i, j) - flipped(j, i)) < 1e-12);
        }
    }

    // Item 4.
    void countOfWeights() {
        QCOMPARE((Butterfly{1024}.weights()), std::int64_t{20480});
        QCOMPARE((Butterfly{1}.weights()), std::int64_t{0});
    }

private:
    /// Row i of the result is B e_i, so that the result is B^T; returned as B.
    HostTensor dense(const Butterfly& spec, const HostTensor& weights) {
        HostTensor columns(spec.n, spec.n);
        backend_->butterfly(spec, identity(spec.n).view(), weights.view(), columns.view(), {});
        HostTensor matrix(spec.n, spec.n);
        for (std::int64_t i = 0; i < spec.n; ++i)
            for (std::int64_t j = 0; j < spec.n; ++j)
                matrix(j, i) = columns(i, j);
        return matrix;
    }

    /// Real or imaginary part of the DFT's blocks at stage s; the other stages are the identity.
    static HostTensor twiddle(const Butterfly& spec, std::int64_t s, bool imaginary) {
        HostTensor weights(1, spec.weights());
        for (std::int64_t i = 0; i < spec.weights(); ++i)
            weights(0, i) = i % 4 == 0 || i % 4 == 3 ? 1.0 : 0.0;
        const std::int64_t h = std::int64_t{1} << s;
        for (std::int64_t p = 0; p < spec.n / 2; ++p) {
            const double angle =
                -std::numbers::pi * static_cast<double>(p % h) / static_cast<double>(h);
            const double part = imaginary ? std::sin(angle) : std::cos(angle);
            const std::int64_t first = (s * spec.n / 2 + p) * 4;
            weights(0, first) = weights(0, first + 2) = imaginary ? 0.0 : kHalf;
            weights(0, first + 1) = kHalf * part;
            weights(0, first + 3) = -kHalf * part;
        }
        return weights;
    }

    std::unique_ptr<Backend> backend_ = makeReferenceBackend();
};

QTEST_GUILESS_MAIN(TestButterflyOps)
#include "test_butterfly_ops.moc"

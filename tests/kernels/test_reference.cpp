#include <QtTest>

#include <limits>
#include <numbers>

#include "kernels/bf16.h"
#include "kernels/devices.h"
#include "tests/kernels/host_tensor.h"

using namespace inlay::kernels;

namespace {

HostTensor matrix(std::int64_t rows, std::int64_t cols, std::vector<double> values) {
    HostTensor tensor(rows, cols);
    tensor.values = std::move(values);
    return tensor;
}

ConstView asIndex(const std::vector<std::int32_t>& values) {
    return {values.data(), static_cast<std::int64_t>(values.size()), 1, 1, DType::I32};
}

void compareAll(const HostTensor& actual, const std::vector<double>& expected,
                double limit = 1e-15) {
    QCOMPARE(actual.values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY2(std::abs(actual.values[i] - expected[i]) <= limit,
                 qPrintable(QString("element %1 is %2, expected %3")
                                .arg(i)
                                .arg(actual.values[i], 0, 'g', 17)
                                .arg(expected[i], 0, 'g', 17)));
}

} // namespace

// Results worked out by hand or from an independent formula: what the truth itself rests on.
class TestReference : public QObject {
    Q_OBJECT

private slots:
    void gemmByHand() {
        const HostTensor a = matrix(2, 3, {1, 2, 3, 4, 5, 6});
        const HostTensor b = matrix(3, 2, {7, 8, 9, 10, 11, 12});
        const HostTensor aT = matrix(3, 2, {1, 4, 2, 5, 3, 6});
        const HostTensor bT = matrix(2, 3, {7, 9, 11, 8, 10, 12});
        HostTensor c(2, 2);
        backend_->gemm({}, a.view(), b.view(), c.view(), {});
        compareAll(c, {58, 64, 139, 154});
        backend_->gemm({Transpose::Yes, Transpose::Yes, 2.0, -1.0}, aT.view(), bT.view(), c.view(),
                       {});
        compareAll(c, {58, 64, 139, 154});
        const HostTensor bias = matrix(1, 2, {-60, 1});
        HostTensor pre(2, 2);
        backend_->gemm({}, a.view(), b.view(), c.view(),
                       {bias.view(), Activation::Relu, pre.view()});
        compareAll(pre, {-2, 65, 79, 155});
        compareAll(c, {0, 65, 79, 155});
    }

    // With beta 0 the old content is not read, so that memory nobody wrote may be overwritten.
    void oldContentIsNotRead() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const HostTensor a = matrix(1, 1, {3});
        HostTensor c(1, 1, nan);
        backend_->gemm({}, a.view(), a.view(), c.view(), {});
        compareAll(c, {9});
        HostTensor y(1, 1, nan);
        backend_->axpby(2.0, a.view(), 0.0, y.view());
        compareAll(y, {6});
        HostTensor s(1, 1, nan);
        backend_->sum(a.view(), s.view(), Accumulate::No);
        compareAll(s, {3});
    }

    void activationValues() {
        // Phi(1) = 0.84134474606854293, logistic(1) = 0.73105857863000490.
        const HostTensor x = matrix(1, 4, {-1, 0, 1, -40});
        HostTensor y(1, 4);
        backend_->activate(Activation::Relu, x.view(), y.view());
        compareAll(y, {0, 0, 1, 0});
        backend_->activate(Activation::Gelu, x.view(), y.view());
        compareAll(y, {-0.15865525393145707, 0, 0.84134474606854293, 0});
        backend_->activate(Activation::Silu, x.view(), y.view());
        compareAll(y, {-0.26894142136999512, 0, 0.73105857863000490, -40 * std::exp(-40.0)});
    }

    void layerNormByHand() {
        const HostTensor x = matrix(1, 4, {1, 2, 3, 6}); // mean 3, variance 3.5
        const HostTensor gamma = matrix(1, 4, {1, 2, 1, 1});
        const HostTensor beta = matrix(1, 4, {0, 0, 5, 0});
        HostTensor y(1, 4);
        HostTensor stats(1, 2);
        backend_->layerNorm(x.view(), gamma.view(), beta.view(), 0.5, y.view(), stats.view());
        compareAll(y, {-1, -1, 5, 1.5});
        compareAll(stats, {3, 0.5});
    }

    void crossEntropyByHand() {
        // Equal logits: loss ln 3; the second row knows, the third is a tie lost to the first.
        const HostTensor x = matrix(3, 3, {1, 1, 1, 0, 0, 1000, 2, 2, 2});
        const std::vector<std::int32_t> labels{0, 2, 1};
        HostTensor loss(1, 1, 10.0);
        std::int32_t correct = 5;
        HostTensor gradient(3, 3);
        backend_->softmaxCrossEntropy(x.view(), asIndex(labels), 3.0, loss.view(),
                                      {&correct, 1, 1, 1, DType::I32}, gradient.view());
        QVERIFY(std::abs(loss(0, 0) - 10.0 - 2.0 * std::log(3.0)) < 1e-14);
        QCOMPARE(correct, 7);
        compareAll(gradient, {-2, 1, 1, 0, 0, 0, 1, -2, 1}, 1e-14);
    }

    void lossOfNanIsNan() {
        const HostTensor x = matrix(1, 2, {1.0, std::numeric_limits<double>::quiet_NaN()});
        const std::vector<std::int32_t> labels{0};
        HostTensor loss(1, 1);
        std::int32_t correct = 0;
        backend_->softmaxCrossEntropy(x.view(), asIndex(labels), 1.0, loss.view(),
                                      {&correct, 1, 1, 1, DType::I32}, {});
        QVERIFY(std::isnan(loss(0, 0)));
        QCOMPARE(correct, 0);
    }

    // Against the formula with the whole score matrix, heads 4 on 2 key heads.
    void attentionAgainstSoftmax() {
        for (const bool causal : {false, true}) {
            const Attention spec{2, 6, 4, 2, 3, causal, 0.4};
            const HostTensor q = randomTensor(12, 12, 1);
            const HostTensor k = randomTensor(12, 6, 2);
            const HostTensor v = randomTensor(12, 6, 3);
            HostTensor out(12, 12);
            HostTensor logSumExp(8, 6);
            backend_->attention(spec, q.view(), k.view(), v.view(), out.view(), logSumExp.view(),
                                {});
            for (std::int64_t b = 0; b < 2; ++b)
                for (std::int64_t h = 0; h < 4; ++h)
                    for (std::int64_t i = 0; i < 6; ++i) {
                        double total = 0.0;
                        double value[3] = {0, 0, 0};
                        for (std::int64_t j = 0; j < (causal ? i + 1 : 6); ++j) {
                            double s = 0.0;
                            for (std::int64_t d = 0; d < 3; ++d)
                                s += q(b * 6 + i, h * 3 + d) * k(b * 6 + j, h / 2 * 3 + d);
                            const double e = std::exp(0.4 * s);
                            total += e;
                            for (std::int64_t d = 0; d < 3; ++d)
                                value[d] += e * v(b * 6 + j, h / 2 * 3 + d);
                        }
                        QVERIFY(std::abs(logSumExp(b * 4 + h, i) - std::log(total)) < 1e-13);
                        for (std::int64_t d = 0; d < 3; ++d)
                            QVERIFY(std::abs(out(b * 6 + i, h * 3 + d) - value[d] / total) < 1e-13);
                    }
        }
    }

    void reductionsByHand() {
        const HostTensor x = matrix(2, 3, {1, -2, 3, 4, 5, -7});
        HostTensor row(1, 3, 10.0);
        backend_->sumRows(x.view(), row.view(), Accumulate::Yes);
        compareAll(row, {15, 13, 6});
        HostTensor one(1, 1);
        backend_->sum(x.view(), one.view(), Accumulate::No);
        compareAll(one, {4});
        backend_->sumSquares(x.view(), one.view(), Accumulate::Yes);
        compareAll(one, {108});
        backend_->maxAbs(x.view(), one.view());
        compareAll(one, {7});
        const HostTensor y = matrix(1, 2, {3, 4});
        const std::vector<ConstView> tensors{x.view(), y.view()};
        HostTensor squares(1, 2);
        backend_->sumSquaresOf(tensors, squares.view());
        compareAll(squares, {104, 25});
        backend_->clipFactor(y.view(), 1.0, one.view());
        compareAll(one, {1.0 / std::sqrt(7.0)});
        backend_->clipFactor(y.view(), 10.0, one.view());
        compareAll(one, {1});
        const HostTensor bad = matrix(1, 2, {1, std::numeric_limits<double>::infinity()});
        backend_->clipFactor(bad.view(), 1.0, one.view());
        QVERIFY(std::isnan(one(0, 0)));
    }

    void indexByHand() {
        const HostTensor x = matrix(3, 2, {1, 2, 3, 4, 5, 6});
        HostTensor y(2, 2);
        backend_->gatherRows(x.view(), asIndex({2, 0}), y.view());
        compareAll(y, {5, 6, 1, 2});
        HostTensor sums(3, 2, 1.0);
        backend_->scatterAddRows(y.view(), asIndex({1, 1}), sums.view());
        compareAll(sums, {1, 1, 7, 9, 1, 1});
        HostTensor columns(3, 3);
        backend_->gatherColumns(x.view(), asIndex({1, 1, 0}), columns.view());
        compareAll(columns, {2, 2, 1, 4, 4, 3, 6, 6, 5});
        HostTensor added(3, 2, 0.5);
        backend_->scatterAddColumns(columns.view(), asIndex({0, 1, 1}), added.view());
        compareAll(added, {2.5, 3.5, 4.5, 7.5, 6.5, 11.5});
    }

    // Two images of 4 x 6 with two channels in patches of 2: every pixel lands once, in the patch
    // and place that its coordinates name.
    void imagePatchesIsThePermutation() {
        HostTensor images(2, 4 * 6 * 2);
        for (std::size_t i = 0; i < images.values.size(); ++i)
            images.values[i] = static_cast<double>(i);
        HostTensor patches(2 * 2 * 3, 2 * 2 * 2);
        backend_->imagePatches(images.view(), 4, 6, 2, patches.view());
        std::vector<double> sorted = patches.values;
        std::sort(sorted.begin(), sorted.end());
        QCOMPARE(sorted, images.values);
        // Image 1, pixel row 3, column 4, channel 1: patch (1, 2), row 1, column 0 in it.
        QCOMPARE(patches(6 + 3 + 2, (1 * 2 + 0) * 2 + 1), images(1, (3 * 6 + 4) * 2 + 1));
        // The first patch reads across, then down.
        const std::vector<double> first(patches.values.begin(), patches.values.begin() + 8);
        QCOMPARE(first, (std::vector<double>{0, 1, 2, 3, 12, 13, 14, 15}));
    }

    void tilesByHand() {
        const HostTensor x = matrix(3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9});
        HostTensor tiles(4, 4);
        backend_->gatherTiles({2, 3, {1, 3}, Grouping::Within}, x.view(), tiles.view());
        compareAll(tiles, {1, 2, 4, 5, 3, 0, 6, 0, 7, 8, 0, 0, 9, 0, 0, 0});
        // Three groups of one row: across joins rows of different groups, single takes each alone.
        backend_->gatherTiles({2, 3, {3, 1}, Grouping::Across}, x.view(), tiles.view());
        compareAll(tiles, {1, 2, 4, 5, 3, 0, 6, 0, 7, 8, 0, 0, 9, 0, 0, 0});
        HostTensor alone(6, 4);
        backend_->gatherTiles({2, 3, {3, 1}, Grouping::Single}, x.view(), alone.view());
        compareAll(alone, {1, 2, 0, 0, 3, 0, 0, 0, 4, 5, 0, 0, 6, 0, 0, 0, 7, 8, 0, 0, 9, 0, 0, 0});
        // Two groups of two rows: across takes the same position of both.
        const HostTensor four = matrix(4, 1, {1, 2, 3, 4});
        HostTensor pairs(2, 4);
        backend_->gatherTiles({2, 1, {2, 2}, Grouping::Across}, four.view(), pairs.view());
        compareAll(pairs, {1, 0, 3, 0, 2, 0, 4, 0});
    }

    void stridedViews() {
        HostTensor host = matrix(2, 4, {1, 2, 3, 4, 5, 6, 7, 8});
        const View right = columns(host.view(), 2, 2);
        backend_->fill(right, 0.0);
        compareAll(host, {1, 2, 0, 0, 5, 6, 0, 0});
        backend_->axpby(2.0, columns(host.view(), 0, 2), 1.0, right);
        compareAll(host, {1, 2, 2, 4, 5, 6, 10, 12});
    }

    void bf16RoundsToNearestEven() {
        QCOMPARE(int(toBf16(1.0f)), 0x3F80);
        QCOMPARE(int(toBf16(std::bit_cast<float>(0x3F808000u))), 0x3F80); // tie, even below
        QCOMPARE(int(toBf16(std::bit_cast<float>(0x3F818000u))), 0x3F82); // tie, even above
        QCOMPARE(int(toBf16(std::bit_cast<float>(0x3F808001u))), 0x3F81);
        QCOMPARE(int(toBf16(std::bit_cast<float>(0xBF807FFFu))), 0xBF80);
        QCOMPARE(int(toBf16(std::numeric_limits<float>::max())), 0x7F80); // to infinity
        QCOMPARE(int(toBf16(std::numeric_limits<float>::infinity())), 0x7F80);
        // A NaN whose upper half alone would read as infinity.
        QVERIFY(std::isnan(fromBf16(toBf16(std::bit_cast<float>(0x7F800001u)))));
        for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
            const float value = fromBf16(static_cast<std::uint16_t>(bits));
            if (!std::isnan(value))
                QCOMPARE(std::uint32_t{toBf16(value)}, bits);
        }
        std::vector<float> from{1.0f, 1.00390625f, -3.14159274f};
        std::vector<std::uint16_t> to(3);
        backend_->convert(ConstView{from.data(), 1, 3, 3, DType::F32},
                          View{to.data(), 1, 3, 3, DType::BF16});
        QCOMPARE(to, (std::vector<std::uint16_t>{0x3F80, 0x3F80, 0xC049}));
    }

    // Element i of the view uses word i, whatever the stride; the counter shifts the stream.
    void randomFillsFollowThePhiloxSequence() {
        const PhiloxState state{42, 7, 5};
        HostTensor wide(3, 5, -9.0);
        backend_->fillUniform(columns(wide.view(), 0, 3), state, {}, -1.0, 3.0);
        for (std::int64_t i = 0; i < 9; ++i) {
            const auto word = static_cast<std::uint64_t>(i);
            const PhiloxBlock block = philox(42, 7, 5 + word / 4);
            QCOMPARE(wide(i / 3, i % 3), -1.0 + 4.0 * (1.0 - unitInterval(block.word[word % 4])));
        }
        QCOMPARE(wide(0, 3), -9.0);
        HostTensor normal(1, 6);
        backend_->fillNormal(normal.view(), state, {}, 1.0, 0.5);
        for (std::int64_t i = 0; i < 6; ++i) {
            const auto word = static_cast<std::uint64_t>(2 * i);
            const PhiloxBlock block = philox(42, 7, 5 + word / 4);
            const double u = unitInterval(block.word[word % 4]);
            const double v = unitInterval(block.word[word % 4 + 1]);
            QVERIFY(std::abs(normal(0, i) - (1.0 + 0.5 * std::sqrt(-2.0 * std::log(u)) *
                                                       std::cos(2.0 * std::numbers::pi * v))) <
                    1e-15);
        }
        std::int32_t step = 3;
        HostTensor counted(1, 6);
        HostTensor shifted(1, 6);
        backend_->fillNormal(counted.view(), state, ConstView{&step, 1, 1, 1, DType::I32}, 0, 1);
        backend_->fillNormal(shifted.view(), {42, 10, 5}, {}, 0, 1);
        QCOMPARE(counted.values, shifted.values);
        QVERIFY(counted.values != normal.values);
    }

    void momentsOfFills() {
        const std::int64_t n = 200000;
        HostTensor x(1, n);
        const auto moment = [&](int power) {
            double total = 0.0;
            for (const double value : x.values)
                total += std::pow(value, power);
            return total / static_cast<double>(n);
        };
        backend_->fillNormal(x.view(), {1, 2, 0}, {}, 0.0, 1.0);
        QVERIFY(std::abs(moment(1)) < 0.01);
        QVERIFY(std::abs(moment(2) - 1.0) < 0.02);
        QVERIFY(std::abs(moment(4) - 3.0) < 0.1);
        backend_->fillUniform(x.view(), {1, 3, 0}, {}, 0.0, 1.0);
        QVERIFY(std::abs(moment(1) - 0.5) < 0.01);
        QVERIFY(std::abs(moment(2) - 1.0 / 3.0) < 0.01);
        QVERIFY(*std::min_element(x.values.begin(), x.values.end()) >= 0.0);
        QVERIFY(*std::max_element(x.values.begin(), x.values.end()) < 1.0);
    }

    // An overwriting reduction of nothing gives its neutral value, an accumulating one keeps.
    void emptySizes() {
        HostTensor none(0, 3);
        none.values.reserve(1);
        HostTensor out(1, 3, 4.0);
        backend_->sumRows(none.view(), out.view(), Accumulate::Yes);
        compareAll(out, {4, 4, 4});
        backend_->sumRows(none.view(), out.view(), Accumulate::No);
        compareAll(out, {0, 0, 0});
        HostTensor one(1, 1, 4.0);
        backend_->maxAbs(none.view(), one.view());
        compareAll(one, {0});
        HostTensor c(1, 2, 4.0);
        HostTensor left(1, 0);
        HostTensor right(0, 2);
        backend_->gemm({Transpose::No, Transpose::No, 1.0, 1.0}, left.view(), right.view(),
                       c.view(), {});
        compareAll(c, {4, 4});
        backend_->gemm({}, left.view(), right.view(), c.view(), {});
        compareAll(c, {0, 0});
        void* memory = backend_->allocate(0);
        QVERIFY(memory != nullptr);
        backend_->release(memory);
    }

    void allocationsAreAligned() {
        for (const std::size_t bytes : {1, 63, 64, 65, 1000}) {
            void* memory = backend_->allocate(bytes);
            QCOMPARE(reinterpret_cast<std::uintptr_t>(memory) % 64, std::uintptr_t{0});
            backend_->release(memory);
        }
    }

    void marksMeasureTime() {
        const std::int64_t from = backend_->mark();
        QTest::qSleep(20);
        const std::int64_t to = backend_->mark();
        const double seconds = backend_->elapsed(from, to);
        QVERIFY(seconds >= 0.019 && seconds < 5.0);
    }

private:
    std::unique_ptr<Backend> backend_ = makeReferenceBackend();
};

QTEST_GUILESS_MAIN(TestReference)
#include "test_reference.moc"

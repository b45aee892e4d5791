#include <QtTest>

#include "kernels/devices.h"
#include "tests/kernels/gradient_check.h"

using namespace inlay::kernels;

Q_DECLARE_METATYPE(inlay::kernels::Activation)
Q_DECLARE_METATYPE(inlay::kernels::Grouping)
Q_DECLARE_METATYPE(inlay::kernels::ButterflyOrder)
Q_DECLARE_METATYPE(inlay::kernels::Transpose)

namespace {

constexpr double kLimit = 1e-7;

} // namespace

// Central differences in f64: the gradients that operators and modules are built from.
class TestKernelGradients : public QObject {
    Q_OBJECT

private slots:
    void gemm_data() {
        QTest::addColumn<bool>("transposeA");
        QTest::addColumn<bool>("transposeB");
        for (const bool a : {false, true})
            for (const bool b : {false, true})
                QTest::addRow("%d%d", a, b) << a << b;
    }
    // C = alpha op(A) op(B): dA = alpha G op(B)^T and dB = alpha op(A)^T G, transposed where the
    // operand is.
    void gemm() {
        QFETCH(bool, transposeA);
        QFETCH(bool, transposeB);
        const std::int64_t m = 5, n = 7, k = 3;
        const Transpose ta = transposeA ? Transpose::Yes : Transpose::No;
        const Transpose tb = transposeB ? Transpose::Yes : Transpose::No;
        HostTensor a = transposeA ? randomTensor(k, m, 1) : randomTensor(m, k, 1);
        HostTensor b = transposeB ? randomTensor(n, k, 2) : randomTensor(k, n, 2);
        const HostTensor g = randomTensor(m, n, 3);
        HostTensor c(m, n);
        const auto loss = [&] {
            backend_->gemm({ta, tb, 0.5, 0.0}, a.view(), b.view(), c.view(), {});
            return dot(c, g);
        };
        const auto flipped = [](Transpose t) {
            return t == Transpose::Yes ? Transpose::No : Transpose::Yes;
        };
        HostTensor da(a.rows, a.cols);
        HostTensor db(b.rows, b.cols);
        if (transposeA)
            backend_->gemm({tb, Transpose::Yes, 0.5, 0.0}, b.view(), g.view(), da.view(), {});
        else
            backend_->gemm({Transpose::No, flipped(tb), 0.5, 0.0}, g.view(), b.view(), da.view(),
                           {});
        if (transposeB)
            backend_->gemm({Transpose::Yes, ta, 0.5, 0.0}, g.view(), a.view(), db.view(), {});
        else
            backend_->gemm({flipped(ta), Transpose::No, 0.5, 0.0}, a.view(), g.view(), db.view(),
                           {});
        QVERIFY(gradientError(a, da, loss) < kLimit);
        QVERIFY(gradientError(b, db, loss) < kLimit);
    }

    void batchedGemm() {
        const std::int64_t batch = 4, m = 3, n = 5, k = 2;
        HostTensor a = randomTensor(batch * m, k, 1);
        HostTensor b = randomTensor(batch * k, n, 2);
        HostTensor g = randomTensor(batch * m, n, 3);
        HostTensor c(batch * m, n);
        const auto loss = [&] {
            backend_->batchedGemm({}, a.batch(batch), b.batch(batch), c.batch(batch));
            return dot(c, g);
        };
        HostTensor da(a.rows, a.cols);
        HostTensor db(b.rows, b.cols);
        backend_->batchedGemm({Transpose::No, Transpose::Yes, 1.0, 0.0}, g.batch(batch),
                              b.batch(batch), da.batch(batch));
        backend_->batchedGemm({Transpose::Yes, Transpose::No, 1.0, 0.0}, a.batch(batch),
                              g.batch(batch), db.batch(batch));
        QVERIFY(gradientError(a, da, loss) < kLimit);
        QVERIFY(gradientError(b, db, loss) < kLimit);
    }

    void activations_data() {
        QTest::addColumn<Activation>("activation");
        QTest::newRow("none") << Activation::None;
        QTest::newRow("relu") << Activation::Relu;
        QTest::newRow("gelu") << Activation::Gelu;
        QTest::newRow("silu") << Activation::Silu;
        QTest::newRow("leaky relu") << Activation::LeakyRelu;
    }
    // Through an epilogue, as layers use it: y = activation(x + bias).
    void activations() {
        QFETCH(Activation, activation);
        HostTensor x = randomTensor(6, 11, 1);
        HostTensor bias = randomTensor(1, 11, 2);
        const HostTensor g = randomTensor(6, 11, 3);
        HostTensor pre(6, 11);
        const auto loss = [&] {
            HostTensor y = x;
            backend_->applyEpilogue(y.view(), {bias.view(), activation, pre.view()});
            return dot(y, g);
        };
        loss();
        HostTensor gx(6, 11);
        HostTensor gbias(1, 11);
        backend_->activateBackward(activation, pre.view(), g.view(), gx.view());
        backend_->sumRows(gx.view(), gbias.view(), Accumulate::Yes);
        QVERIFY(gradientError(x, gx, loss) < kLimit);
        QVERIFY(gradientError(bias, gbias, loss) < kLimit);
    }

    void convolution_data() {
        QTest::addColumn<int>("pool");
        QTest::addColumn<int>("stride");
        QTest::addColumn<bool>("same");
        QTest::addColumn<Activation>("activation");
        QTest::newRow("plain") << 1 << 1 << false << Activation::None;
        QTest::newRow("strided") << 1 << 3 << false << Activation::LeakyRelu;
        QTest::newRow("same") << 1 << 2 << true << Activation::Relu;
        QTest::newRow("pooled") << 2 << 1 << false << Activation::Relu;
        QTest::newRow("overlapping pool") << 3 << 1 << true << Activation::LeakyRelu;
    }
    void convolution() {
        QFETCH(int, pool);
        QFETCH(int, stride);
        QFETCH(bool, same);
        QFETCH(Activation, activation);
        Convolution spec;
        spec.windows = slidingWindows(2, 7, 9, 3, 3, stride, same ? Padding::Same : Padding::Valid);
        spec.outChannels = 4;
        spec.activation = activation;
        if (pool > 1)
            spec.pool = slidingWindows(2, spec.windows.outHeight, spec.windows.outWidth, 4, pool, 2,
                                       Padding::Valid);
        HostTensor x = randomTensor(spec.windows.inputRows(), 3, 1);
        HostTensor w = randomTensor(spec.windows.columns(), 4, 2);
        HostTensor bias = randomTensor(1, 4, 3);
        const HostTensor g = randomTensor(spec.outputRows(), 4, 4);
        HostTensor y(g.rows, g.cols);
        std::vector<std::uint8_t> taps(y.values.size());
        const View argmax =
            pool > 1 ? View{taps.data(), y.rows, y.cols, y.cols, DType::U8} : View{};
        const auto loss = [&] {
            backend_->convolve(spec, x.view(), w.view(), bias.view(), y.view(), argmax, {});
            return dot(y, g);
        };
        loss();
        HostTensor gx(x.rows, x.cols);
        HostTensor dw(w.rows, w.cols);
        HostTensor dbias(1, 4);
        backend_->convolveBackward(spec, x.view(), w.view(), y.view(), argmax, g.view(), gx.view(),
                                   dw.view(), dbias.view(), {});
        QVERIFY(gradientError(x, gx, loss) < kLimit);
        QVERIFY(gradientError(w, dw, loss) < kLimit);
        QVERIFY(gradientError(bias, dbias, loss) < kLimit);
    }

    // <im2col(x), c> = <x, col2im(c)>, and the pooling's backward pass is its gradient.
    void windows() {
        const Windows spec = slidingWindows(2, 5, 7, 3, 3, 2, Padding::Same);
        HostTensor x = randomTensor(spec.inputRows(), 3, 1);
        const HostTensor c = randomTensor(spec.outputRows(), spec.columns(), 2);
        HostTensor columns(c.rows, c.cols);
        HostTensor back(x.rows, x.cols);
        backend_->im2col(spec, x.view(), columns.view());
        backend_->col2im(spec, c.view(), back.view(), Accumulate::No);
        QVERIFY(std::abs(dot(columns, c) - dot(x, back)) < 1e-10);

        const HostTensor g = randomTensor(spec.outputRows(), 3, 3);
        HostTensor y(g.rows, g.cols);
        std::vector<std::uint8_t> taps(y.values.size());
        const View argmax{taps.data(), y.rows, y.cols, y.cols, DType::U8};
        const auto loss = [&] {
            backend_->maxPool(spec, x.view(), y.view(), argmax);
            return dot(y, g);
        };
        loss();
        backend_->maxPoolBackward(spec, argmax, g.view(), back.view());
        QVERIFY(gradientError(x, back, loss) < kLimit);
    }

    void batchNorm() {
        const std::int64_t rows = 7, cols = 5;
        HostTensor x = randomTensor(rows, cols, 1);
        HostTensor gamma = randomTensor(1, cols, 2);
        HostTensor beta = randomTensor(1, cols, 3);
        const HostTensor g = randomTensor(rows, cols, 4);
        HostTensor y(rows, cols);
        HostTensor stats(2, cols);
        HostTensor running(2, cols);
        const auto loss = [&] {
            backend_->batchNorm(x.view(), gamma.view(), beta.view(), 1e-5, 0.1, running.view(),
                                stats.view(), y.view(), {});
            return dot(y, g);
        };
        loss();
        HostTensor gx(rows, cols);
        HostTensor dgamma(1, cols);
        HostTensor dbeta(1, cols);
        backend_->batchNormBackward(x.view(), gamma.view(), stats.view(), g.view(), gx.view(),
                                    dgamma.view(), dbeta.view(), {});
        QVERIFY(gradientError(x, gx, loss) < kLimit);
        QVERIFY(gradientError(gamma, dgamma, loss) < kLimit);
        QVERIFY(gradientError(beta, dbeta, loss) < kLimit);
    }

    // Known numbers: of the rows 1, 3 the mean is 2 and the unbiased variance 2.
    void batchNormKeepsRunningStatistics() {
        HostTensor x(2, 1);
        x(0, 0) = 1.0;
        x(1, 0) = 3.0;
        HostTensor gamma(1, 1, 1.0);
        HostTensor beta(1, 1);
        HostTensor running(2, 1);
        running(1, 0) = 1.0;
        HostTensor stats(2, 1);
        HostTensor y(2, 1);
        backend_->batchNorm(x.view(), gamma.view(), beta.view(), 0.0, 0.1, running.view(),
                            stats.view(), y.view(), {});
        QCOMPARE(running(0, 0), 0.2);
        QCOMPARE(running(1, 0), 1.1);
        QCOMPARE(y(0, 0), -1.0);
        QCOMPARE(y(1, 0), 1.0);
        backend_->batchNormInference(x.view(), gamma.view(), beta.view(), 0.0, running.view(),
                                     y.view());
        QVERIFY(std::abs(y(1, 0) - 2.8 / std::sqrt(1.1)) < 1e-12);
    }

    // The same call on the gradient is the backward pass; what is kept keeps the mean.
    void dropout() {
        const PhiloxState state{7, 1, 0};
        HostTensor x(200, 50, 1.0);
        HostTensor y(200, 50);
        backend_->dropout(x.view(), 0.25, state, {}, y.view());
        double sum = 0.0;
        for (const double value : y.values) {
            QVERIFY(value == 0.0 || std::abs(value - 4.0 / 3.0) < 1e-12);
            sum += value;
        }
        QVERIFY(std::abs(sum / 1e4 - 1.0) < 0.03);
        HostTensor g(200, 50, 1.0);
        backend_->dropout(g.view(), 0.25, state, {}, g.view());
        QCOMPARE(largestDifference(g, y), 0.0);
    }

    void layerNorm() {
        const std::int64_t rows = 5, cols = 9;
        HostTensor x = randomTensor(rows, cols, 1);
        HostTensor gamma = randomTensor(1, cols, 2);
        HostTensor beta = randomTensor(1, cols, 3);
        const HostTensor g = randomTensor(rows, cols, 4);
        HostTensor y(rows, cols);
        HostTensor stats(rows, 2);
        const auto loss = [&] {
            backend_->layerNorm(x.view(), gamma.view(), beta.view(), 1e-5, y.view(), stats.view());
            return dot(y, g);
        };
        loss();
        HostTensor gx(rows, cols);
        HostTensor dgamma(1, cols);
        HostTensor dbeta(1, cols);
        backend_->layerNormBackward(x.view(), gamma.view(), stats.view(), g.view(), gx.view(),
                                    Accumulate::No, dgamma.view(), dbeta.view(), {});
        QVERIFY(gradientError(x, gx, loss) < kLimit);
        QVERIFY(gradientError(gamma, dgamma, loss) < kLimit);
        QVERIFY(gradientError(beta, dbeta, loss) < kLimit);
        // A second call adds to the parameters' gradients and, when asked, to that of x.
        HostTensor once = gx;
        HostTensor gammaOnce = dgamma;
        backend_->layerNormBackward(x.view(), gamma.view(), stats.view(), g.view(), gx.view(),
                                    Accumulate::Yes, dgamma.view(), dbeta.view(), {});
        for (std::size_t i = 0; i < gx.values.size(); ++i)
            QCOMPARE(gx.values[i], 2.0 * once.values[i]);
        for (std::size_t i = 0; i < dgamma.values.size(); ++i)
            QCOMPARE(dgamma.values[i], 2.0 * gammaOnce.values[i]);
    }

    void softmaxCrossEntropy() {
        const std::int64_t rows = 6, cols = 4;
        HostTensor x = randomTensor(rows, cols, 1);
        std::vector<std::int32_t> labels{3, 0, 1, 1, 2, 3};
        const ConstView labelView{labels.data(), rows, 1, 1, DType::I32};
        HostTensor total(1, 1);
        std::int32_t correct = 0;
        const View correctView{&correct, 1, 1, 1, DType::I32};
        HostTensor gradient(rows, cols);
        backend_->softmaxCrossEntropy(x.view(), labelView, 0.25, total.view(), correctView,
                                      gradient.view());
        const auto loss = [&] {
            HostTensor value(1, 1);
            backend_->softmaxCrossEntropy(x.view(), labelView, 1.0, value.view(), correctView, {});
            return 0.25 * value(0, 0);
        };
        QVERIFY(gradientError(x, gradient, loss) < kLimit);
    }

    void attention_data() {
        QTest::addColumn<int>("kvHeads");
        QTest::addColumn<bool>("causal");
        for (const int kvHeads : {4, 2, 1})
            for (const bool causal : {false, true})
                QTest::addRow("%d key heads%s", kvHeads, causal ? ", causal" : "")
                    << kvHeads << causal;
    }
    void attention() {
        QFETCH(int, kvHeads);
        QFETCH(bool, causal);
        const Attention spec{2, 5, 4, kvHeads, 3, causal, 0.7};
        const std::int64_t rows = spec.batch * spec.tokens;
        HostTensor q = randomTensor(rows, spec.heads * spec.headDim, 1);
        HostTensor k = randomTensor(rows, spec.kvHeads * spec.headDim, 2);
        HostTensor v = randomTensor(rows, spec.kvHeads * spec.headDim, 3);
        const HostTensor g = randomTensor(rows, q.cols, 4);
        HostTensor out(rows, q.cols);
        HostTensor logSumExp(spec.batch * spec.heads, spec.tokens);
        const auto loss = [&] {
            backend_->attention(spec, q.view(), k.view(), v.view(), out.view(), logSumExp.view(),
                                {});
            return dot(out, g);
        };
        loss();
        HostTensor dq = randomTensor(q.rows, q.cols, 5);
        HostTensor dk = randomTensor(k.rows, k.cols, 6);
        HostTensor dv = randomTensor(v.rows, v.cols, 7);
        backend_->attentionBackward(spec, q.view(), k.view(), v.view(), out.view(),
                                    logSumExp.view(), g.view(), dq.view(), dk.view(), dv.view(),
                                    {});
        QVERIFY(gradientError(q, dq, loss) < kLimit);
        QVERIFY(gradientError(k, dk, loss) < kLimit);
        QVERIFY(gradientError(v, dv, loss) < kLimit);
    }

    void groupMean() {
        const RowGroups groups{3, 4};
        HostTensor x = randomTensor(12, 5, 1);
        const HostTensor g = randomTensor(3, 5, 2);
        HostTensor y(3, 5);
        const auto loss = [&] {
            backend_->groupMean(x.view(), groups, y.view());
            return dot(y, g);
        };
        HostTensor gx = randomTensor(12, 5, 3);
        backend_->groupMeanBackward(g.view(), groups, gx.view());
        QVERIFY(gradientError(x, gx, loss) < kLimit);
    }

    void addPeriodic() {
        HostTensor x = randomTensor(12, 5, 1);
        HostTensor p = randomTensor(4, 5, 2);
        const HostTensor g = randomTensor(12, 5, 3);
        HostTensor y(12, 5);
        const auto loss = [&] {
            backend_->addPeriodic(x.view(), p.view(), y.view());
            return dot(y, g);
        };
        HostTensor gp = randomTensor(4, 5, 4);
        backend_->sumPeriodic(g.view(), gp.view(), Accumulate::No);
        QVERIFY(gradientError(p, gp, loss) < kLimit);
        QVERIFY(gradientError(x, g, loss) < kLimit);
    }

    void gatherAndScatterAreAdjoint() {
        std::vector<std::int32_t> entries{2, 0, 2, 4, 1, 2};
        const ConstView index{entries.data(), 6, 1, 1, DType::I32};
        HostTensor x = randomTensor(5, 3, 1);
        const HostTensor g = randomTensor(6, 3, 2);
        HostTensor y(6, 3);
        HostTensor gx(5, 3);
        backend_->scatterAddRows(g.view(), index, gx.view());
        QVERIFY(gradientError(x, gx, [&] {
                    backend_->gatherRows(x.view(), index, y.view());
                    return dot(y, g);
                }) < kLimit);
        HostTensor wide = randomTensor(3, 5, 3);
        const HostTensor gWide = randomTensor(3, 6, 4);
        HostTensor yWide(3, 6);
        HostTensor gxWide(3, 5);
        backend_->scatterAddColumns(gWide.view(), index, gxWide.view());
        QVERIFY(gradientError(wide, gxWide, [&] {
                    backend_->gatherColumns(wide.view(), index, yWide.view());
                    return dot(yWide, gWide);
                }) < kLimit);
    }

    void stl_data() {
        QTest::addColumn<Grouping>("grouping");
        QTest::addColumn<int>("tile");
        QTest::addColumn<int>("groups");
        QTest::addColumn<int>("rowsPerGroup");
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        QTest::addColumn<int>("rank");
        const std::pair<Grouping, const char*> groupings[] = {{Grouping::Within, "within"},
                                                              {Grouping::Across, "across"},
                                                              {Grouping::Single, "single"}};
        for (const auto& [grouping, name] : groupings) {
            QTest::addRow("%s", name) << grouping << 4 << 4 << 4 << 8 << 12 << 24;
            QTest::addRow("%s padded", name) << grouping << 4 << 3 << 5 << 7 << 9 << 5;
            QTest::addRow("%s tile 3", name) << grouping << 3 << 2 << 4 << 5 << 7 << 11;
        }
    }
    // systems/stl-and-24.md 1.3: all six gradients, from the ops that a layer uses.
    void stl() {
        QFETCH(Grouping, grouping);
        QFETCH(int, tile);
        QFETCH(int, groups);
        QFETCH(int, rowsPerGroup);
        QFETCH(int, in);
        QFETCH(int, out);
        QFETCH(int, rank);
        const RowGroups rows{groups, rowsPerGroup};
        const std::int64_t area = tile * tile;
        const TileLayout left{tile, in, rows, grouping};
        const TileLayout right{tile, out, {1, in}, Grouping::Within};
        const TileLayout product{tile, out, rows, grouping};
        HostTensor x = randomTensor(rows.rows(), in, 1);
        HostTensor w = randomTensor(in, out, 2);
        HostTensor encoderX = randomTensor(rank, area, 3);
        HostTensor encoderW = randomTensor(rank, area, 4);
        HostTensor decoder = randomTensor(rank, area, 5);
        HostTensor g = randomTensor(rows.rows(), out, 6);
        HostTensor encodedX(rank * left.rowTiles(), left.colTiles());
        HostTensor encodedW(rank * right.rowTiles(), right.colTiles());
        HostTensor encodedY(rank * product.rowTiles(), product.colTiles());
        HostTensor y(rows.rows(), out);
        const auto fromEncoded = [&] {
            backend_->batchedGemm({}, encodedX.batch(rank), encodedW.batch(rank),
                                  encodedY.batch(rank));
            backend_->stlDecode(product, encodedY.batch(rank), decoder.view(), y.view(),
                                Accumulate::No, {}, {});
            return dot(y, g);
        };
        const auto loss = [&] {
            backend_->stlEncode(left, x.view(), encoderX.view(), encodedX.batch(rank), {});
            backend_->stlEncode(right, w.view(), encoderW.view(), encodedW.batch(rank), {});
            return fromEncoded();
        };
        loss();

        HostTensor encodedG(encodedY.rows, encodedY.cols);
        backend_->stlEncode(product, g.view(), decoder.view(), encodedG.batch(rank), {});
        HostTensor dDecoder(rank, area);
        backend_->stlMatrixGradient(product, g.view(), encodedY.batch(rank), dDecoder.view(), {});
        HostTensor dEncodedX(encodedX.rows, encodedX.cols);
        HostTensor dEncodedW(encodedW.rows, encodedW.cols);
        backend_->batchedGemm({Transpose::No, Transpose::Yes, 1.0, 0.0}, encodedG.batch(rank),
                              encodedW.batch(rank), dEncodedX.batch(rank));
        backend_->batchedGemm({Transpose::Yes, Transpose::No, 1.0, 0.0}, encodedX.batch(rank),
                              encodedG.batch(rank), dEncodedW.batch(rank));
        HostTensor dx(x.rows, x.cols);
        backend_->stlDecode(left, dEncodedX.batch(rank), encoderX.view(), dx.view(), Accumulate::No,
                            {}, {});
        HostTensor dEncoderX(rank, area);
        backend_->stlMatrixGradient(left, x.view(), dEncodedX.batch(rank), dEncoderX.view(), {});
        HostTensor dw(w.rows, w.cols);
        backend_->stlDecode(right, dEncodedW.batch(rank), encoderW.view(), dw.view(),
                            Accumulate::No, {}, {});
        HostTensor dEncoderW(rank, area);
        backend_->stlMatrixGradient(right, w.view(), dEncodedW.batch(rank), dEncoderW.view(), {});

        QVERIFY(gradientError(x, dx, loss) < kLimit);
        QVERIFY(gradientError(w, dw, loss) < kLimit);
        QVERIFY(gradientError(encoderX, dEncoderX, loss) < kLimit);
        QVERIFY(gradientError(encoderW, dEncoderW, loss) < kLimit);
        QVERIFY(gradientError(decoder, dDecoder, loss) < kLimit);
        loss();
        QVERIFY(gradientError(encodedW, dEncodedW, fromEncoded) < kLimit);
    }

    void tilesAndTheirScatterAreAdjoint() {
        for (const Grouping grouping : {Grouping::Within, Grouping::Across, Grouping::Single}) {
            const TileLayout layout{4, 7, {3, 5}, grouping};
            HostTensor x = randomTensor(15, 7, 1);
            HostTensor tiles(layout.rowTiles() * layout.colTiles(), 16);
            const HostTensor g = randomTensor(tiles.rows, tiles.cols, 2);
            HostTensor gx(15, 7);
            backend_->scatterTiles(layout, g.view(), gx.view());
            QVERIFY(gradientError(x, gx, [&] {
                        backend_->gatherTiles(layout, x.view(), tiles.view());
                        return dot(tiles, g);
                    }) < kLimit);
            backend_->gatherTiles(layout, x.view(), tiles.view());
            HostTensor back(15, 7);
            backend_->scatterTiles(layout, tiles.view(), back.view());
            QCOMPARE(back.values, x.values);
        }
    }

    void butterfly_data() {
        QTest::addColumn<ButterflyOrder>("order");
        QTest::addColumn<Transpose>("transposed");
        for (const bool increasing : {true, false})
            for (const bool plain : {true, false})
                QTest::addRow("%s%s", increasing ? "increasing" : "decreasing",
                              plain ? "" : " transposed")
                    << (increasing ? ButterflyOrder::Increasing : ButterflyOrder::Decreasing)
                    << (plain ? Transpose::No : Transpose::Yes);
    }
    void butterfly() {
        QFETCH(ButterflyOrder, order);
        QFETCH(Transpose, transposed);
        const Butterfly spec{16, order, transposed};
        HostTensor x = randomTensor(3, 16, 1);
        HostTensor weights = randomTensor(1, spec.weights(), 2);
        const HostTensor g = randomTensor(3, 16, 3);
        HostTensor y(3, 16);
        const auto loss = [&] {
            backend_->butterfly(spec, x.view(), weights.view(), y.view(), {});
            return dot(y, g);
        };
        HostTensor gx(3, 16);
        HostTensor dweights(1, spec.weights());
        backend_->butterflyBackward(spec, x.view(), weights.view(), g.view(), gx.view(),
                                    dweights.view(), {});
        QVERIFY(gradientError(x, gx, loss) < kLimit);
        QVERIFY(gradientError(weights, dweights, loss) < kLimit);
        HostTensor again = dweights;
        backend_->butterflyBackward(spec, x.view(), weights.view(), g.view(), {}, again.view(), {});
        for (std::size_t i = 0; i < again.values.size(); ++i)
            QCOMPARE(again.values[i], 2.0 * dweights.values[i]);
    }

    // Y = X W with W compressed: dX = G W^T with the masked dense W.
    void twoFourMultiply() {
        HostTensor w = randomTensor(8, 5, 1);
        std::vector<std::uint8_t> mask(40);
        const View maskView{mask.data(), 8, 5, 5, DType::U8};
        backend_->twoFourMask(w.view(), maskView);
        HostTensor pruned(8, 5);
        backend_->applyMask(w.view(), maskView, pruned.view());
        HostTensor values(5, 4);
        std::vector<std::uint8_t> meta(10);
        const View metaView{meta.data(), 5, 2, 2, DType::U8};
        backend_->twoFourCompress(pruned.view(), values.view(), metaView);
        HostTensor x = randomTensor(3, 8, 2);
        const HostTensor g = randomTensor(3, 5, 3);
        HostTensor y(3, 5);
        HostTensor gx(3, 8);
        backend_->gemm({Transpose::No, Transpose::Yes, 1.0, 0.0}, g.view(), pruned.view(),
                       gx.view(), {});
        QVERIFY(gradientError(x, gx, [&] {
                    backend_->twoFourMultiply(x.view(), values.view(), metaView, y.view(), {});
                    return dot(y, g);
                }) < kLimit);
    }

private:
    std::unique_ptr<Backend> backend_ = makeReferenceBackend();
};

QTEST_GUILESS_MAIN(TestKernelGradients)
#include "test_kernel_gradients.moc"

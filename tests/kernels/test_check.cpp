#include <QtTest>

#include "kernels/check/comparison.h"
#include "kernels/devices.h"
#include "kernels/error.h"
#include "kernels/reference/reference_backend.h"

using namespace inlay::kernels;

namespace {

/// What rounding may leave of terms of 1 and 2, and not of terms of a tenth.
constexpr float kSumRounded = 2e-6F;

/// The reference with one wrong element where it hurts.
class WrongBackend : public ReferenceBackend {
public:
    std::string name() const override { return "wrong"; }
    void gemm(const Gemm& spec, ConstView a, ConstView b, View c,
              const Epilogue& epilogue) override {
        ReferenceBackend::gemm(spec, a, b, c, epilogue);
        if (c.rows > 2 && c.cols > 1)
            c.as<float>()[2 * c.stride + 1] += 0.5f;
    }
    void twoFourMask(ConstView w, View mask) override {
        ReferenceBackend::twoFourMask(w, mask);
        mask.as<std::uint8_t>()[3] ^= 1;
    }
    void batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) override {
        ReferenceBackend::batchedGemm(spec, a, b, c);
        c.first.as<float>()[c.batchStride] = -1.0f; // matrix 1, row 0, column 0
    }
    void sumRows(ConstView x, View out, Accumulate accumulate) override {
        ReferenceBackend::sumRows(x, out, accumulate);
        out.as<float>()[0] += kSumRounded;
    }
    /// Off by less than the limit: what rounding does.
    void axpby(double alpha, ConstView x, double beta, View y) override {
        ReferenceBackend::axpby(alpha * (1.0 + 1e-5), x, beta, y);
    }
    void sgdStep(const Sgd& spec, StepScalars scalars,
                 std::span<const OptimizerSlot> items) override {
        ReferenceBackend::sgdStep(spec, scalars, items);
        static_cast<float*>(items[0].first)[1] = 7.0f;
    }
};

std::unique_ptr<Backend> checkedWrong() {
    return makeCheckedBackend(makeReferenceBackend(), std::make_unique<WrongBackend>(),
                              kCheckTolerance);
}

/// Device memory of a backend for a tight f32 matrix.
class Matrix {
public:
    Matrix(Backend& backend, std::int64_t rows, std::int64_t cols, std::vector<float> values)
        : backend_(backend)
        , view_{backend.allocate(values.size() * 4), rows, cols, cols, DType::F32} {
        backend.copyToDevice(view_.data, values.data(), values.size() * 4);
    }
    ~Matrix() { backend_.release(view_.data); }
    Matrix(const Matrix&) = delete;
    Matrix& operator=(const Matrix&) = delete;

    View view() const { return view_; }
    std::vector<float> values() const {
        std::vector<float> host(static_cast<std::size_t>(view_.size()));
        backend_.copyToHost(host.data(), view_.data, host.size() * 4);
        return host;
    }

private:
    Backend& backend_;
    View view_;
};

std::string messageOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

} // namespace

class TestCheck : public QObject {
    Q_OBJECT

private slots:
    void comparison() {
        Comparison comparison;
        comparison.add(3.0, 3.0);
        comparison.add(4.0, 4.5);
        QCOMPARE(comparison.error(), 0.01);
        QCOMPARE(comparison.worst(), std::int64_t{1});
        QCOMPARE(comparison.different(), std::int64_t{1});
        const double nan = std::numeric_limits<double>::quiet_NaN();
        Comparison both;
        both.add(nan, nan);
        QCOMPARE(both.error(), 0.0);
        Comparison one;
        one.add(1.0, nan);
        QVERIFY(std::isinf(one.error()));
        Comparison zero;
        zero.add(0.0, 1e-30);
        QVERIFY(std::isinf(zero.error()));
    }

    void agreeingBackendsPass() {
        const auto checked =
            makeCheckedBackend(makeReferenceBackend(), makeReferenceBackend(), kCheckTolerance);
        Matrix a(*checked, 2, 2, {1, 2, 3, 4});
        Matrix c(*checked, 2, 2, {0, 0, 0, 0});
        checked->gemm({}, a.view(), a.view(), c.view(), {});
        QCOMPARE(c.values(), (std::vector<float>{7, 10, 15, 22}));
        checked->zero(c.view().data, 8);
        checked->copy(static_cast<float*>(c.view().data) + 2, a.view().data, 8);
        QCOMPARE(c.values(), (std::vector<float>{0, 0, 1, 2}));
    }

    void wrongElementIsNamed() {
        const auto checked = checkedWrong();
        Matrix a(*checked, 3, 2, {1, 2, 3, 4, 5, 6});
        Matrix b(*checked, 2, 2, {1, 0, 0, 1});
        Matrix c(*checked, 3, 2, {0, 0, 0, 0, 0, 0});
        const std::string message =
            messageOf([&] { checked->gemm({}, a.view(), b.view(), c.view(), {}); });
        QCOMPARE(QString::fromStdString(message),
                 QString("gemm: reference and wrong disagree in result \"c\" (3 x 2 f32): row 2, "
                         "column 1 is 6 and 6.5; normalized mean square error 0.00274725275, "
                         "limit 1e-07"));
    }

    void batchesNameTheMatrix() {
        const auto checked = checkedWrong();
        Matrix a(*checked, 4, 1, {1, 2, 3, 4});
        Matrix c(*checked, 4, 1, {0, 0, 0, 0});
        const ConstBatchView left{{a.view().data, 2, 1, 1, DType::F32}, 2, 2};
        const ConstBatchView right{{a.view().data, 1, 1, 1, DType::F32}, 2, 1};
        const BatchView out{{c.view().data, 2, 1, 1, DType::F32}, 2, 2};
        const std::string message = messageOf([&] { checked->batchedGemm({}, left, right, out); });
        QVERIFY2(message.find("(2 x 2 x 1 f32): matrix 1, row 0, column 0 is 6 and -1") !=
                     std::string::npos,
                 message.c_str());
    }

    void integersMustBeEqual() {
        const auto checked = checkedWrong();
        Matrix w(*checked, 4, 1, {4, 3, 2, 1});
        void* mask = checked->allocate(4);
        const std::string message = messageOf([&] {
            checked->twoFourMask(w.view(), {mask, 4, 1, 1, DType::U8});
        });
        QVERIFY2(message.find("twoFourMask") == 0 &&
                     message.find("row 3, column 0 is 0 and 1; 1 of 4 integers differ") !=
                         std::string::npos,
                 message.c_str());
        checked->release(mask);
    }

    void optimizerStateIsCompared() {
        const auto checked = checkedWrong();
        Matrix w(*checked, 1, 2, {1, 1});
        Matrix g(*checked, 1, 2, {1, 1});
        Matrix v(*checked, 1, 2, {0, 0});
        Matrix rate(*checked, 1, 1, {0.1f});
        OptimizerSlot slot;
        slot.weight = w.view().data;
        slot.gradient = g.view().data;
        slot.first = v.view().data;
        slot.count = 2;
        const std::string message = messageOf([&] {
            checked->sgdStep({0.9, false, 0.0}, {rate.view(), {}, {}}, {&slot, 1});
        });
        QVERIFY2(message.find("sgdStep") == 0 && message.find("\"first\"") != std::string::npos,
                 message.c_str());
    }

    // Differences below the limit pass, and do not grow: the first side goes on from the second's.
    void smallDifferencesDoNotAddUp() {
        const auto checked = checkedWrong();
        Matrix x(*checked, 1, 3, {1, 2, 3});
        Matrix y(*checked, 1, 3, {0, 0, 0});
        for (int i = 0; i < 200; ++i) {
            checked->axpby(1.0, x.view(), 0.0, y.view());
            checked->axpby(1.0, y.view(), 0.0, x.view());
        }
        QVERIFY(std::abs(x.values()[0] - std::exp(400 * 1e-5)) < 1e-4);
    }

    void sumsThatCancelAreMeasuredByTheirTerms() {
        const auto checked = checkedWrong();
        Matrix out(*checked, 1, 1, {0});
        Matrix rounded(*checked, 4, 1, {1, 2, -1, -2});
        checked->sumRows(rounded.view(), out.view(), Accumulate::No);
        QCOMPARE(out.values()[0], kSumRounded);
        Matrix wrong(*checked, 4, 1, {0.1F, 0.2F, -0.1F, -0.2F});
        QVERIFY(messageOf([&] {
                    checked->sumRows(wrong.view(), out.view(), Accumulate::No);
                }).starts_with("sumRows: reference and wrong disagree"));
    }

    void foreignMemoryIsRefused() {
        const auto checked = checkedWrong();
        float host[4] = {};
        const std::string message = messageOf([&] {
            checked->fill({host, 1, 4, 4, DType::F32}, 1.0);
        });
        QCOMPARE(message, std::string("check was given memory that it did not allocate"));
    }

    void names() {
        QCOMPARE(checkedWrong()->name(), std::string("check:wrong"));
        QCOMPARE(checkedWrong()->description().find("reference against wrong"), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestCheck)
#include "test_check.moc"

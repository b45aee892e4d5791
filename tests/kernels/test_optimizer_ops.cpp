#include <QtTest>

#include "kernels/devices.h"
#include "tests/kernels/host_tensor.h"

using namespace inlay::kernels;

namespace {

struct Parameter {
    std::vector<double> weight{1.0, -2.0};
    std::vector<double> gradient{0.5, 0.25};
    std::vector<double> first{0.0, 0.0};
    std::vector<double> second{0.0, 0.0};
    std::vector<std::uint8_t> mask;

    OptimizerSlot slot() {
        OptimizerSlot slot;
        slot.weight = weight.data();
        slot.gradient = gradient.data();
        slot.first = first.data();
        slot.second = second.data();
        slot.decayMask = mask.empty() ? nullptr : mask.data();
        slot.count = 2;
        slot.dtype = DType::F64;
        return slot;
    }
};

struct Scalars {
    double learningRate = 0.1;
    double step = 1.0;
    double gradientScale = 1.0;

    StepScalars view() const {
        const auto one = [](const double& value) {
            return ConstView{&value, 1, 1, 1, DType::F64};
        };
        return {one(learningRate), one(step), one(gradientScale)};
    }
};

void near(double actual, double expected) {
    QVERIFY2(
        std::abs(actual - expected) < 1e-15 * std::max(1.0, std::abs(expected)),
        qPrintable(QString("%1, expected %2").arg(actual, 0, 'g', 17).arg(expected, 0, 'g', 17)));
}

} // namespace

// Steps worked out by hand from the formulas in backend.h.
class TestOptimizerOps : public QObject {
    Q_OBJECT

private slots:
    void sgdPlain() {
        Parameter p;
        sgd({}, p, {});
        near(p.weight[0], 0.95);
        near(p.weight[1], -2.025);
    }

    void sgdMomentumTwoSteps() {
        Parameter p;
        sgd({0.5, false, 0.0}, p, {});
        sgd({0.5, false, 0.0}, p, {});
        // v: 0.5, then 0.75; w: 1 - 0.05 - 0.075.
        near(p.first[0], 0.75);
        near(p.weight[0], 0.875);
    }

    void sgdNesterov() {
        Parameter p;
        sgd({0.5, true, 0.0}, p, {});
        // v = 0.5; the step is g + 0.5 v = 0.75.
        near(p.first[0], 0.5);
        near(p.weight[0], 0.925);
    }

    void sgdDecayEntersTheGradient() {
        Parameter p;
        p.mask = {1, 0};
        Scalars scalars;
        scalars.gradientScale = 0.5;
        OptimizerSlot slot = p.slot();
        slot.decay = 0.5;
        slot.learningRate = 2.0;
        backend_->sgdStep({0.0, false, 0.2}, scalars.view(), {&slot, 1});
        // g = 0.25 + 0.2 * 0.5 * 1 = 0.35 with rate 0.2; the second weight does not decay.
        near(p.weight[0], 0.93);
        near(p.weight[1], -2.025);
    }

    // Without momentum there is no state to keep.
    void sgdNeedsNoState() {
        Parameter p;
        OptimizerSlot slot = p.slot();
        slot.first = nullptr;
        slot.second = nullptr;
        backend_->sgdStep({}, Scalars{}.view(), {&slot, 1});
        near(p.weight[0], 0.95);
    }

    // The first step of Adam is lr * g / (|g| + epsilon), whatever the size of g.
    void adamFirstStep() {
        Parameter p;
        adam({0.9, 0.999, 1e-8, 0.0}, p, {});
        near(p.weight[0], 1.0 - 0.1 * 0.5 / (0.5 + 1e-8));
        near(p.weight[1], -2.0 - 0.1 * 0.25 / (0.25 + 1e-8));
        near(p.first[0], 0.05);
        near(p.second[0], 0.00025);
    }

    void adamSecondStep() {
        Parameter p;
        adam({0.5, 0.75, 0.0, 0.0}, p, {});
        p.gradient = {-1.0, 0.25};
        Scalars second;
        second.step = 2.0;
        adam({0.5, 0.75, 0.0, 0.0}, p, second);
        // m = 0.5 * 0.25 - 0.5 = -0.375, divided by 0.75: -0.5.
        // v = 0.75 * 0.0625 + 0.25 = 0.296875, divided by 0.4375.
        near(p.weight[0], 0.9 + 0.1 * 0.5 / std::sqrt(0.296875 / 0.4375));
    }

    void adamDecayIsDecoupled() {
        Parameter p;
        p.mask = {1, 0};
        OptimizerSlot slot = p.slot();
        slot.decay = 0.5;
        slot.learningRate = 0.5;
        backend_->adamwStep({0.9, 0.999, 0.0, 0.2}, Scalars{}.view(), {&slot, 1});
        // Rate 0.05: minus 0.05 for the direction, minus 0.05 * 0.2 * 0.5 * 1 for the decay, which
        // leaves no trace in the moments.
        near(p.weight[0], 1.0 - 0.05 - 0.005);
        near(p.weight[1], -2.05);
        near(p.first[0], 0.05);
    }

    void gradientScaleOfNanSpoilsTheWeights() {
        Parameter p;
        Scalars scalars;
        scalars.gradientScale = std::numeric_limits<double>::quiet_NaN();
        adam({}, p, scalars);
        QVERIFY(std::isnan(p.weight[0]));
    }

    void manySlotsAndEmptyOnes() {
        Parameter a;
        Parameter b;
        std::vector<OptimizerSlot> items{a.slot(), {}, b.slot()};
        items[1].dtype = DType::F64;
        backend_->adamwStep({}, Scalars{}.view(), items);
        QCOMPARE(a.weight, b.weight);
        QVERIFY(a.weight[0] < 1.0);
    }

private:
    void sgd(const Sgd& spec, Parameter& p, const Scalars& scalars) {
        const OptimizerSlot slot = p.slot();
        backend_->sgdStep(spec, scalars.view(), {&slot, 1});
    }
    void adam(const AdamW& spec, Parameter& p, const Scalars& scalars) {
        const OptimizerSlot slot = p.slot();
        backend_->adamwStep(spec, scalars.view(), {&slot, 1});
    }

    std::unique_ptr<Backend> backend_ = makeReferenceBackend();
};

QTEST_GUILESS_MAIN(TestOptimizerOps)
#include "test_optimizer_ops.moc"

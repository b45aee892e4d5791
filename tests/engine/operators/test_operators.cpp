#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "engine/operators/catalog.h"
#include "kernels/devices.h"
#include "operator_cases.h"
#include "operator_probe.h"
#include "recording_backend.h"

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::operator_cases;

namespace {

class NoMoments : public MomentScaler {
public:
    void scaleRow(const Parameter&, std::int64_t, double) override {}
};

Numbers added(Numbers a, const Numbers& b, double factor = 1.0) {
    for (std::size_t i = 0; i < a.size(); ++i)
        a[i] += factor * b[i];
    return a;
}

Numbers withBias(const Probe& probe, Numbers y) {
    const std::size_t out = probe.bias().size();
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] += probe.bias()[i % out];
    return y;
}

// The straight-through estimator gives pruned weights a gradient that no difference quotient has.
bool isStraightThrough(const OperatorConfig& config) {
    const auto* twoFour = std::get_if<TwoFourConfig>(&config);
    return twoFour && twoFour->training != TwoFourTraining::Fixed;
}

// At most 60 places spread over a vector.
std::vector<std::size_t> places(std::size_t count) {
    std::vector<std::size_t> chosen;
    const std::size_t stride = std::max<std::size_t>(1, count / 60);
    for (std::size_t i = 0; i < count; i += stride)
        chosen.push_back(i);
    return chosen;
}

bool hasFlag(const OperatorPlan& plan, const char* flag) {
    return std::find(plan.flags.begin(), plan.flags.end(), flag) != plan.flags.end();
}

// Rows of whole groups, moved so that group g of the result is group order[g].
Numbers groupsReordered(const Numbers& x, const RowLayout& rows,
                        const std::vector<std::int64_t>& order) {
    const auto size = static_cast<std::int64_t>(x.size()) / rows.groups;
    Numbers result;
    for (const std::int64_t group : order)
        result.insert(result.end(), x.begin() + group * size, x.begin() + (group + 1) * size);
    return result;
}

} // namespace

class TestOperators : public QObject {
    Q_OBJECT

private:
    static void everyCase() {
        QTest::addColumn<int>("number");
        const auto cases = operator_cases::all();
        for (std::size_t i = 0; i < cases.size(); ++i)
            QTest::newRow(cases[i].name.c_str()) << static_cast<int>(i);
    }
    static OperatorCase current() {
        QFETCH(int, number);
        return operator_cases::all()[static_cast<std::size_t>(number)];
    }

private slots:
    void everyFamilyHasCases() {
        std::set<std::string> covered;
        for (const OperatorCase& given : operator_cases::all())
            covered.insert(familyOf(given.config));
        for (const OperatorFamily& family : operatorCatalog())
            QVERIFY2(covered.count(family.id), family.id.c_str());
    }

    void forwardIsTheDefinition_data() { everyCase(); }
    void forwardIsTheDefinition() {
        for (const char* device : {"reference", "cpu", "check"}) {
            Probe probe(current(), Device::open(device));
            const double limit = device == std::string("reference") ? 1e-11 : 2e-5;
            const Numbers y = probe.forward(probe.input());
            const Numbers expected = withBias(probe, definedOutput(probe, probe.input()));
            QVERIFY2(relativeDifference(y, expected) < limit, device);
            if (const Numbers matrix = materializedOutput(probe, probe.input()); !matrix.empty())
                QVERIFY(relativeDifference(y, withBias(probe, matrix)) < 10 * limit);
        }
    }

    void gradientsAreDifferenceQuotients_data() { everyCase(); }
    void gradientsAreDifferenceQuotients() {
        const OperatorCase given = current();
        Probe probe(given, Device::open("reference"));
        const Numbers gx = probe.step();
        const std::vector<Numbers> gradients = probe.gradients();
        // Every objective here is linear in each single number, so that a wide step only rounds.
        // The straight-through masks must not flip.
        const double h = isStraightThrough(given.config) ? 1e-6 : 1e-2;
        const double limit = 1e-6;

        const Numbers input = probe.input();
        double largest = 0.0;
        for (const double value : gx)
            largest = std::max(largest, std::abs(value));
        for (const std::size_t i : places(input.size())) {
            Numbers moved = input;
            moved[i] = input[i] + h;
            const double up = probe.objective(moved);
            moved[i] = input[i] - h;
            const double quotient = (up - probe.objective(moved)) / (2 * h);
            QVERIFY(std::abs(quotient - gx[i]) <= limit * largest);
        }
        for (std::size_t p = 0; p < gradients.size(); ++p) {
            const Parameter& parameter = *probe.op().parameters()[p];
            if (!parameter.trainable)
                continue;
            const Numbers start = parameter.value.toDoubles();
            const double scale = std::accumulate(
                gradients[p].begin(), gradients[p].end(), 0.0,
                [](double most, double value) { return std::max(most, std::abs(value)); });
            std::vector<std::uint8_t> mask(start.size(), 1);
            if (isStraightThrough(given.config))
                mask = probe.op().state().front().tensor->toBytes();
            for (const std::size_t i : places(start.size())) {
                if (!mask[i])
                    continue;
                Numbers moved = start;
                moved[i] = start[i] + h;
                probe.setParameter(p, moved);
                const double up = probe.objective(input);
                moved[i] = start[i] - h;
                probe.setParameter(p, moved);
                const double quotient = (up - probe.objective(input)) / (2 * h);
                QVERIFY2(std::abs(quotient - gradients[p][i]) <= limit * scale + 1e-12,
                         parameter.name.c_str());
            }
            probe.setParameter(p, start);
        }
    }

    void gradientsAdd_data() { everyCase(); }
    void gradientsAdd() {
        Probe probe(current(), Device::open("reference"));
        probe.step();
        const std::vector<Numbers> once = probe.gradients();
        probe.step();
        const std::vector<Numbers> twice = probe.gradients();
        for (std::size_t p = 0; p < once.size(); ++p)
            QVERIFY(relativeDifference(twice[p], added(once[p], once[p])) < 1e-13);
    }

    void twoCallsInOneStep_data() { everyCase(); }
    void twoCallsInOneStep() {
        Probe probe(current(), Device::open("reference"));
        const Numbers first = probe.input();
        Numbers second = first;
        for (std::size_t i = 0; i < second.size(); ++i)
            second[i] = 0.5 * first[second.size() - 1 - i] - 0.25;

        Numbers separateFirst = probe.step();
        OperatorContextPtr saved;
        probe.forward(second, &saved);
        const Numbers separateSecond = probe.backward(second, probe.direction(), saved.get());
        const std::vector<Numbers> separate = probe.gradients();

        probe.zeroGradients();
        OperatorContextPtr firstSaved;
        OperatorContextPtr secondSaved;
        probe.forward(first, &firstSaved);
        probe.forward(second, &secondSaved);
        QVERIFY(relativeDifference(probe.backward(second, probe.direction(), secondSaved.get()),
                                   separateSecond) < 1e-13);
        QVERIFY(relativeDifference(probe.backward(first, probe.direction(), firstSaved.get()),
                                   separateFirst) < 1e-13);
        for (std::size_t p = 0; p < separate.size(); ++p)
            QVERIFY(relativeDifference(probe.gradients()[p], separate[p]) < 1e-12);
    }

    void devicesAgree_data() { everyCase(); }
    void devicesAgree() {
        Probe reference(current(), Device::open("reference"));
        const Numbers y = reference.forward(reference.input());
        const Numbers gx = reference.step();
        for (const char* device : {"cpu", "check"}) {
            Probe probe(current(), Device::open(device));
            QVERIFY(relativeDifference(probe.forward(probe.input()), y) < 2e-5);
            QVERIFY(relativeDifference(probe.step(), gx) < 2e-5);
            const auto expected = reference.gradients();
            const auto found = probe.gradients();
            for (std::size_t p = 0; p < expected.size(); ++p)
                QVERIFY2(relativeDifference(found[p], expected[p]) < 5e-5,
                         reference.op().parameters()[p]->name.c_str());
        }
    }

    // Forms that a device keeps of the weights are those of the weights as they are.
    void inferenceFollowsTheParameters_data() { everyCase(); }
    void inferenceFollowsTheParameters() {
        Probe reference(current(), Device::open("reference"));
        Probe probe(current(), Device::open("cpu"));
        probe.forward(probe.input());
        for (std::size_t p = 0; p < reference.op().parameters().size(); ++p) {
            Numbers moved = reference.op().parameters()[p]->value.toDoubles();
            for (double& value : moved)
                value *= 1.25;
            reference.setParameter(p, moved);
            probe.setParameter(p, moved);
            const Numbers after = probe.forward(probe.input());
            QVERIFY2(relativeDifference(after, reference.forward(reference.input())) < 2e-5,
                     reference.op().parameters()[p]->name.c_str());
        }
    }

    void planListsTheCalls_data() { everyCase(); }
    void planListsTheCalls() {
        Recording recording;
        Probe probe(current(), Device(makeRecordingBackend(recording)));
        const OperatorCase given = probe.given();
        const OperatorPlan plan = probe.op().plan(given.rows);
        // A step as training does it, then the calls of the next one are counted.
        probe.step();
        finishStep(probe);

        recording = {};
        OperatorContextPtr saved;
        probe.forward(probe.input(), &saved);
        compareCalls(recording, plan.forward);
        recording = {};
        probe.backward(probe.input(), probe.direction(), saved.get());
        finishStep(probe);
        compareCalls(recording, plan.backward);

        probe.forward(probe.input(), &saved);
        recording = {};
        probe.backward(probe.input(), probe.direction(), saved.get(), Probe::Want::ParametersOnly);
        finishStep(probe);
        std::vector<KernelCall> withoutInput = plan.backward;
        std::erase_if(withoutInput, [](const KernelCall& call) { return call.forInput; });
        compareCalls(recording, withoutInput);

        const auto sum = [](const std::vector<KernelCall>& calls, double KernelCall::*part) {
            return std::accumulate(
                calls.begin(), calls.end(), 0.0,
                [part](double total, const KernelCall& call) { return total + call.*part; });
        };
        QCOMPARE(plan.multiplyAddsForward, sum(plan.forward, &KernelCall::multiplyAdds));
        QCOMPARE(plan.multiplyAddsBackward, sum(plan.backward, &KernelCall::multiplyAdds));
        QCOMPARE(plan.bytesForward, sum(plan.forward, &KernelCall::bytes));
        QCOMPARE(plan.bytesBackward, sum(plan.backward, &KernelCall::bytes));
        for (const KernelCall& call : plan.backward)
            QVERIFY(call.bytes > 0);
        const OperatorPlan ahead = planOperator(given.config, given.in, given.out, given.rows);
        QCOMPARE(ahead.multiplyAddsForward, plan.multiplyAddsForward);
        QCOMPARE(ahead.multiplyAddsBackward, plan.multiplyAddsBackward);
    }

    void planCountsParameters_data() { everyCase(); }
    void planCountsParameters() {
        Probe probe(current(), Device::open("reference"));
        std::int64_t count = 0;
        for (const ParameterPtr& parameter : probe.op().parameters()) {
            if (!parameter->trainable)
                continue;
            count += parameter->value.count();
            if (!parameter->decayMask.empty())
                for (const std::uint8_t live : parameter->decayMask.toBytes())
                    count -= live ? 0 : 1;
        }
        if (const auto* twoFour = std::get_if<TwoFourConfig>(&probe.given().config)) {
            // Zero padding is in the tensor but not in the layer; a fixed mask freezes the rest.
            count = probe.given().in * probe.given().out;
            if (twoFour->training == TwoFourTraining::Fixed) {
                count = 0;
                for (const double value : probe.op().parameters()[0]->value.toDoubles())
                    count += value != 0.0 ? 1 : 0;
            }
        }
        const std::int64_t exact = probe.op().plan(probe.given().rows).parameters;
        QCOMPARE(exact, count);
        const double ahead =
            static_cast<double>(planOperator(probe.given().config, probe.given().in,
                                             probe.given().out, probe.given().rows)
                                    .parameters);
        const auto* butterfly = std::get_if<ButterflyConfig>(&probe.given().config);
        if (butterfly && butterfly->form == ButterflyForm::Gadget)
            QVERIFY(std::abs(ahead - double(exact)) <= 0.25 * double(exact));
        else
            QCOMPARE(ahead, double(exact));
    }

    void samplesAreIndependentUnlessFlagged_data() { everyCase(); }
    void samplesAreIndependentUnlessFlagged() {
        Probe probe(current(), Device::open("reference"));
        const RowLayout rows = probe.given().rows;
        const OperatorPlan plan = probe.op().plan(rows);
        std::vector<std::int64_t> order(static_cast<std::size_t>(rows.groups));
        std::iota(order.rbegin(), order.rend(), std::int64_t{0});
        const Numbers y = probe.forward(probe.input());
        const Numbers moved = probe.forward(groupsReordered(probe.input(), rows, order));
        const double difference = relativeDifference(moved, groupsReordered(y, rows, order));
        const bool exact = !materializedOutput(probe, probe.input()).empty();
        if (!hasFlag(plan, "mixes_samples") || exact)
            QVERIFY(difference < 1e-12);
        else
            QVERIFY(difference > 1e-6);
    }

    void futureStaysHiddenUnlessFlagged_data() { everyCase(); }
    void futureStaysHiddenUnlessFlagged() {
        Probe probe(current(), Device::open("reference"));
        const RowLayout rows = probe.given().rows;
        if (!rows.causal)
            return;
        const Numbers y = probe.forward(probe.input());
        Numbers changed = probe.input();
        for (std::int64_t i = 0; i < probe.given().in; ++i)
            changed[static_cast<std::size_t>(probe.given().in + i)] += 1.0; // row 1 of group 0
        const Numbers after = probe.forward(changed);
        const auto width = static_cast<std::ptrdiff_t>(probe.given().out);
        const double difference = relativeDifference(Numbers(after.begin(), after.begin() + width),
                                                     Numbers(y.begin(), y.begin() + width));
        const bool exact = !materializedOutput(probe, probe.input()).empty();
        if (!hasFlag(probe.op().plan(rows), "leaks_future") || exact)
            QVERIFY(difference < 1e-12);
        else
            QVERIFY(difference > 1e-6);
    }

    void sameSeedSameBits_data() { everyCase(); }
    void sameSeedSameBits() {
        Probe a(current(), Device::open("cpu"));
        Probe b(current(), Device::open("cpu"));
        QCOMPARE(a.forward(a.input()), b.forward(b.input()));
        QCOMPARE(a.step(), b.step());
        QCOMPARE(a.gradients(), b.gradients());
        Probe other(current(), Device::open("cpu"), 2);
        QVERIFY(a.forward(a.input()) != other.forward(a.input()));
    }

    void namesAreUniqueAndPrefixed_data() { everyCase(); }
    void namesAreUniqueAndPrefixed() {
        Probe probe(current(), Device::open("reference"));
        std::set<std::string> names;
        for (const ParameterPtr& parameter : probe.op().parameters()) {
            QVERIFY(parameter->name.starts_with("layer/") ||
                    parameter->name.starts_with("shared/mlp/"));
            QVERIFY(names.insert(parameter->name).second);
        }
        for (const StateTensor& state : probe.op().state())
            QVERIFY(names.insert(state.name).second);
        std::vector<std::string> declared = probe.op().diagnosticNames();
        std::vector<std::string> found;
        for (const Diagnostic& diagnostic : probe.op().diagnostics()) {
            found.push_back(diagnostic.name);
            QVERIFY(std::isfinite(diagnostic.value));
        }
        QCOMPARE(found, declared);
        QCOMPARE(std::string(probe.op().family()), std::string(familyOf(probe.given().config)));
    }

private:
    // What training does after the backward pass.
    static void finishStep(Probe& probe) {
        NoMoments moments;
        probe.op().gradientsReady({});
        for (const ParameterPtr& parameter : probe.op().parameters())
            ++parameter->version;
        probe.op().parametersChanged({}, moments);
    }

    static void compareCalls(const Recording& recording, const std::vector<KernelCall>& planned) {
        QCOMPARE(recording.total, static_cast<int>(planned.size()));
        QCOMPARE(recording.calls.size(), planned.size());
        for (std::size_t i = 0; i < planned.size(); ++i) {
            QCOMPARE(planned[i].op, recording.calls[i].op);
            QVERIFY2(planned[i].batch == recording.calls[i].batch &&
                         planned[i].m == recording.calls[i].m &&
                         planned[i].n == recording.calls[i].n &&
                         planned[i].k == recording.calls[i].k,
                     planned[i].op.c_str());
            QCOMPARE(planned[i].multiplyAdds, recording.calls[i].multiplyAdds);
        }
    }
};

QTEST_GUILESS_MAIN(TestOperators)
#include "test_operators.moc"

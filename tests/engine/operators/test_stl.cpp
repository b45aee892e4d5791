#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/operators/stl/exact_triples.h"
#include "engine/operators/stl/stl_operator.h"
#include "engine/operators/stl/stl_plan.h"
#include "engine/operators/stl/stl_start.h"
#include "engine/operators/stl/stl_triple.h"
#include "operator_probe.h"

using namespace inlay;
using namespace inlay::engine;
using namespace inlay::operator_cases;

namespace {

StlConfig config(std::int64_t tile, std::int64_t rank, StlStart start) {
    StlConfig result;
    result.tile = tile;
    result.rank = rank;
    result.start = start;
    return result;
}

OperatorPlan planned(const StlConfig& stl, std::int64_t rows, std::int64_t in, std::int64_t out) {
    return planStl(stl, in, out, {1, rows});
}

double sumOfSquares(const Numbers& values) {
    return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

// That[a, b, c], the whole tensor.
Numbers tensorOf(const StlTriple& triple) {
    const std::int64_t area = triple.tile * triple.tile;
    Numbers tensor(static_cast<std::size_t>(area * area * area), 0.0);
    for (std::int64_t l = 0; l < triple.rank; ++l)
        for (std::int64_t a = 0; a < area; ++a)
            for (std::int64_t b = 0; b < area; ++b)
                for (std::int64_t c = 0; c < area; ++c)
                    tensor[static_cast<std::size_t>((a * area + b) * area + c)] +=
                        triple.x[static_cast<std::size_t>(l * area + a)] *
                        triple.w[static_cast<std::size_t>(l * area + b)] *
                        triple.y[static_cast<std::size_t>(l * area + c)];
    return tensor;
}

// The 8 x 8 example of systems/stl-and-24.md 1.4.
Numbers exampleX() {
    Numbers x;
    for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j)
            x.push_back(((7 * i + 3 * j) % 11 - 5) / 5.0);
    return x;
}
Numbers exampleW() {
    Numbers w;
    for (int i = 0; i < 8; ++i)
        for (int j = 0; j < 8; ++j)
            w.push_back(((5 * i + 2 * j) % 13 - 6) / 6.0);
    return w;
}

// The output of a tied layer of the given triple on the example.
Numbers exampleOutput(const StlTriple& triple) {
    StlConfig tied = config(triple.tile, triple.rank, StlStart::Random);
    tied.weights = StlWeights::Tied;
    Probe probe({"example", tied, 8, 8, {1, 8}}, Device::open("reference"));
    probe.setParameter(0, triple.x);
    probe.setParameter(1, triple.w);
    probe.setParameter(2, triple.y);
    probe.setParameter(3, exampleW());
    Numbers y = probe.forward(exampleX());
    for (std::size_t i = 0; i < y.size(); ++i)
        y[i] -= probe.bias()[i % 8];
    return y;
}

bool near(double found, double expected) {
    return std::abs(found - expected) < 5e-9;
}

class RecordedScaling : public MomentScaler {
public:
    void scaleRow(const Parameter& parameter, std::int64_t row, double factor) override {
        rows.push_back({parameter.name, row, factor});
    }
    struct Row {
        std::string name;
        std::int64_t row;
        double factor;
    };
    std::vector<Row> rows;
};

} // namespace

class TestStl : public QObject {
    Q_OBJECT

private slots:
    void goldenExactProduct() {
        const Numbers y = exampleOutput(exactTriple(4));
        QVERIFY(near(std::accumulate(y.begin(), y.end(), 0.0), -1.866666667));
        QVERIFY(near(std::sqrt(sumOfSquares(y)), 8.005553628));
        QVERIFY(near(y[0], 0.7));
        const Numbers x = exampleX();
        const Numbers w = exampleW();
        for (std::size_t i = 0; i < 8; ++i)
            for (std::size_t p = 0; p < 8; ++p) {
                double expected = 0;
                for (std::size_t j = 0; j < 8; ++j)
                    expected += x[i * 8 + j] * w[j * 8 + p];
                QVERIFY(std::abs(y[i * 8 + p] - expected) < 1e-13);
            }
    }

    void goldenFirstRows() {
        StlTriple first = exactTriple(4);
        first.rank = 24;
        for (Numbers* matrix : {&first.x, &first.w, &first.y})
            matrix->resize(24 * 16);
        const Numbers y = exampleOutput(first);
        QVERIFY(near(std::accumulate(y.begin(), y.end(), 0.0), 15.4));
        QVERIFY(near(std::sqrt(sumOfSquares(y)), 13.480356078));
        QVERIFY(near(y[0], 4.4));
        QVERIFY(near(y[3 * 8 + 7], -1.233333333));
        QVERIFY(near(y[7 * 8 + 5], 0.166666667));
    }

    void exactStartsAreTheMatrix_data() {
        QTest::addColumn<int>("tile");
        QTest::addColumn<int>("rank");
        QTest::newRow("2") << 2 << 7;
        QTest::newRow("3") << 3 << 23;
        QTest::newRow("4") << 4 << 49;
    }
    void exactStartsAreTheMatrix() {
        QFETCH(int, tile);
        QFETCH(int, rank);
        const StlTriple triple = exactTriple(tile);
        QCOMPARE(triple.rank, rank);
        QCOMPARE(rowLeakage(triple), 0.0);
        QCOMPARE(tensorNormSquared(triple), double(tile * tile * tile));
        for (const StlWeights weights : {StlWeights::Encoded, StlWeights::Tied}) {
            StlConfig exact = config(tile, rank, StlStart::Exact);
            exact.weights = weights;
            Probe probe({"", exact, 7, 10, {2, 5}}, Device::open("cpu"));
            std::string refusal;
            QVERIFY2(!probe.op().materialize(refusal).empty(), refusal.c_str());
            const auto diagnostics = probe.op().diagnostics();
            QCOMPARE(diagnostics[0].name, std::string("row_leakage"));
            QVERIFY(diagnostics[0].value < 1e-6);
            QCOMPARE(diagnostics[1].value, 1.0);
        }
    }

    void approximateLayersRefuseToBeAMatrix() {
        Probe probe({"", config(4, 24, StlStart::Strassen), 8, 8, {1, 8}}, Device::open("cpu"));
        std::string refusal;
        QVERIFY(probe.op().materialize(refusal).empty());
        QVERIFY(QString::fromStdString(refusal).contains("mixes the rows"));
        const auto& stl = static_cast<const StlOperator&>(probe.op());
        QCOMPARE(stl.rowAveragedMap().count(), 64);
    }

    void leakageIsThatOfTheTensor() {
        const StlTriple triple =
            startTriple(config(4, 24, StlStart::Strassen), RandomStream(5, "leak"));
        const Numbers tensor = tensorOf(triple);
        double across = 0;
        for (std::size_t a = 0; a < 16; ++a)
            for (std::size_t b = 0; b < 16; ++b)
                for (std::size_t c = 0; c < 16; ++c)
                    if (a / 4 != c / 4)
                        across += std::pow(tensor[(a * 16 + b) * 16 + c], 2);
        QVERIFY(std::abs(rowLeakage(triple) - across / sumOfSquares(tensor)) < 1e-12);
        QVERIFY(rowLeakage(triple) > 0.05);
        QVERIFY(std::abs(tensorNormSquared(triple) - sumOfSquares(tensor)) < 1e-9);
    }

    void strassenStartKeepsVariance_data() {
        QTest::addColumn<int>("rank");
        QTest::addColumn<bool>("tied");
        for (const int rank : {16, 24, 32})
            for (const bool tied : {false, true})
                QTest::addRow("%d %d", rank, tied) << rank << tied;
    }
    void strassenStartKeepsVariance() {
        QFETCH(int, rank);
        QFETCH(bool, tied);
        StlConfig stl = config(4, rank, StlStart::Strassen);
        stl.weights = tied ? StlWeights::Tied : StlWeights::Encoded;
        double power = 0;
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            Probe probe({"", stl, 128, 128, {1, 128}}, Device::open("cpu"), seed);
            Numbers y = probe.forward(probe.input());
            for (std::size_t i = 0; i < y.size(); ++i)
                y[i] -= probe.bias()[i % 128];
            // A full matrix of variance 1 / (3 in) gives 1/3.
            power += 3.0 * sumOfSquares(y) / double(y.size()) / 4;
        }
        QVERIFY2(std::abs(power - 1.0) < 0.05, std::to_string(power).c_str());
    }

    void strassenRowsBeforeScalingAreFourTimesTooLarge() {
        double total = 0;
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            RandomStream stream(seed, "rows");
            const auto rows = stream.sample(49, 24);
            const StlTriple exact = exactTriple(4);
            StlTriple chosen{4, 24, {}, {}, {}};
            for (const std::int64_t row : rows)
                for (std::int64_t a = 0; a < 16; ++a) {
                    const auto at = static_cast<std::size_t>(row * 16 + a);
                    chosen.x.push_back(exact.x[at]);
                    chosen.w.push_back(exact.w[at]);
                    chosen.y.push_back(exact.y[at]);
                }
            total += tensorNormSquared(chosen) / 64 / 30;
        }
        QVERIFY2(total > 3.9 && total < 4.7, std::to_string(total).c_str());
    }

    void randomStartKeepsVariance() {
        for (const StlWeights weights : {StlWeights::Encoded, StlWeights::Tied}) {
            StlConfig stl = config(4, 24, StlStart::Random);
            stl.weights = weights;
            double power = 0;
            for (std::uint64_t seed = 1; seed <= 8; ++seed) {
                Probe probe({"", stl, 96, 96, {1, 96}}, Device::open("cpu"), seed);
                Numbers y = probe.forward(probe.input());
                for (std::size_t i = 0; i < y.size(); ++i)
                    y[i] -= probe.bias()[i % 96];
                power += 3.0 * sumOfSquares(y) / double(y.size()) / 8;
            }
            QVERIFY2(std::abs(power - 1.0) < 0.1, std::to_string(power).c_str());
        }
    }

    // systems/stl-and-24.md 1.5, speed-up in multiply-adds with the overhead.
    void costTable_data() {
        QTest::addColumn<int>("in");
        QTest::addColumn<int>("out");
        QTest::addColumn<QList<double>>("speedups");
        const auto row = [](int in, int out, QList<double> speedups) {
            QTest::addRow("%d x %d", in, out) << in << out << speedups;
        };
        row(256, 256, {2.67, 1.78, 1.33, 1.07, 0.89, 0.87});
        row(256, 512, {2.91, 1.94, 1.45, 1.16, 0.97, 0.95});
        row(384, 384, {3.00, 2.00, 1.50, 1.20, 1.00, 0.98});
        row(384, 1152, {3.27, 2.18, 1.64, 1.31, 1.09, 1.07});
        row(2048, 2048, {3.76, 2.51, 1.88, 1.51, 1.25, 1.23});
        row(2048, 5632, {3.84, 2.56, 1.92, 1.53, 1.28, 1.25});
        row(4096, 4096, {3.88, 2.59, 1.94, 1.55, 1.29, 1.27});
    }
    void costTable() {
        QFETCH(int, in);
        QFETCH(int, out);
        QFETCH(QList<double>, speedups);
        const double n = 1024;
        const int ranks[] = {16, 24, 32, 40, 48, 49};
        for (int i = 0; i < 6; ++i) {
            const double r = ranks[i];
            const OperatorPlan plan = planned(config(4, ranks[i], StlStart::Random), 1024, in, out);
            const double speedup = n * in * out / plan.multiplyAddsForward;
            QVERIFY2(std::abs(speedup - speedups[i]) < 0.0051, std::to_string(speedup).c_str());
            QCOMPARE(plan.multiplyAddsForward, r * n * in + r * n * in * out / 64 + r * n * out);
            QCOMPARE(plan.multiplyAddsBackward,
                     2 * r * n * in * out / 64 + 2 * r * n * out + 2 * r * n * in);
            QCOMPARE(double(plan.parameters), double(in) * out * r / 16 + r * 16 * 2);
        }
    }

    void costOfTiedAndFrozen() {
        const double n = 64;
        const double in = 96;
        const double out = 128;
        const double r = 24;
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.weights = StlWeights::Tied;
        const double products = r * n * in * out / 64;
        OperatorPlan plan = planned(stl, 64, 96, 128);
        QCOMPARE(plan.multiplyAddsForward, r * in * out + r * n * in + products + r * n * out);
        QCOMPARE(plan.multiplyAddsBackward,
                 2 * products + 2 * r * n * out + 2 * r * n * in + 2 * r * in * out);
        QCOMPARE(plan.parameters, 96 * 128 + 3 * 24 * 16);
        stl = config(4, 24, StlStart::Strassen);
        stl.trainEncoders = false;
        plan = planned(stl, 64, 96, 128);
        QCOMPARE(plan.multiplyAddsBackward, 2 * products + r * n * out + r * n * in);
        QCOMPARE(plan.parameters, 96 * 128 * 24 / 16);
    }

    void singleRowsCostATileEach() {
        const StlConfig stl = config(4, 24, StlStart::Strassen);
        const OperatorPlan within = planStl(stl, 96, 96, {1, 64});
        const OperatorPlan single = planStl(stl, 96, 96, {64, 1});
        QCOMPARE(single.multiplyAddsForward, 4 * within.multiplyAddsForward);
        QCOMPARE(single.paddedRows, 256);
        QVERIFY(QString::fromStdString(single.note).contains("alone in its tile"));
    }

    void flags_data() {
        QTest::addColumn<int>("grouping");
        QTest::addColumn<int>("groups");
        QTest::addColumn<int>("rowsPerGroup");
        QTest::addColumn<bool>("causal");
        QTest::addColumn<QString>("flag");
        const auto row = [](const char* name, StlGrouping grouping, int groups, int rows,
                            bool causal, const char* flag) {
            QTest::newRow(name) << int(grouping) << groups << rows << causal << QString(flag);
        };
        row("within", StlGrouping::Within, 4, 16, false, "");
        row("within causal", StlGrouping::Within, 4, 16, true, "leaks_future");
        row("within single rows", StlGrouping::Within, 64, 1, true, "");
        row("across", StlGrouping::Across, 4, 16, false, "mixes_samples");
        row("across causal", StlGrouping::Across, 4, 16, true, "mixes_samples");
        row("across one group", StlGrouping::Across, 1, 16, false, "");
        row("single causal", StlGrouping::Single, 4, 16, true, "");
    }
    void flags() {
        QFETCH(int, grouping);
        QFETCH(int, groups);
        QFETCH(int, rowsPerGroup);
        QFETCH(bool, causal);
        QFETCH(QString, flag);
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.grouping = StlGrouping(grouping);
        const auto plan = planStl(stl, 8, 8, {groups, rowsPerGroup, causal});
        QCOMPARE(plan.flags.size(), flag.isEmpty() ? 0u : 1u);
        if (!flag.isEmpty())
            QCOMPARE(QString::fromStdString(plan.flags[0]), flag);
    }

    void issues_data() {
        QTest::addColumn<int>("tile");
        QTest::addColumn<int>("rank");
        QTest::addColumn<int>("start");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("sentence");
        const auto row = [](int tile, int rank, StlStart start, const char* key,
                            const char* sentence) {
            QTest::addRow("%d %d %d", tile, rank, int(start))
                << tile << rank << int(start) << QString(key) << QString(sentence);
        };
        row(0, 1, StlStart::Random, "tile", "allowed: 1 to 8");
        row(9, 1, StlStart::Random, "tile", "allowed: 1 to 8");
        row(2, 9, StlStart::Random, "rank", "allowed: 1 to 8");
        row(4, 65, StlStart::Random, "rank", "allowed: 1 to 64");
        row(4, 0, StlStart::Random, "rank", "allowed: 1 to 64");
        row(4, 48, StlStart::Exact, "start", "(2, 7), (3, 23) and (4, 49)");
        row(3, 7, StlStart::Strassen, "start", "allowed tiles: 2 and 4");
        row(4, 50, StlStart::Strassen, "rank", "allowed: 1 to 49");
        row(2, 8, StlStart::Strassen, "rank", "allowed: 1 to 7");
    }
    void issues() {
        QFETCH(int, tile);
        QFETCH(int, rank);
        QFETCH(int, start);
        QFETCH(QString, key);
        QFETCH(QString, sentence);
        const OperatorPlan plan = planned(config(tile, rank, StlStart(start)), 8, 8, 8);
        QCOMPARE(plan.issues.size(), 1u);
        QCOMPARE(QString::fromStdString(plan.issues[0].key), key);
        const QString message = QString::fromStdString(plan.issues[0].message);
        QVERIFY2(message.contains(sentence), qPrintable(message));
        QVERIFY(plan.forward.empty());
    }

    void aFittedStartNeedsItsFile() {
        const OperatorPlan plan = planned(config(4, 24, StlStart::Fitted), 8, 8, 8);
        QCOMPARE(plan.issues.size(), 1u);
        QCOMPARE(plan.issues[0].key, std::string("triple"));
        StlConfig named = config(4, 24, StlStart::Fitted);
        named.triple = "somewhere.safetensors";
        QVERIFY(planned(named, 8, 8, 8).issues.empty());
        // Layers of one group begin with one file.
        named.group = "all";
        StlConfig other = named;
        other.triple = "elsewhere.safetensors";
        QVERIFY(planned(named, 8, 8, 8).sharedShape != planned(other, 8, 8, 8).sharedShape);
    }

    void layersOfAGroupShareEncoders() {
        const Device device = Device::open("reference");
        SharedParameters shared;
        const RandomStream stream(1, "group");
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.group = "mlp";
        const auto build = [&](const char* name) {
            const RandomStream layer = stream.split(name);
            return std::make_unique<StlOperator>(stl, OperatorBuild{.name = name,
                                                                    .in = 8,
                                                                    .out = 8,
                                                                    .device = &device,
                                                                    .stream = &layer,
                                                                    .shared = &shared});
        };
        const auto a = build("a");
        const auto b = build("b");
        QCOMPARE(a->parameters()[0], b->parameters()[0]);
        QCOMPARE(a->parameters()[1], b->parameters()[1]);
        QVERIFY(a->parameters()[2] != b->parameters()[2]);
        QCOMPARE(a->parameters()[0]->name, std::string("shared/mlp/E_X"));
        QCOMPARE(b->parameters()[2]->name, std::string("b/what"));
        // The second layer's What was encoded with the group's E_W: undoing it leaves no residual.
        const auto encoder = shared.find("shared/mlp/E_W");
        QVERIFY(encoder && !encoder->trainable);
        const Numbers dense = [&] {
            RandomStream weight = stream.split("b").split("weight");
            Numbers values(64);
            for (double& value : values)
                value = weight.uniform(-1 / std::sqrt(8.0), 1 / std::sqrt(8.0));
            return values;
        }();
        const StlTriple triple{4, 24, {}, encoder->value.toDoubles(), {}};
        QVERIFY(relativeDifference(b->parameters()[2]->value.toDoubles(),
                                   encodeWeights(triple, dense, 8, 8)) < 1e-14);
    }

    void rebalancingKeepsTheMap_data() {
        QTest::addColumn<bool>("tied");
        QTest::newRow("encoded") << false;
        QTest::newRow("tied") << true;
    }
    void rebalancingKeepsTheMap() {
        QFETCH(bool, tied);
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.weights = tied ? StlWeights::Tied : StlWeights::Encoded;
        stl.rebalanceEvery = 3;
        Probe probe({"", stl, 9, 14, {2, 6}}, Device::open("reference"));
        const Numbers before = probe.forward(probe.input());
        Numbers uneven = probe.op().parameters()[0]->value.toDoubles();
        for (std::size_t i = 0; i < 16; ++i)
            uneven[i] *= 10;
        probe.setParameter(0, uneven);
        const Numbers changed = probe.forward(probe.input());
        RecordedScaling scaling;
        probe.op().parametersChanged({.step = 1}, scaling);
        QVERIFY(scaling.rows.empty());
        const Numbers old = probe.op().parameters()[0]->value.toDoubles();
        probe.op().parametersChanged({.step = 2}, scaling);
        QVERIFY(relativeDifference(probe.forward(probe.input()), changed) < 1e-12);
        QVERIFY(relativeDifference(changed, before) > 1e-3);

        const Numbers balanced = probe.op().parameters()[0]->value.toDoubles();
        for (const auto& row : scaling.rows)
            if (row.name == "layer/E_X") {
                // Moments take the inverse of the parameter's factor.
                const auto at = static_cast<std::size_t>(row.row * 16);
                for (std::size_t i = at; i < at + 16; ++i)
                    QVERIFY(std::abs(balanced[i] * row.factor - old[i]) < 1e-12);
            }
        const auto& parameters = probe.op().parameters();
        const std::size_t weightSide = tied ? 1 : 2;
        const std::size_t decoder = tied ? 2 : 1;
        for (std::size_t l = 0; l < 24; ++l) {
            const auto normOf = [&](std::size_t p) {
                const Numbers values = parameters[p]->value.toDoubles();
                const std::size_t width = values.size() / 24;
                return std::sqrt(std::inner_product(values.begin() + l * width,
                                                    values.begin() + (l + 1) * width,
                                                    values.begin() + l * width, 0.0));
            };
            QVERIFY(std::abs(normOf(0) / normOf(decoder) - 1) < 1e-12);
            QVERIFY(std::abs(normOf(0) / normOf(weightSide) - 1) < 1e-12);
        }
        const std::int64_t slices = tied ? 24 : 24 * 3; // What has three rows of tiles a slice
        QCOMPARE(std::count_if(scaling.rows.begin(), scaling.rows.end(),
                               [&](const auto& row) {
                                   return row.name == (tied ? "layer/E_W" : "layer/what");
                               }),
                 slices);
    }

    void encodersCarryTheirFactors() {
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.encoderLearningRateFactor = 0.1;
        Probe probe({"", stl, 8, 8, {1, 8}}, Device::open("reference"));
        QCOMPARE(probe.op().parameters()[0]->learningRate, 0.1);
        QCOMPARE(probe.op().parameters()[1]->decay, 0.0);
        QCOMPARE(probe.op().parameters()[2]->learningRate, 1.0);
        QCOMPARE(probe.op().parameters()[2]->decay, 1.0);
    }

    void frozenEncodersHaveNoGradient() {
        StlConfig stl = config(4, 24, StlStart::Strassen);
        stl.trainEncoders = false;
        stl.weights = StlWeights::Tied;
        Probe probe({"", stl, 8, 8, {1, 8}}, Device::open("reference"));
        probe.step();
        for (const ParameterPtr& parameter : probe.op().parameters()) {
            const bool moved = sumOfSquares(parameter->grad.toDoubles()) > 0;
            QCOMPARE(moved, parameter->name == "layer/weight");
            QCOMPARE(parameter->trainable, parameter->name == "layer/weight");
        }
    }
};

QTEST_GUILESS_MAIN(TestStl)
#include "test_stl.moc"

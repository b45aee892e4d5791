#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <limits>
#include <span>

#include "engine/base/error.h"
#include "engine/interop/safetensors.h"
#include "engine/networks/network_triples.h"
#include "engine/operators/stl/exact_triples.h"
#include "engine/operators/stl/stl_operator.h"
#include "engine/operators/stl/stl_start.h"
#include "engine/operators/stl/triple_file.h"

using namespace inlay::engine;

namespace {

using Values = std::vector<double>;

/// Some rows of Strassen's triple, a little moved.
StlTriple someTriple(std::int64_t rank = 24) {
    StlConfig config;
    config.rank = rank;
    return startTriple(config, RandomStream(3, "triple"));
}

StlConfig fittedConfig(const std::string& path, std::int64_t rank = 24) {
    StlConfig config;
    config.rank = rank;
    config.start = StlStart::Fitted;
    config.triple = path;
    return config;
}

struct NamedValues {
    std::string name;
    std::vector<std::int64_t> shape;
    Values values;
};

void writeRaw(const std::string& path, const std::vector<NamedValues>& tensors) {
    std::vector<SafetensorsTensor> out;
    for (const NamedValues& one : tensors)
        out.push_back(
            {one.name, SafetensorsType::F64, one.shape, std::as_bytes(std::span(one.values))});
    writeSafetensors(path, out);
}

std::string problemOf(const std::string& path) {
    try {
        readTriple(path);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace

class TestTripleFile : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }

private slots:
    void everyBitComesBack() {
        const StlTriple written = someTriple();
        writeTriple(path("a"), written, {"theory", 0.53});
        const StlTriple read = readTriple(path("a"));
        QCOMPARE(read.tile, std::int64_t{4});
        QCOMPARE(read.rank, std::int64_t{24});
        QCOMPARE(read.x, written.x);
        QCOMPARE(read.w, written.w);
        QCOMPARE(read.y, written.y);
    }

    // A network that trains encoded weights keeps no E_W; for an exact E_X and D the best one is
    // the exact one.
    void theEncodersOfANetworkGetTheirBestPartner() {
        const StlTriple exact = exactTriple(2);
        writeRaw(path("network"), {{"shared/all/E_X", {7, 4}, exact.x},
                                   {"shared/all/D", {7, 4}, exact.y},
                                   {"blocks.0/what", {2}, {1, 2}}});
        const StlTriple read = readTriple(path("network"));
        QCOMPARE(read.tile, std::int64_t{2});
        for (std::size_t i = 0; i < exact.w.size(); ++i)
            QVERIFY(std::abs(read.w[i] - exact.w[i]) < 1e-12);
    }

    void badFilesAreNamed_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("part");
        const auto row = [this](const char* name, const std::vector<NamedValues>& tensors,
                                const char* part) {
            writeRaw(path(name), tensors);
            QTest::newRow(name) << QString::fromStdString(path(name)) << QString(part);
        };
        const Values four = {1, 2, 3, 4};
        QTest::newRow("missing") << QString::fromStdString(path("missing")) << "missing";
        row("no encoders", {{"weight", {4}, four}}, "holds no encoders E_X");
        row("two layers",
            {{"a/E_X", {1, 4}, four},
             {"a/D", {1, 4}, four},
             {"b/E_X", {1, 4}, four},
             {"b/D", {1, 4}, four}},
            "2 layers (a/E_X, b/E_X");
        row("no tile", {{"E_X", {2, 2}, four}, {"E_W", {2, 2}, four}, {"D", {2, 2}, four}},
            "rank x tile squared");
        row("shapes", {{"E_X", {1, 4}, four}, {"E_W", {4, 1}, four}, {"D", {1, 4}, four}},
            "of different shape");
        row("no weights' encoder", {{"E_X", {1, 4}, four}, {"D", {1, 4}, four}}, "no tensor E_W");
        row("not finite",
            {{"E_X", {1, 4}, {1, std::numeric_limits<double>::quiet_NaN(), 3, 4}},
             {"E_W", {1, 4}, four},
             {"D", {1, 4}, four}},
            "1 of the 4 numbers of E_X");
        row("zero", {{"E_X", {1, 4}, {0, 0, 0, 0}}, {"E_W", {1, 4}, four}, {"D", {1, 4}, four}},
            "all zero");
    }
    void badFilesAreNamed() {
        QFETCH(QString, file);
        QFETCH(QString, part);
        const QString problem = QString::fromStdString(problemOf(file.toStdString()));
        QVERIFY2(problem.contains(part), qPrintable(problem));
        QVERIFY2(problem.contains(file), qPrintable(problem));
    }

    void layersOfANetworkNameTheirTriple() {
        writeTriple(path("good"), someTriple(), {"theory", 0.5});
        NetworkConfig network;
        network.op = fittedConfig(path("good"));
        QVERIFY(checkTriples(network).empty());
        QCOMPARE(loadTriples(network).size(), std::size_t{1});
        network.layers = {{"head", fittedConfig(path("good"), 16)},
                          {"blocks.0", fittedConfig(path("gone"))}};
        const std::vector<Issue> issues = checkTriples(network);
        QCOMPARE(issues.size(), std::size_t{2});
        QCOMPARE(issues[0].key, std::string("layers[0].operator.triple"));
        QVERIFY2(QString::fromStdString(issues[0].message)
                     .contains("rank 24; the layer has tile 4 and rank 16"),
                 issues[0].message.c_str());
        QCOMPARE(issues[1].key, std::string("layers[1].operator.triple"));
        const NetworkConfig drawn = withoutTriples(network);
        QVERIFY(checkTriples(drawn).empty());
        network.apply = OperatorTarget::None; // the operator is nobody's
        network.layers.clear();
        network.op = fittedConfig(path("gone"));
        QVERIFY(checkTriples(network).empty());
    }

    void aLayerBeginsWithItsTripleScaled() {
        StlTriple triple = someTriple();
        for (double& value : triple.y)
            value *= 0.3;
        FittedTriples triples;
        triples["file"] = triple;
        const Device device = Device::open("reference");
        const RandomStream stream(1, "layer");
        for (const char* group : {"", "all"}) {
            StlConfig config = fittedConfig("file");
            config.group = group;
            SharedParameters shared;
            const StlOperator layer(config, OperatorBuild{.name = "layer",
                                                          .in = 8,
                                                          .out = 8,
                                                          .device = &device,
                                                          .stream = &stream,
                                                          .shared = &shared,
                                                          .triples = &triples});
            StlTriple now = startTriple(config, stream, &triple);
            QCOMPARE(layer.parameters()[0]->value.toDoubles(), now.x);
            QCOMPARE(layer.parameters()[1]->value.toDoubles(), now.y);
            // White inputs keep their size: |That|^2 = tile^3.
            QVERIFY(std::abs(tensorNormSquared(now) - 64) < 1e-9);
            // The map is the file's times one number; sizes are in E_W.
            double ratio = 0;
            for (std::size_t l = 0; l < 24; ++l) {
                double x = 0, y = 0;
                for (std::size_t a = 16 * l; a < 16 * l + 16; ++a) {
                    x += now.x[a] * now.x[a];
                    y += now.y[a] * now.y[a];
                }
                QVERIFY(std::abs(x - 1) < 1e-12 && std::abs(y - 16.0 / 24) < 1e-12);
                const auto entry = [&](const StlTriple& of) {
                    return of.x[16 * l + 1] * of.w[16 * l + 6] * of.y[16 * l + 3];
                };
                if (l == 0)
                    ratio = entry(now) / entry(triple);
                QVERIFY(std::abs(entry(now) / entry(triple) / ratio - 1) < 1e-9);
            }
        }
    }

    void aTripleThatIsNotThereFailsAloud() {
        const Device device = Device::open("reference");
        const RandomStream stream(1, "layer");
        const FittedTriples none;
        QVERIFY_THROWS_EXCEPTION(
            Error, StlOperator(fittedConfig("file"), OperatorBuild{.name = "layer",
                                                                   .in = 8,
                                                                   .out = 8,
                                                                   .device = &device,
                                                                   .stream = &stream,
                                                                   .triples = &none}));
    }
};

QTEST_GUILESS_MAIN(TestTripleFile)
#include "test_triple_file.moc"

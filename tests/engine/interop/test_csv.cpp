#include <QtTest>

#include <array>
#include <cstdlib>
#include <limits>

#include "engine/base/error.h"
#include "engine/interop/csv.h"

using namespace inlay::engine;

class TestCsv : public QObject {
    Q_OBJECT

private slots:
    void numbersAreShortAndExact() {
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        QCOMPARE(csvNumber(0.1), std::string("0.1"));
        QCOMPARE(csvNumber(1.0), std::string("1"));
        QCOMPARE(csvNumber(-0.0), std::string("-0"));
        QCOMPARE(csvNumber(1e300), std::string("1e+300"));
        QCOMPARE(csvNumber(std::numeric_limits<double>::quiet_NaN()), std::string("nan"));
        QCOMPARE(csvNumber(kInfinity), std::string("inf"));
        QCOMPARE(csvNumber(-kInfinity), std::string("-inf"));
        for (const double value : {1.0 / 3.0, 2.2250738585072014e-308, 5e-324, 123456789.125})
            QCOMPARE(std::strtod(csvNumber(value).c_str(), nullptr), value);
    }

    void textsAreQuotedWhereNeeded() {
        QCOMPARE(csvText("plain"), std::string("plain"));
        QCOMPARE(csvText("a,b"), std::string("\"a,b\""));
        QCOMPARE(csvText("say \"x\"\n"), std::string("\"say \"\"x\"\"\n\""));
    }

    void seriesFile() {
        QTemporaryDir folder;
        const QString path = folder.filePath("loss.csv");
        const std::array<std::int64_t, 3> steps = {0, 20, 40};
        const std::array<double, 3> values = {2.25, std::numeric_limits<double>::quiet_NaN(), 1e-9};
        writeSeriesCsv(path.toStdString(), steps, values);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("step,value\n0,2.25\n20,nan\n40,1e-09\n"));
    }

    void unwritableFileIsNamed() {
        try {
            writeSeriesCsv("/nowhere/loss.csv", {}, {});
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.what(), "cannot write /nowhere/loss.csv: No such file or directory");
        }
    }
};

QTEST_GUILESS_MAIN(TestCsv)
#include "test_csv.moc"

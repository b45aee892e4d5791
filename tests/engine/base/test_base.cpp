#include <QtTest>

#include <set>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/base/random.h"
#include "kernels/philox.h"

using namespace inlay;
using namespace inlay::engine;

class TestBase : public QObject {
    Q_OBJECT

private slots:
    // Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
    void philoxKnownAnswers() {
        const kernels::PhiloxBlock zero = kernels::philox(0, 0, 0);
        QCOMPARE(zero.word[0], 0x6627e8d5u);
        QCOMPARE(zero.word[1], 0xe169c58du);
        QCOMPARE(zero.word[2], 0xbc57ac4cu);
        QCOMPARE(zero.word[3], 0x9b00dbd8u);
        const kernels::PhiloxBlock ones = kernels::philox(~0ull, ~0ull, ~0ull);
        QCOMPARE(ones.word[0], 0x408f276du);
        QCOMPARE(ones.word[1], 0x41c83b0eu);
        QCOMPARE(ones.word[2], 0xa20bc7c6u);
        QCOMPARE(ones.word[3], 0x6d5451fdu);
    }

    void streamsAreIndependentAndSeekable() {
        RandomStream a(1, "order");
        RandomStream b(1, "noise");
        QVERIFY(a.next64() != b.next64());
        QVERIFY(RandomStream(1, "order").split(0).key() != RandomStream(1, "order").split(1).key());
        RandomStream c(7, "x");
        for (int i = 0; i < 13; ++i)
            c.next();
        RandomStream d(7, "x");
        d.seek(c.position());
        QCOMPARE(d.next64(), c.next64());
    }

    void moments() {
        RandomStream stream(3, "moments");
        double sum = 0;
        double square = 0;
        const int n = 200000;
        for (int i = 0; i < n; ++i) {
            const double x = stream.normal();
            sum += x;
            square += x * x;
        }
        QVERIFY(std::abs(sum / n) < 0.01);
        QVERIFY(std::abs(square / n - 1.0) < 0.02);
    }

    void sampleIsDistinctAndSorted() {
        RandomStream stream(5, "sample");
        const auto items = stream.sample(50, 20);
        QCOMPARE(items.size(), std::size_t{20});
        QCOMPARE(std::set<std::int64_t>(items.begin(), items.end()).size(), std::size_t{20});
        QVERIFY(std::is_sorted(items.begin(), items.end()));
        QVERIFY(items.back() < 50);
    }

    void parseErrorNamesLineAndColumn() {
        try {
            parseJson("{\n  \"a\": 1,\n  b\n}", "file.json");
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(QString(error.what()), QString("file.json is not JSON: line 3, column 3"));
        }
    }

    void nonFiniteNumbersAreStrings() {
        Json value;
        value["a"] = std::numeric_limits<double>::quiet_NaN();
        value["b"] = -std::numeric_limits<double>::infinity();
        QCOMPARE(dumpJson(value), std::string(R"({"a":"NaN","b":"-Infinity"})"));
        QVERIFY(std::isnan(*numberFromJson(Json("NaN"))));
        QVERIFY(!numberFromJson(Json("nan")).has_value());
    }

    void dottedPaths() {
        Json root = Json::object();
        setPath(root, "a.b.c", 3);
        setPath(root, "a.d", "x");
        QCOMPARE(findPath(root, "a.b.c")->get<int>(), 3);
        QVERIFY(!findPath(root, "a.x.c"));
        const auto leaves = flatten(root);
        QCOMPARE(leaves.size(), std::size_t{2});
        QCOMPARE(leaves[1].first, std::string("a.d"));
    }
};

QTEST_GUILESS_MAIN(TestBase)
#include "test_base.moc"

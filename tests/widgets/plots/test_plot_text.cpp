#include <QtTest>

#include <cmath>

#include <QAbstractItemModelTester>

#include "engine/base/random.h"
#include "widgets/plots/label_layout.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/plot_table.h"
#include "widgets/plots/ticks.h"

using namespace inlay::widgets;

class TestPlotText : public QObject {
    Q_OBJECT

private slots:
    void numbers() {
        const QLocale c = QLocale::c();
        const QLocale english(QLocale::English, QLocale::UnitedStates);
        QCOMPARE(formatNumber(97.861, 4, c), QString("97.86"));
        QCOMPARE(formatNumber(98, 4, c), QString("98.00"));
        QCOMPARE(formatNumber(1418.2, 4, english), QString("1,418"));
        QCOMPARE(formatNumber(123456, 4, english), QString("123,456"));
        QCOMPARE(formatNumber(0.0459, 3, c), QString("0.0459"));
        QCOMPARE(formatNumber(-0.5, 2, c), QString("−0.50"));
        QCOMPARE(formatNumber(0, 3, c), QString("0"));
        QCOMPARE(formatNumber(1e-7, 3, c), QString("1.00e−07"));
        QCOMPARE(formatNumber(std::nan(""), 3, c), QString("NaN"));
        QCOMPARE(formatNumber(-HUGE_VAL, 3, c), QString("−∞"));
        QCOMPARE(formatValue(1.97, {"×", 3}, c), QString("1.97×"));
        QCOMPARE(formatValue(12.4, {"ms", 3}, c), QString("12.4 ms"));
        QCOMPARE(formatStep(5710, english), QString("5,710"));
    }

    void tickTexts() {
        const QLocale english(QLocale::English, QLocale::UnitedStates);
        QCOMPARE(formatTick(2000, 2000, TickText::Compact, english), QString("2k"));
        QCOMPARE(formatTick(2500, 500, TickText::Compact, english), QString("2,500"));
        QCOMPARE(formatTick(2e6, 1e6, TickText::Compact, english), QString("2M"));
        QCOMPARE(formatTick(1600, 200, TickText::Plain, english), QString("1,600"));
        QCOMPARE(formatTick(0.1 + 0.2, 0.1, TickText::Plain, english), QString("0.3"));
        QCOMPARE(formatTick(0.25, 0.25, TickText::Plain, english), QString("0.25"));
        QCOMPARE(formatTick(2.5, 2.5, TickText::Plain, english), QString("2.5"));
        QCOMPARE(formatTick(-1e-17, 0.1, TickText::Plain, english), QString("0.0"));
        QCOMPARE(formatTick(0.03, 0.01, TickText::Plain, english), QString("0.03"));
    }

    void ticksAreNice() {
        QCOMPARE(linearTicks({0, 9360}, 5, TickStep::Whole).positions,
                 (std::vector<double>{0, 2000, 4000, 6000, 8000}));
        QCOMPARE(linearTicks({1, 20}, 30, TickStep::Whole).step, 1.0);
        QCOMPARE(logTicks({0.02, 3.5}, 6).positions, (std::vector<double>{0.03, 0.1, 0.3, 1, 3}));
        const auto wide = logTicks({1e-12, 1e12}, 6).positions;
        QVERIFY(wide.size() >= 3 && wide.size() <= 9);
        QVERIFY(logTicks({1.0, 1.5}, 5).positions.size() >= 3);
        QVERIFY(linearTicks({1, 1}, 5, TickStep::Any).positions.empty());
        QVERIFY(logTicks({-1, 5}, 5).positions.empty());
    }

    // Over many ranges: inside the range, increasing, not more than asked by much.
    void ticksStayInRange() {
        inlay::engine::RandomStream stream(1, "ticks");
        for (int i = 0; i < 2000; ++i) {
            const double size = std::pow(10, stream.uniform(-6, 8));
            const double low = stream.normal() * size * 3;
            const Range range{low, low + size};
            const Ticks ticks = linearTicks(range, 6, TickStep::Any);
            QVERIFY(ticks.positions.size() >= 2 && ticks.positions.size() <= 7);
            for (std::size_t k = 0; k < ticks.positions.size(); ++k) {
                QVERIFY(ticks.positions[k] >= range.low - 1e-6 * size);
                QVERIFY(ticks.positions[k] <= range.high + 1e-6 * size);
                QVERIFY(k == 0 || ticks.positions[k] > ticks.positions[k - 1]);
            }
            // Neighboring ticks never print the same.
            QSet<QString> texts;
            for (const double tick : ticks.positions)
                texts << formatTick(tick, ticks.step, TickText::Compact, QLocale::c());
            QCOMPARE(std::size_t(texts.size()), ticks.positions.size());
        }
    }

    void labelsKeepTheirDistance() {
        inlay::engine::RandomStream stream(2, "labels");
        for (int round = 0; round < 500; ++round) {
            std::vector<double> wanted;
            const auto n = 1 + stream.below(12);
            for (std::uint64_t i = 0; i < n; ++i)
                wanted.push_back(stream.uniform(-20, 220));
            std::vector<double> placed = spreadApart(wanted, 13, 0, 200);
            for (std::size_t i = 0; i < n; ++i) {
                QVERIFY(placed[i] >= -1e-9 && placed[i] <= 200 + 1e-9);
                for (std::size_t k = 0; k < n; ++k) {
                    if (i == k)
                        continue;
                    QVERIFY(std::abs(placed[i] - placed[k]) >= 13 - 1e-9);
                    if (wanted[i] < wanted[k])
                        QVERIFY(placed[i] < placed[k]);
                }
            }
        }
        // Those that fit as they are do not move, and a pair moves evenly.
        QCOMPARE(spreadApart({50, 10, 100}, 13, 0, 200), (std::vector<double>{50, 10, 100}));
        QCOMPARE(spreadApart({50, 50}, 13, 0, 200), (std::vector<double>{43.5, 56.5}));
        // More than fit share the room.
        const auto crowded = spreadApart(std::vector<double>(21, 5.0), 13, 0, 100);
        QCOMPARE(crowded.back() - crowded.front(), 100.0);
    }

    void onlyOverlappingLabelsCluster() {
        const auto placed = placeLabels({{0, 50, 30}, {100, 50, 30}, {20, 52, 30}}, 13, 0, 200);
        QCOMPARE(placed[1], 50.0);
        QVERIFY(std::abs(placed[0] - placed[2]) >= 13 - 1e-9);
    }

    void csvIsInTheCLocale() {
        PlotTable table;
        table.columns.push_back({"Step", {0.0, 1000000.0, 2.5}, {}, false});
        table.columns.push_back({"loss, \"raw\"", {0.1, std::nullopt, std::nan("")}, {}, false});
        table.columns.push_back({"Name", {}, {"a", "b,c", "d"}, true});
        const QString wanted =
            "Step,\"loss, \"\"raw\"\"\",Name\n0,0.1,a\n1e+06,,\"b,c\"\n2.5,NaN,d\n";
        const QLocale before;
        for (const QLocale::Language language : {QLocale::C, QLocale::German}) {
            QLocale::setDefault(QLocale(language));
            QCOMPARE(toCsv(table), wanted);
        }
        QLocale::setDefault(before);
    }

    // Every double comes back from the file and, in German, from what the screen shows.
    void germanRoundTrip() {
        const QLocale german(QLocale::German, QLocale::Germany);
        QCOMPARE(formatNumber(1234.5, 5, german), QString("1.234,5"));
        inlay::engine::RandomStream stream(3, "german");
        for (int i = 0; i < 1000; ++i) {
            const double value = stream.normal() * std::pow(10, stream.uniform(-12, 12));
            bool ok = false;
            QCOMPARE(german.toDouble(formatExact(value, german).replace(QChar(0x2212), '-'), &ok),
                     value);
            QVERIFY(ok);
            PlotTable table;
            table.columns.push_back({"x", {value}, {}, false});
            QCOMPARE(toCsv(table).split('\n').at(1).toDouble(), value);
            QVERIFY(toClipboardText(table, german).contains(',') || !toCsv(table).contains('.'));
        }
    }

    void tableModel() {
        PlotTable table;
        table.columns.push_back({"Step", {0.0, 1.0}, {}, false});
        table.columns.push_back({"loss", {0.5, std::nullopt}, {}, false});
        PlotTableModel model(table);
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(model.data(model.index(0, 1), Qt::EditRole).toDouble(), 0.5);
        QVERIFY(!model.data(model.index(1, 1), Qt::EditRole).isValid());
        QCOMPARE(model.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), QString("loss"));
    }
};

QTEST_MAIN(TestPlotText)
#include "test_plot_text.moc"

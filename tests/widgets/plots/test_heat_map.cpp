#include <QtTest>

#include <cmath>
#include <limits>

#include <QSignalSpy>
#include <QSlider>
#include <QToolButton>

#include "widgets/plots/heat_map.h"
#include "widgets/plots/heat_picture.h"
#include "widgets/plots/ticks.h"
#include "widgets/plots/transport.h"
#include "widgets/theme/theme.h"

using namespace inlay::widgets;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<double> edges(int pixels, double cells) {
    std::vector<double> at;
    for (int i = 0; i <= pixels; ++i)
        at.push_back(i * cells / pixels);
    return at;
}

QColor shade(double t) {
    return mapColor(ColorMap::Viridis, Appearance::Light, t);
}

bool near(const QColor& a, const QColor& b) {
    return std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) +
               std::abs(a.blue() - b.blue()) <
           12;
}

MatrixData matrix(int rows, int columns, std::vector<float> values) {
    MatrixData data;
    data.rows = rows;
    data.columns = columns;
    data.values = std::move(values);
    return data;
}

} // namespace

class TestHeatMap : public QObject {
    Q_OBJECT

private slots:
    void largeCellsAreNotInterpolated() {
        const MatrixData data = matrix(2, 2, {0, 1, 0.5F, kNaN});
        const ColorScale scale{ColorMap::Viridis, AxisScale::Linear, {0, 1}};
        const QImage image =
            heatPicture(data, scale, Appearance::Light, edges(20, 2), edges(30, 2));
        QCOMPARE(image.size(), QSize(30, 20));
        for (int y = 0; y < 20; ++y)
            for (int x = 0; x < 30; ++x) {
                const QColor wanted = y < 10   ? shade(x < 15 ? 0 : 1)
                                      : x < 15 ? shade(0.5)
                                               : tokens(Appearance::Light).noValue;
                QVERIFY2(near(image.pixelColor(x, y), wanted),
                         qPrintable(QStringLiteral("%1, %2").arg(x).arg(y)));
            }
    }

    void smallCellsAreAveraged() {
        // 400 x 400 cells, a quarter of them ones in a fixed pattern, on 100 x 100 pixels.
        std::vector<float> values(400 * 400);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = i % 2 == 0 && i / 400 % 2 == 0 ? 1.0F : 0.0F;
        const ColorScale scale{ColorMap::Viridis, AxisScale::Linear, {0, 1}};
        const QImage image = heatPicture(matrix(400, 400, values), scale, Appearance::Light,
                                         edges(100, 400), edges(100, 400));
        for (int i = 0; i < 100; i += 7)
            QVERIFY(near(image.pixelColor(i, 99 - i), shade(0.25)));
    }

    void cellsWithoutAValueDoNotPullTheMean() {
        const ColorScale scale{ColorMap::Viridis, AxisScale::Linear, {0, 1}};
        const QImage image = heatPicture(matrix(1, 4, {kNaN, 1, kNaN, kNaN}), scale,
                                         Appearance::Light, edges(1, 1), edges(2, 4));
        QVERIFY(near(image.pixelColor(0, 0), shade(1)));
        QVERIFY(near(image.pixelColor(1, 0), tokens(Appearance::Light).noValue));
    }

    void outsideTheMatrixNothingIsDrawn() {
        const ColorScale scale{ColorMap::Viridis, AxisScale::Linear, {0, 1}};
        const QImage image =
            heatPicture(matrix(1, 1, {1}), scale, Appearance::Light, {-1, 0, 1, 2}, {-1, 0, 1, 2});
        QCOMPARE(image.pixelColor(0, 1).alpha(), 0);
        QCOMPARE(image.pixelColor(2, 1).alpha(), 0);
        QVERIFY(near(image.pixelColor(1, 1), shade(1)));
    }

    void scalesFollowTheData() {
        HeatMap map;
        map.setData(matrix(1, 3, {-2, 1, kNaN}));
        QCOMPARE(map.valueRange(), (Range{-2, 1}));
        map.setValues("Weight", {}, AxisScale::Linear, ColorMap::Diverging);
        QCOMPARE(map.valueRange(), (Range{-2, 2}));
        map.setValues("Count", {}, AxisScale::Log);
        QVERIFY(map.valueRange().low > 0);
        map.setFixedRange(Range{0, 10});
        QCOMPARE(map.valueRange(), (Range{0, 10}));
    }

    void squareCellsStaySquareAtEverySize() {
        HeatMap map;
        map.setXAxis({"Node", {}, AxisScale::Linear});
        map.setYAxis({"Node", {}, AxisScale::Linear});
        MatrixData data = matrix(50, 50, std::vector<float>(2500, 0.5F));
        data.rowSize = data.columnSize = 22;
        map.setData(data);
        map.setSquare(true);
        map.setScaleShown(false); // the bar has the cells' color somewhere
        for (const QSize size : {QSize(700, 300), QSize(300, 600), QSize(500, 500)}) {
            map.resize(size);
            map.show();
            map.flush();
            QCOMPARE(map.xRange(), (Range{0, 1100}));
            QCOMPARE(map.yRange(), (Range{0, 1100}));
            // The picture's own extent, from its pixels.
            const QImage image = map.grab().toImage();
            const QColor inside = shade((0.5 - map.valueRange().low) / map.valueRange().size());
            int left = image.width(), right = -1, top = image.height(), bottom = -1;
            for (int y = 0; y < image.height(); ++y)
                for (int x = 0; x < image.width(); ++x)
                    if (image.pixelColor(x, y) == inside) {
                        left = std::min(left, x);
                        right = std::max(right, x);
                        top = std::min(top, y);
                        bottom = std::max(bottom, y);
                    }
            QVERIFY(right > left);
            QVERIFY2(std::abs((right - left) - (bottom - top)) <= 3,
                     qPrintable(QStringLiteral("%1 x %2").arg(right - left).arg(bottom - top)));
        }
    }

    // Cells are counted, and their title stands below them, not at the end of a tall plot.
    void axesCountCells() {
        HeatMap map;
        map.setXAxis({"Item", {}, AxisScale::Linear});
        map.setYAxis({"Item", {}, AxisScale::Linear});
        QVERIFY(map.xAxis().step == TickStep::Whole && map.yAxis().step == TickStep::Whole);
        map.setData(matrix(3, 3, std::vector<float>(9, 0.5F)));
        map.setSquare(true);
        map.setScaleShown(false);
        map.resize(200, 600);
        map.show();
        map.flush();
        const QImage image = map.grab().toImage();
        const QColor surface = tokensOf(&map).surface;
        int lowest = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                if (image.pixelColor(x, y) != surface)
                    lowest = y;
        QVERIFY2(lowest > 150 && lowest < 300, qPrintable(QString::number(lowest)));
    }

    void namesStandAtTheirCells() {
        QCOMPARE(nameTicks({0, 4}, 4, 200, 40).positions,
                 (std::vector<double>{0.5, 1.5, 2.5, 3.5}));
        QCOMPARE(nameTicks({0, 10}, 10, 100, 24).positions,
                 (std::vector<double>{0.5, 3.5, 6.5, 9.5}));
        QCOMPARE(nameTicks({2, 4}, 10, 100, 24).positions, (std::vector<double>{2.5, 3.5}));
        QVERIFY(nameTicks({1, 1}, 3, 100, 24).positions.empty());
        HeatMap map;
        map.resize(300, 300);
        map.setData(matrix(2, 2, {0, 1, 1, 0}));
        map.show();
        map.flush();
        const QImage numbers = map.grab().toImage();
        map.setNames({"cat", "dog"}, {"cat", "dog"}, HeatMap::NamesAt::Ticks);
        map.flush();
        QVERIFY(map.grab().toImage() != numbers);
        map.setNames({"cat", "dog"}, {"cat", "dog"});
        map.flush();
        QCOMPARE(map.grab().toImage(), numbers);
    }

    void blocksAreDrawn() {
        HeatMap map;
        map.resize(400, 400);
        map.setScaleShown(false);
        map.setData(matrix(10, 10, std::vector<float>(100, 0)));
        map.setBlocks({{2, 6, 2, 6, 1, "V1"}});
        map.show();
        map.flush();
        const QColor line = tokensOf(&map).series[1];
        int count = 0;
        const QImage image = map.grab().toImage();
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                count += near(image.pixelColor(x, y), line);
        QVERIFY(count > 200);
    }

    void theTableHoldsTheMatrix() {
        HeatMap map;
        map.setYAxis({"Row", {}, AxisScale::Linear});
        map.setData(matrix(2, 3, {1, 2, 3, 4, 5, 6}));
        const PlotTable table = map.table();
        QCOMPARE(table.columns.size(), std::size_t{4});
        QCOMPARE(table.columns[3].numbers, (std::vector<std::optional<double>>{3, 6}));
    }

    void theTransportFollowsAGrowingFilm() {
        Transport transport;
        QSignalSpy moved(&transport, &Transport::indexChanged);
        transport.setCount(3);
        QCOMPARE(transport.index(), 2);
        transport.setCount(5);
        QCOMPARE(transport.index(), 4);
        QCOMPARE(moved.count(), 2);
        QTest::keyClick(&transport, Qt::Key_Left);
        QCOMPARE(transport.index(), 3);
        transport.setCount(9);
        QCOMPARE(transport.index(), 3);
        QTest::keyClick(&transport, Qt::Key_End);
        transport.setCount(12);
        QCOMPARE(transport.index(), 11);
        transport.setCount(4);
        QCOMPARE(transport.index(), 3);
        transport.setCount(0);
        QCOMPARE(transport.index(), -1);
    }

    void theTransportPlaysOnceToTheEnd() {
        Transport transport;
        transport.setCount(4);
        QTest::keyClick(&transport, Qt::Key_Space);
        QVERIFY(transport.isPlaying());
        QCOMPARE(transport.index(), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!transport.isPlaying(), 6000);
        QCOMPARE(transport.index(), 3);
    }

    void everyControlHasAName() {
        Transport transport;
        for (const QWidget* child : transport.findChildren<QWidget*>())
            if (qobject_cast<const QToolButton*>(child) != nullptr ||
                qobject_cast<const QSlider*>(child) != nullptr)
                QVERIFY(!child->accessibleName().isEmpty());
    }
};

QTEST_MAIN(TestHeatMap)
#include "test_heat_map.moc"

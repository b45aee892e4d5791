#include <QtTest>

#include <algorithm>
#include <vector>

#include "kernels/cuda/element_map.h"

using inlay::kernels::cuda::ElementMap;
using inlay::kernels::cuda::elementMap;

namespace {

/// How often each element is visited, tile by tile and thread by thread, as a kernel does it.
std::vector<int> visits(const ElementMap& map) {
    std::vector<int> count(static_cast<std::size_t>(map.rows * map.cols));
    for (std::int64_t tile = 0; tile < map.tiles(); ++tile)
        for (std::uint32_t thread = 0; thread < ElementMap::kThreads; ++thread) {
            const auto [row, col] = map.at(static_cast<std::uint32_t>(tile), thread);
            if (row >= map.rows)
                continue;
            for (std::int64_t j = col; j < std::min<std::int64_t>(col + map.unit, map.cols); ++j)
                ++count[static_cast<std::size_t>(row * map.cols + j)];
        }
    return count;
}

} // namespace

class TestElementMap : public QObject {
    Q_OBJECT

private slots:
    void everyElementOnce_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("cols");
        for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{{1, 1},
                                                                         {1, 7},
                                                                         {3, 1},
                                                                         {7, 13},
                                                                         {33, 17},
                                                                         {65, 64},
                                                                         {1, 5000},
                                                                         {1031, 5},
                                                                         {5, 1031},
                                                                         {300, 257},
                                                                         {2, 2049},
                                                                         {129, 96}})
            QTest::addRow("%dx%d", rows, cols) << rows << cols;
    }
    void everyElementOnce() {
        QFETCH(int, rows);
        QFETCH(int, cols);
        for (const int unit : {1, 4, 8, 16}) {
            const std::vector<int> count = visits(elementMap(rows, cols, unit));
            QCOMPARE(count, std::vector<int>(count.size(), 1));
        }
    }

    void neighborsTakeNeighboringUnits() {
        const ElementMap map = elementMap(64, 1024, 4);
        QCOMPARE(map.widthBits, 8);
        for (std::uint32_t thread = 0; thread < 32; ++thread) {
            const auto [row, col] = map.at(65, thread);
            QCOMPARE(row, std::int64_t{65});
            QCOMPARE(col, std::int64_t{4 * thread});
        }
    }

    // A warp reads one row, or all of a narrow one; at most a quarter of the threads has nothing.
    void tilesFitTheRows() {
        for (std::int64_t units = 1; units <= 3000; ++units) {
            const ElementMap map = elementMap(1000, units, 1);
            const std::int64_t width = std::int64_t{1} << map.widthBits;
            QVERIFY(width <= ElementMap::kThreads);
            QVERIFY(map.colTiles * width >= units);
            QVERIFY((map.colTiles - 1) * width < units);
            if (units > 128)
                QVERIFY(map.colTiles * width * 4 <= units * 5);
            if (units < 32)
                QVERIFY(width < 2 * units && map.colTiles == 1);
            else
                QVERIFY(width >= 32);
        }
    }
};

QTEST_GUILESS_MAIN(TestElementMap)
#include "test_element_map.moc"

#include <QtTest>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/cpu/huge_pages.h"

using inlay::kernels::cpu::HugePages;

namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

bool isAligned(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory) % 64 == 0;
}

} // namespace

class TestHugePages : public QObject {
    Q_OBJECT

private slots:
    void blocksDoNotOverlap();
    void largeBlocksHaveTheirOwnRegion();
    void releasedRegionsAreUsedAgain();
    void foreignMemoryIsLeftAlone();
    void whatCannotBeHadIsNull();
};

/// Blocks of all sizes, released in another order, keep what was written to them.
void TestHugePages::blocksDoNotOverlap() {
    HugePages pages;
    std::mt19937 generator(3);
    std::uniform_int_distribution<std::size_t> sizes(1, 3 * kMegabyte);
    struct Block {
        unsigned char* memory;
        std::size_t size;
        unsigned char mark;
    };
    std::vector<Block> blocks;
    const auto verifyAndRelease = [&](std::size_t at) {
        const Block block = blocks[at];
        blocks[at] = blocks.back();
        blocks.pop_back();
        QCOMPARE(block.memory[0], block.mark);
        QCOMPARE(block.memory[block.size / 2], block.mark);
        QCOMPARE(block.memory[block.size - 1], block.mark);
        QVERIFY(pages.release(block.memory));
    };
    for (int i = 0; i < 120; ++i) {
        const std::size_t size = sizes(generator);
        auto* memory = static_cast<unsigned char*>(pages.allocate(size));
        QVERIFY(memory != nullptr && isAligned(memory));
        const auto mark = static_cast<unsigned char>(i);
        std::memset(memory, mark, size);
        blocks.push_back({memory, size, mark});
        if (blocks.size() > 20)
            verifyAndRelease(generator() % blocks.size());
    }
    while (!blocks.empty())
        verifyAndRelease(generator() % blocks.size());
}

void TestHugePages::largeBlocksHaveTheirOwnRegion() {
    HugePages pages;
    auto* small = static_cast<char*>(pages.allocate(kMegabyte));
    auto* large = static_cast<char*>(pages.allocate(100 * kMegabyte + 1));
    QVERIFY(small != nullptr && large != nullptr && isAligned(large));
    large[0] = 1;
    large[100 * kMegabyte] = 2;
    // The region of small blocks goes on being filled.
    QCOMPARE(static_cast<char*>(pages.allocate(kMegabyte)), small + kMegabyte);
    QVERIFY(pages.release(large));
    QVERIFY(pages.release(small));
}

void TestHugePages::releasedRegionsAreUsedAgain() {
    HugePages pages;
    void* first = pages.allocate(kMegabyte);
    QVERIFY(pages.release(first));
    QCOMPARE(pages.allocate(2 * kMegabyte), first);
}

void TestHugePages::foreignMemoryIsLeftAlone() {
    HugePages pages;
    int own = 0;
    QVERIFY(!pages.release(&own));
    void* block = pages.allocate(kMegabyte);
    QVERIFY(!pages.release(&own));
    QVERIFY(!pages.release(nullptr));
    QVERIFY(pages.release(block));
}

void TestHugePages::whatCannotBeHadIsNull() {
    HugePages pages;
    QVERIFY(pages.allocate(SIZE_MAX) == nullptr);
    QVERIFY(pages.allocate(SIZE_MAX / 4) == nullptr);
    QVERIFY(pages.allocate(kMegabyte) != nullptr);
}

QTEST_APPLESS_MAIN(TestHugePages)
#include "test_huge_pages.moc"

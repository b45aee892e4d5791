// Writes the contact sheet of the documentation: digits_sheet FILE.png [SEED]

#include <QImage>

#include <cstdio>
#include <cstdlib>

#include "engine/datasets/digits/digits.h"

using namespace inlay::engine;

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: digits_sheet FILE.png [SEED]\n", stderr);
        return 2;
    }
    constexpr int kColumns = 10;
    constexpr int kScale = 2;
    constexpr int kCell = kDigitSide + 2;
    DigitsConfig config;
    config.seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    const Dataset data = makeDigits(config, "training", 0, 10 * kColumns);
    QImage sheet(kColumns * kCell, 10 * kCell, QImage::Format_Grayscale8);
    sheet.fill(70);
    for (int i = 0; i < 10 * kColumns; ++i) {
        const int left = (i / 10) * kCell + 1;
        const int top = data.labels[static_cast<std::size_t>(i)] * kCell + 1;
        for (int y = 0; y < kDigitSide; ++y)
            for (int x = 0; x < kDigitSide; ++x) {
                const auto k = static_cast<std::size_t>(i * kDigitPixels + y * kDigitSide + x);
                sheet.scanLine(top + y)[left + x] = data.bytes[k];
            }
    }
    const QImage scaled = sheet.scaled(sheet.size() * kScale);
    return scaled.save(argv[1], "PNG", 0) ? 0 : 1;
}

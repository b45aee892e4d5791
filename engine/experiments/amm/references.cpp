#include "engine/experiments/amm/references.h"

#include <algorithm>
#include <array>
#include <bit>

#include "kernels/two_four_tables.h"

namespace inlay::engine::amm {

double keepError(std::int64_t tile, std::int64_t rank) {
    return 1 - static_cast<double>(rank) / static_cast<double>(tile * tile * tile);
}

double twoFourError(bool transposable, std::int64_t blocks, RandomStream stream) {
    static constexpr std::array<std::uint16_t, 90> kMasks = kernels::makeTransposableMasks();
    double all = 0;
    double kept = 0;
    for (std::int64_t block = 0; block < blocks; ++block) {
        std::array<double, 16> squares{};
        for (double& square : squares) {
            const double value = stream.normal();
            square = value * value;
            all += square;
        }
        if (transposable) {
            double best = 0;
            for (const std::uint16_t mask : kMasks) {
                double sum = 0;
                for (unsigned bits = mask; bits != 0; bits &= bits - 1)
                    sum += squares[static_cast<std::size_t>(std::countr_zero(bits))];
                best = std::max(best, sum);
            }
            kept += best;
        } else {
            for (auto row = squares.begin(); row != squares.end(); row += 4) {
                std::sort(row, row + 4);
                kept += row[2] + row[3];
            }
        }
    }
    return 1 - kept / all;
}

} // namespace inlay::engine::amm

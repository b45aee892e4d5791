#include "engine/experiments/amm/references.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "kernels/two_four_tables.h"

namespace inlay::engine::amm {

double keepError(std::int64_t tile, std::int64_t rank) {
    return 1 - static_cast<double>(rank) / static_cast<double>(tile * tile * tile);
}

double lowRankError(std::int64_t tile, std::int64_t rank) {
    // Singular values over sqrt(n) have the density sqrt(4 - s^2) / pi on [0, 2]. With s = 2 cos
    // phi, the largest down to phi are the share (2/pi)(phi - sin 2phi / 2) of all and hold
    // (2/pi)(phi - sin 4phi / 4) of the energy.
    const double share =
        static_cast<double>(rank) / (2.0 * static_cast<double>(tile * tile * tile));
    double low = 0;
    double high = std::numbers::pi / 2;
    for (int i = 0; i < 100; ++i) {
        const double middle = (low + high) / 2;
        const double found = 2 / std::numbers::pi * (middle - std::sin(2 * middle) / 2);
        (found < share ? low : high) = middle;
    }
    return 1 - 2 / std::numbers::pi * (low - std::sin(4 * low) / 4);
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

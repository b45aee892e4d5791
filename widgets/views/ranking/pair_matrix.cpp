#include "widgets/views/ranking/pair_matrix.h"

#include <algorithm>
#include <limits>

namespace inlay::widgets {
namespace {

constexpr std::size_t kMostShownCells = 1000;

} // namespace

MatrixData pairMatrix(const ActiveFilm& film, std::size_t index) {
    const ActiveMoment& moment = film.moments[index];
    const std::size_t n = moment.order.size();
    MatrixData data;
    if (n == 0)
        return data;
    const std::size_t block = (n + kMostShownCells - 1) / kMostShownCells;
    const std::size_t side = (n + block - 1) / block;
    std::vector<std::size_t> place(n);
    for (std::size_t i = 0; i < n; ++i)
        place[static_cast<std::size_t>(moment.order[i])] = i / block;
    std::vector<float> won(side * side, 0);
    std::vector<float> asked(side * side, 0);
    for (const auto& [preferred, other] : film.labelsAt(index)) {
        const std::size_t u = place[static_cast<std::size_t>(preferred)];
        const std::size_t v = place[static_cast<std::size_t>(other)];
        won[u * side + v] += 1;
        asked[u * side + v] += 1;
        asked[v * side + u] += 1;
    }
    data.rows = data.columns = static_cast<int>(side);
    data.values.resize(side * side);
    for (std::size_t i = 0; i < data.values.size(); ++i)
        data.values[i] = asked[i] > 0 ? won[i] / asked[i] : std::numeric_limits<float>::quiet_NaN();
    data.rowSize = data.columnSize = static_cast<double>(block);
    return data;
}

} // namespace inlay::widgets

#include "widgets/views/ranking/online_moment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QCoreApplication>

namespace inlay::widgets {
namespace {

constexpr int kTop = 10;
constexpr int kBumpColumns = 9;
// Larger matrices are shown as means of blocks.
constexpr std::int64_t kMostCells = 1000;
constexpr std::int64_t kMostDrawnPairs = 200;
constexpr std::int64_t kManyItems = 200;

QString momentText(const char* text) {
    return QCoreApplication::translate("OnlineView", text);
}

std::vector<std::int64_t> orderOf(const float* positions, std::int64_t n) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [positions](std::int64_t a, std::int64_t b) {
        return positions[a] < positions[b];
    });
    return order;
}

BumpData bumpOf(const OnlineRequest& request, const std::vector<std::int64_t>& now) {
    const OnlineFilm& film = *request.film;
    BumpData bump;
    bump.shownRanks = static_cast<int>(std::min<std::int64_t>(kTop, film.items));
    // Frames are evenly spaced in the logarithm of the round already.
    std::vector<std::size_t> frames;
    const std::size_t last = film.rounds.size() - 1;
    for (int i = 0; i < kBumpColumns; ++i)
        frames.push_back(last * static_cast<std::size_t>(i) / (kBumpColumns - 1));
    frames.push_back(request.frame);
    std::sort(frames.begin(), frames.end());
    frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
    for (int rank = 0; rank < bump.shownRanks; ++rank) {
        const std::int64_t item = now[static_cast<std::size_t>(rank)];
        bump.items.push_back({item, film.itemName(item), {}});
    }
    for (std::size_t column = 0; column < frames.size(); ++column) {
        bump.rounds.push_back(film.rounds[frames[column]]);
        if (frames[column] == request.frame)
            bump.current = static_cast<int>(column);
        const std::vector<std::int64_t> order =
            orderOf(film.positions(frames[column], request.algorithm), film.items);
        std::vector<int> rankOf(order.size());
        for (std::size_t rank = 0; rank < order.size(); ++rank)
            rankOf[static_cast<std::size_t>(order[rank])] = static_cast<int>(rank);
        for (BumpData::Item& item : bump.items)
            item.ranks.push_back(rankOf[static_cast<std::size_t>(item.item)]);
    }
    return bump;
}

engine::RankingLaw lawOf(const OnlineRequest& request) {
    const OnlineFilm& film = *request.film;
    engine::RankingLaw law;
    law.kind = film.algorithms[request.algorithm].law;
    law.rate = request.rate.value_or(1);
    const bool rounded = law.kind == engine::LawKind::Rounded;
    const float* values = rounded ? film.positions(request.frame, request.algorithm)
                                  : film.scores(request.frame, request.algorithm);
    law.values.assign(values, values + film.items);
    return law;
}

bool needsRate(engine::LawKind kind) {
    return kind == engine::LawKind::Logistic || kind == engine::LawKind::UniformNoise;
}

void fillPairs(const OnlineRequest& request, const engine::RankingLaw& law, OnlineMoment& moment) {
    const std::int64_t n = request.film->items;
    const std::int64_t block = (n + kMostCells - 1) / kMostCells;
    const auto cells = static_cast<int>((n + block - 1) / block);
    moment.pairs.rows = cells;
    moment.pairs.columns = cells;
    moment.pairs.rowSize = moment.pairs.columnSize = static_cast<double>(block);
    moment.pairs.values.assign(static_cast<std::size_t>(cells) * static_cast<std::size_t>(cells),
                               0.0F);
    std::vector<double> sorted;
    for (const std::int64_t item : moment.order)
        sorted.push_back(law.values[static_cast<std::size_t>(item)]);
    for (int row = 0; row < cells; ++row)
        for (int column = 0; column < cells; ++column) {
            double sum = 0;
            int count = 0;
            for (std::int64_t u = row * block; u < std::min((row + 1) * block, n); ++u)
                for (std::int64_t v = column * block; v < std::min((column + 1) * block, n); ++v) {
                    if (u == v)
                        continue;
                    sum += engine::pairProbability(law.kind, law.rate,
                                                   sorted[static_cast<std::size_t>(u)] -
                                                       sorted[static_cast<std::size_t>(v)]);
                    ++count;
                }
            moment.pairs.values[static_cast<std::size_t>(row) * static_cast<std::size_t>(cells) +
                                static_cast<std::size_t>(column)] =
                count > 0 ? static_cast<float>(sum / count) : std::nanf("");
        }
}

// Draws rankings for the distributions of places and, where no formula gives them, the pairs.
void drawRankings(const engine::RankingLaw& law, bool pairs, OnlineMoment& moment) {
    const std::size_t n = law.values.size();
    const int draws = static_cast<std::int64_t>(n) <= kManyItems ? 2000 : 400;
    std::vector<std::size_t> placeInOrder(n);
    for (std::size_t i = 0; i < n; ++i)
        placeInOrder[static_cast<std::size_t>(moment.order[i])] = i;
    engine::LawSampler sampler;
    engine::RandomStream stream(1, "view.ranking");
    std::vector<std::int32_t> order(n);
    std::vector<std::int32_t> rowOf(n, -1);
    for (std::size_t row = 0; row < moment.ridges.size(); ++row) {
        moment.ridges[row].shares.assign(n, 0.0);
        rowOf[static_cast<std::size_t>(moment.ridges[row].item)] = static_cast<std::int32_t>(row);
    }
    if (pairs) {
        moment.pairs.rows = moment.pairs.columns = static_cast<int>(n);
        moment.pairs.values.assign(n * n, 0.0F);
    }
    const float share = 1.0F / static_cast<float>(draws);
    for (int draw = 0; draw < draws; ++draw) {
        sampler.draw(law, stream, order);
        for (std::size_t place = 0; place < n; ++place) {
            const std::int32_t ridge = rowOf[static_cast<std::size_t>(order[place])];
            if (ridge >= 0)
                moment.ridges[static_cast<std::size_t>(ridge)].shares[place] += 1.0 / draws;
            if (!pairs)
                continue;
            const std::size_t row = placeInOrder[static_cast<std::size_t>(order[place])] * n;
            for (std::size_t later = place + 1; later < n; ++later)
                moment.pairs.values[row + placeInOrder[static_cast<std::size_t>(order[later])]] +=
                    share;
        }
    }
    if (pairs)
        for (std::size_t i = 0; i < n; ++i)
            moment.pairs.values[i * n + i] = std::nanf("");
    moment.shares =
        moment.ridges[static_cast<std::size_t>(rowOf[static_cast<std::size_t>(moment.item)])]
            .shares;
}

std::vector<Ridge> ridgesOf(const OnlineFilm& film, const float* positions,
                            const OnlineMoment& moment) {
    std::vector<Ridge> ridges;
    const auto add = [&](std::int64_t item) {
        ridges.push_back({item, film.itemName(item), static_cast<double>(positions[item]) + 1, {}});
    };
    const std::size_t leading = std::min<std::size_t>(kTop, moment.order.size());
    for (std::size_t place = 0; place < leading; ++place)
        add(moment.order[place]);
    if (std::none_of(ridges.begin(), ridges.end(),
                     [&](const Ridge& ridge) { return ridge.item == moment.item; }))
        add(moment.item);
    return ridges;
}

} // namespace

OnlineMoment onlineMoment(const OnlineRequest& request) {
    OnlineMoment moment;
    const OnlineFilm& film = *request.film;
    const float* positions = film.positions(request.frame, request.algorithm);
    moment.order = orderOf(positions, film.items);
    moment.item = request.item >= 0 && request.item < film.items ? request.item : moment.order[0];
    moment.position = positions[moment.item];
    moment.score = film.scores(request.frame, request.algorithm)[moment.item];
    moment.bump = bumpOf(request, moment.order);
    for (const std::int64_t item : moment.order)
        moment.names << film.itemName(item);
    const engine::RankingLaw law = lawOf(request);
    if (law.kind == engine::LawKind::Logistic && request.rate)
        moment.weight = *request.rate * moment.score;
    if (law.kind == engine::LawKind::Unknown) {
        moment.pairsTrouble =
            momentText("%1 keeps no law of pairs: only its expected positions are stored.")
                .arg(film.algorithms[request.algorithm].title);
        moment.sharesTrouble = moment.pairsTrouble;
        return moment;
    }
    if (needsRate(law.kind) && !request.rate)
        return moment; // its series is still to come
    const bool drawn = law.kind == engine::LawKind::Rounded;
    if (drawn && film.items > kMostDrawnPairs)
        moment.pairsTrouble =
            momentText(
                "Pairs of this algorithm are estimated from drawn rankings, up to %L1 items.")
                .arg(kMostDrawnPairs);
    else if (!drawn)
        fillPairs(request, law, moment);
    moment.isEstimated = drawn;
    moment.ridges = ridgesOf(film, positions, moment);
    drawRankings(law, drawn && moment.pairsTrouble.isEmpty(), moment);
    return moment;
}

} // namespace inlay::widgets

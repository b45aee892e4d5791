#include "widgets/views/ranking/active_moment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QCoreApplication>

#include "engine/analysis/ranking/score_table.h"
#include "engine/experiments/active_ranking/confidence.h"
#include "widgets/views/ranking/pair_matrix.h"

namespace inlay::widgets {
namespace {

using engine::active_ranking::Item;
using engine::active_ranking::LabelBook;

constexpr int kTop = 10;
constexpr std::size_t kBumpColumns = 9;
// Work that grows with the square or cube of the items stops there.
constexpr std::size_t kMostConfident = 1000;
constexpr std::size_t kMostCycled = 300;
constexpr std::size_t kMostMarked = 60;
constexpr std::size_t kListed = 100;

QString activeText(const char* text) {
    return QCoreApplication::translate("ActiveView", text);
}

BumpData bumpOf(const ActiveRun& run, const ActiveFilm& film, std::size_t moment) {
    BumpData bump;
    std::vector<std::size_t> columns;
    const std::size_t last = film.moments.size() - 1;
    for (std::size_t i = 0; i < kBumpColumns; ++i)
        columns.push_back(last * i / (kBumpColumns - 1));
    columns.push_back(moment);
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    const std::vector<std::int32_t>& now = film.moments[moment].order;
    bump.shownRanks = static_cast<int>(std::min<std::size_t>(kTop, now.size()));
    for (int rank = 0; rank < bump.shownRanks; ++rank) {
        const std::int32_t item = now[static_cast<std::size_t>(rank)];
        bump.items.push_back({item, run.itemName(item), {}});
    }
    for (std::size_t column = 0; column < columns.size(); ++column) {
        const ActiveMoment& at = film.moments[columns[column]];
        bump.rounds.push_back(at.labels);
        if (columns[column] == moment)
            bump.current = static_cast<int>(column);
        std::vector<int> rankOf(at.order.size());
        for (std::size_t rank = 0; rank < at.order.size(); ++rank)
            rankOf[static_cast<std::size_t>(at.order[rank])] = static_cast<int>(rank);
        for (BumpData::Item& item : bump.items)
            item.ranks.push_back(rankOf[static_cast<std::size_t>(item.item)]);
    }
    return bump;
}

// Of a person's newest moment the run has both, with the repeats counted.
void addConfidence(const ActiveRequest& request, const ActiveFilm& film, const LabelBook& book,
                   ActiveDetail& detail) {
    const ActiveRun& run = *request.run;
    const ActiveMoment& moment = film.moments[request.moment];
    const std::size_t n = moment.order.size();
    const bool isStored =
        film.isPerson && request.moment + 1 == film.moments.size() && run.ranking.size() == n &&
        std::equal(moment.order.begin(), moment.order.end(), run.ranking.begin(),
                   [](std::int32_t item, const RankedItem& ranked) { return ranked.item == item; });
    if (isStored) {
        for (std::size_t place = 0; place < n; ++place)
            detail.ranking[place].place = run.ranking[place];
        detail.doubt = run.doubt;
        detail.hasConfidence = true;
        return;
    }
    if (n > kMostConfident || book.labels() == 0)
        return;
    namespace active = engine::active_ranking;
    const double noise = active::estimatedNoise(moment.order, book, 0, 0);
    const auto confidences = active::placeConfidences(moment.order, book, noise);
    for (std::size_t place = 0; place < n; ++place) {
        RankedItem& ranked = detail.ranking[place].place;
        ranked.confidence = confidences[place].here;
        ranked.low = confidences[place].low + 1;
        ranked.high = confidences[place].high + 1;
    }
    for (const auto& pair : active::doubtfulPairs(moment.order, book, noise, kListed))
        detail.doubt.push_back(
            {run.itemName(pair.above), run.itemName(pair.below), pair.probability});
    detail.hasConfidence = true;
}

void addScores(const ActiveRequest& request, const ActiveFilm& film, ActiveDetail& detail) {
    const std::size_t n = detail.ranking.size();
    for (PlacedItem& item : detail.ranking)
        item.score = item.low = item.high = std::numeric_limits<double>::quiet_NaN();
    if (n > engine::kMostScoredItems)
        return;
    engine::ComparisonTable table;
    for (std::size_t i = 0; i < n; ++i)
        table.items.push_back(std::to_string(i));
    for (const auto& [preferred, other] : film.labelsAt(request.moment))
        table.rows.push_back({preferred, other, engine::Outcome::Left, 1, {}, {}});
    if (table.rows.empty())
        return;
    const auto scores = engine::scoreComparisons(table);
    if (!scores)
        return;
    for (PlacedItem& item : detail.ranking) {
        const auto i = static_cast<std::size_t>(item.place.item);
        item.score = scores->bradleyTerry.scores[i];
        item.low = scores->bradleyTerry.low[i];
        item.high = scores->bradleyTerry.high[i];
        item.elo = scores->elo[i];
        item.borda = scores->borda[i];
        item.copeland = scores->copeland[i];
    }
    std::vector<double> places(n);
    for (std::size_t place = 0; place < n; ++place)
        places[static_cast<std::size_t>(detail.ranking[place].place.item)] =
            -static_cast<double>(place);
    const std::vector<double>* models[] = {&scores->bradleyTerry.scores, &scores->elo,
                                           &scores->borda, &scores->copeland};
    for (std::size_t model = 0; model < std::size(models); ++model)
        detail.agreements[model] = engine::rankAgreement(places, *models[model]);
    detail.hasScores = true;
}

// a over b over c over a, each circle once: a is the smallest of the three.
void addCycles(const LabelBook& book, ActiveDetail& detail) {
    const auto n = static_cast<std::size_t>(book.items());
    if (n > kMostCycled)
        return;
    detail.hasCycles = true;
    std::vector<char> isPreferred(n * n, 0);
    for (std::size_t u = 0; u < n; ++u)
        for (const LabelBook::Partner& partner : book.partners(static_cast<Item>(u)))
            isPreferred[u * n + static_cast<std::size_t>(partner.other)] = partner.net > 0 ? 1 : 0;
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = a + 1; b < n; ++b) {
            if (!isPreferred[a * n + b])
                continue;
            for (std::size_t c = a + 1; c < n; ++c) {
                if (!isPreferred[b * n + c] || !isPreferred[c * n + a])
                    continue;
                ++detail.cycleCount;
                if (detail.cycles.size() < kListed)
                    detail.cycles.push_back({static_cast<std::int32_t>(a),
                                             static_cast<std::int32_t>(b),
                                             static_cast<std::int32_t>(c)});
            }
        }
}

int partsOf(const LabelBook& book) {
    std::vector<char> seen(static_cast<std::size_t>(book.items()), 0);
    int parts = 0;
    for (Item start = 0; start < book.items(); ++start) {
        if (seen[static_cast<std::size_t>(start)])
            continue;
        ++parts;
        std::vector<Item> open = {start};
        seen[static_cast<std::size_t>(start)] = 1;
        while (!open.empty()) {
            const Item item = open.back();
            open.pop_back();
            for (const LabelBook::Partner& partner : book.partners(item))
                if (!seen[static_cast<std::size_t>(partner.other)]++)
                    open.push_back(partner.other);
        }
    }
    return parts;
}

void markContradicted(const ActiveRun& run, const ActiveMoment& moment,
                      std::span<const std::pair<std::int32_t, std::int32_t>> labels,
                      ActiveDetail& detail) {
    const std::size_t n = moment.order.size();
    if (n > kMostMarked)
        return;
    std::vector<int> placeOf(n);
    for (std::size_t place = 0; place < n; ++place)
        placeOf[static_cast<std::size_t>(moment.order[place])] = static_cast<int>(place);
    for (const auto& [preferred, other] : labels) {
        const int row = placeOf[static_cast<std::size_t>(preferred)];
        const int column = placeOf[static_cast<std::size_t>(other)];
        if (row < column)
            continue;
        MatrixBlock block;
        block.rowBegin = row;
        block.rowEnd = row + 1;
        block.columnBegin = column;
        block.columnEnd = column + 1;
        block.color = 0;
        block.name = activeText("contradicts the ranking: %1 was preferred to %2")
                         .arg(run.itemName(preferred), run.itemName(other));
        detail.contradicted.push_back(std::move(block));
    }
}

} // namespace

ActiveDetail activeDetail(const ActiveRequest& request) {
    ActiveDetail detail;
    const auto found = request.run->films.find(request.strategy);
    if (found == request.run->films.end() || request.moment >= found->second.moments.size())
        return detail;
    const ActiveFilm& film = found->second;
    const ActiveMoment& moment = film.moments[request.moment];
    const auto labels = film.labelsAt(request.moment);
    LabelBook book(static_cast<Item>(moment.order.size()));
    for (const auto& [preferred, other] : labels)
        book.add(preferred, other, 1);
    detail.bump = bumpOf(*request.run, film, request.moment);
    detail.pairs = pairMatrix(film, request.moment);
    markContradicted(*request.run, moment, labels, detail);
    for (const std::int32_t item : moment.order) {
        PlacedItem placed;
        placed.place.item = item;
        placed.place.name = request.run->itemName(item);
        detail.ranking.push_back(std::move(placed));
    }
    addConfidence(request, film, book, detail);
    addScores(request, film, detail);
    addCycles(book, detail);
    detail.parts = partsOf(book);
    return detail;
}

} // namespace inlay::widgets

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/heat_map.h"
#include "widgets/views/ranking/online_film.h"
#include "widgets/views/ranking/ridge_plot.h"

namespace inlay::widgets {

/// Places of the leading items at some rounds.
struct BumpData {
    struct Item {
        std::int64_t item = 0;
        QString name;
        std::vector<int> ranks; // from 0, one a column
    };
    std::vector<std::int64_t> rounds;
    std::vector<Item> items; // by their rank now
    int shownRanks = 0;
    int current = 0; // column of the moment
};

/// What the view shows of one algorithm at one round.
struct OnlineMoment {
    BumpData bump;
    /// P(row's item before column's item), both in the order of the expected positions now.
    MatrixData pairs;
    bool isEstimated = false; // from drawn rankings
    QString pairsTrouble;     // why there is no matrix
    QStringList names;        // of rows and columns
    /// Of the item looked at.
    std::int64_t item = 0;
    double position = 0;
    double score = 0;
    std::optional<double> weight; // rate * score
    std::vector<double> shares;   // P(item at this position)
    /// The same of the leading items, and of the item looked at where it is none of them.
    std::vector<Ridge> ridges;
    QString sharesTrouble;
    std::vector<std::int64_t> order; // all items by expected position
};

struct OnlineRequest {
    std::shared_ptr<const OnlineFilm> film;
    std::size_t frame = 0;
    std::size_t algorithm = 0;
    std::int64_t item = -1; // -1 = the first of the ranking
    std::optional<double> rate;
};

/// Computes it; takes up to a tenth of a second, so not on the GUI thread.
OnlineMoment onlineMoment(const OnlineRequest& request);

} // namespace inlay::widgets

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <QString>

#include "engine/store/run_record.h"
#include "widgets/plots/plot_data.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// All fits of one start at one rank: median, best and worst squared error over the replicates.
struct AmmCurve {
    QString start; // id: "theory"
    std::int64_t rank = 0;
    Points median;
    BandPoints band;
    /// The best fit's factors E_X, E_W, D, each rank x tile^2, one after the other; empty while it
    /// goes on.
    std::vector<float> triple;
    int elements = 0; // tile^2
};

/// The best triple of a rank, kept as a file.
struct SavedTriple {
    std::int64_t rank = 0;
    QString start; // id of the start it was fitted from
    double error = 0;
    QString artifact; // name of the file
};

struct AmmFits {
    std::vector<AmmCurve> curves;
    std::vector<SavedTriple> saved;
    std::map<std::int64_t, double> lowRank; // by r: low rank of as many multiply-adds
    std::optional<double> twoFour;
    std::optional<double> twoFourTransposable;
    int tile = 0;

    std::vector<std::int64_t> ranks() const;
    const AmmCurve* find(const QString& start, std::int64_t rank) const;
    /// Null until all starts of the rank are fitted.
    const SavedTriple* savedOf(std::int64_t rank) const;
};

/// What a run of kind amm has recorded so far.
AmmFits readAmmFits(engine::RunStore& store, engine::RunId run);

/// "Strassen", "random"
QString startTitle(const QString& start);
/// Its place in seriesStyle().
int startStyle(const QString& start);

} // namespace inlay::widgets

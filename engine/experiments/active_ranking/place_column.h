#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/store/run_store.h"

namespace inlay::engine::active_ranking {

/// Final metrics with this prefix are places that a person gave recorded runs, 1 the best.
inline constexpr std::string_view kPlacePrefix = "by_eye/";

/// What a ranking of recorded runs left in the runs' rows.
struct PlaceColumn {
    std::string metric; // "by_eye/12"
    struct Place {
        RunId run = 0;
        std::int64_t place = 1;
    };
    std::vector<Place> places; // best first
    /// Why a run has none: it is deleted, or still computes and will write its own metrics.
    std::vector<std::string> leftOut;
};

/// Writes the newest ranking of a session into the final metrics of the runs it compared, as metric
/// kPlacePrefix + `name` (the session's id when empty); an earlier one of that name is replaced.
/// Throws Error when `session` is no ranking of recorded runs by eye, has no ranking yet, or the
/// name has other characters than letters, digits, '.', '_' and '-'.
PlaceColumn writePlaceColumn(RunStore& store, RunId session, const std::string& name = {});

/// Takes it back.
void removePlaceColumn(RunStore& store, RunId session, const std::string& name = {});

} // namespace inlay::engine::active_ranking

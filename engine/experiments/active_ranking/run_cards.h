#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/runner/experiment_kind.h"
#include "engine/store/run_store.h"

namespace inlay::engine::active_ranking {

/// Recorded runs as things to compare by eye. A file of cards holds what is shown of each, so that
/// a session never changes when its runs do:
/// {"inlay_cards": 1, "items": [{"name", "run", "lines": [{"title", "text"}],
///                               "curve": {"title", "x": […], "y": […]}}]}
/// `curve` is absent where a run has none.

/// Metrics on a card.
inline constexpr std::size_t kMostCardLines = 4;
/// Points of a curve on a card.
inline constexpr std::size_t kMostCardPoints = 96;

/// Says of which kind a run is, null of unknown ones: findKind() of the catalog.
using FindKind = const ExperimentKind* (*)(std::string_view id);

/// Cards of the runs: name, the metrics that say which of them is better and most of them have
/// (those of test and validation data first), and one curve, `curve` or, when it is empty, the
/// first declared series that most have. Throws Error for fewer than two runs, an unknown one, one
/// twice, or a curve that no run has.
Json makeRunCards(RunStore& store, const std::vector<RunId>& runs, FindKind kindOf,
                  const std::string& curve = {});

/// Writes them below the store's files, named by their content, and returns the absolute path.
std::filesystem::path writeRunCards(RunStore& store, const std::vector<RunId>& runs,
                                    FindKind kindOf, const std::string& curve = {});

/// The cards of a file, in its order. Throws Error naming the file and what is wrong with it.
std::vector<Json> readRunCards(const std::filesystem::path& path);

} // namespace inlay::engine::active_ranking

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/store/run_record.h"

namespace inlay::engine::active_ranking {

/// Most items that a person is asked to rank.
inline constexpr std::int64_t kMostPersonItems = 200;

/// What a person ranks.
struct ItemList {
    std::vector<std::string> names;
    /// Absolute path of each item's picture; empty for texts and IDX images.
    std::vector<std::string> files;
    /// Pixels of IDX images, u8 [n, height, width]; no data otherwise.
    FrameRecord images;
    /// Cards of runs (see run_cards.h); empty for other items.
    std::vector<Json> cards;
    /// A sentence when the list cannot be used.
    std::string problem;
};

/// Reads a text file (one item a line), a folder of pictures (PNG, JPEG, BMP; by name), an IDX file
/// of images or a file of run cards (.json). `count` > 0 keeps the first so many. Never throws:
/// what is wrong is `problem`.
ItemList readItems(const std::filesystem::path& path, std::int64_t count);

} // namespace inlay::engine::active_ranking

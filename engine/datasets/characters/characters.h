#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// Which character follows: a sample is the last `window` characters of a text as one-hot rows
/// (window x characters), its class the next one. The last tenth of the text is for the test; no
/// window reaches over the border.
struct CharactersConfig : SplitConfig {
    CharactersConfig() {
        count = 50'000;
        testCount = 10'000;
    }
    std::filesystem::path path;
    std::int64_t window = 16;
};

/// At most so many numbers of all samples together, a byte each.
inline constexpr std::int64_t kMostCharacterBytes = std::int64_t{1} << 29;
/// Different characters (bytes) of a text.
inline constexpr std::int64_t kMostCharacters = 256;

/// A text read whole. Throws Error naming the file: it cannot be read, or is too short for a
/// window in each part.
struct CharacterText {
    std::string text;
    std::vector<std::string> names;    // of the classes, by byte: "a", "newline", "0x80"
    std::vector<std::int32_t> classOf; // by byte, -1 = not in the text
    std::int64_t training = 0;         // windows
    std::int64_t test = 0;
};
CharacterText readCharacters(const CharactersConfig& config);

/// Precondition: the counts fit.
DatasetSplit loadCharacters(const CharactersConfig& config);

} // namespace inlay::engine

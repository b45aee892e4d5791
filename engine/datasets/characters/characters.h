#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// Which character follows: a sample is the last `window` characters of a text as one-hot rows
/// (window x characters), its class the next one. The last tenth of the text is for the test and,
/// if there is validation, a tenth of the rest before it for that (more if more is asked for):
/// neighboring windows share all but one character, so that windows of the same part would be
/// known. No window reaches over a border, so with validation `count` may get less than it asks for
/// of a text that has no more.
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

/// Where the windows of each part begin, in places of the text, and how many are chosen of them.
struct CharacterParts {
    std::int64_t training = 0;        // the first so many places
    std::int64_t validationFirst = 0; // the first place of validation
    std::int64_t validation = 0;      // places
    SplitCounts counts;               // chosen
};
/// Most validation windows that leave one for training.
std::int64_t mostValidation(const CharactersConfig& config, const CharacterText& source);
/// Precondition: the counts fit the text's windows. The parts depend on the text and the number of
/// validation windows alone, and so do the windows that validation gets.
CharacterParts partsOf(const CharactersConfig& config, const CharacterText& source);

/// Precondition: the counts fit.
DatasetSplit loadCharacters(const CharactersConfig& config);

} // namespace inlay::engine

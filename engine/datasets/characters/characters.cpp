#include "engine/datasets/characters/characters.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

std::string nameOf(unsigned char byte) {
    switch (byte) {
    case ' ':
        return "space";
    case '\n':
        return "newline";
    case '\r':
        return "return";
    case '\t':
        return "tab";
    default:
        return byte > ' ' && byte < 0x7f ? std::string(1, static_cast<char>(byte))
                                         : fmt::format("{:#04x}", byte);
    }
}

/// Samples that only say where their window begins.
Dataset placesFrom(std::int64_t first, std::int64_t count) {
    Dataset data;
    data.count = count;
    data.labels.assign(static_cast<std::size_t>(count), 0);
    data.sources.resize(static_cast<std::size_t>(count));
    std::iota(data.sources.begin(), data.sources.end(), first);
    return data;
}

Dataset windowsAt(const Dataset& chosen, const CharacterText& source, std::int64_t window) {
    const auto characters = static_cast<std::int64_t>(source.names.size());
    Dataset data;
    data.count = chosen.count;
    data.shape = {static_cast<int>(window), static_cast<int>(characters), 1};
    data.scale = 1.0f / 255.0f;
    data.classNames = source.names;
    data.sources = chosen.sources;
    data.bytes.assign(static_cast<std::size_t>(chosen.count * window * characters), 0);
    for (std::int64_t i = 0; i < chosen.count; ++i) {
        const std::int64_t begin = chosen.sources[static_cast<std::size_t>(i)];
        const auto classAt = [&](std::int64_t place) {
            return source.classOf[static_cast<unsigned char>(
                source.text[static_cast<std::size_t>(begin + place)])];
        };
        for (std::int64_t place = 0; place < window; ++place)
            data.bytes[static_cast<std::size_t>((i * window + place) * characters +
                                                classAt(place))] = 255;
        data.labels.push_back(classAt(window));
    }
    return data;
}

} // namespace

CharacterText readCharacters(const CharactersConfig& config) {
    const std::string path = config.path.string();
    constexpr std::int64_t kMostText = std::int64_t{1} << 24;
    std::error_code failure;
    if (std::filesystem::exists(path, failure) && !std::filesystem::is_regular_file(path, failure))
        throw Error(fmt::format("{} is no file; a text file is wanted.", path));
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw Error(fmt::format("{} cannot be opened.", path));
    const auto length = static_cast<std::int64_t>(std::filesystem::file_size(path, failure));
    if (failure)
        throw Error(fmt::format("{} cannot be read.", path));
    if (length > kMostText)
        throw Error(fmt::format("{} has {} bytes; allowed are {}.", path, length, kMostText));
    CharacterText source;
    source.text.resize(static_cast<std::size_t>(length));
    if (!file.read(source.text.data(), length))
        throw Error(fmt::format("{} cannot be read.", path));
    const std::int64_t held = length / 10;
    source.test = held - config.window;
    source.training = length - held - config.window;
    if (source.test < 1 || source.training < 2)
        throw Error(fmt::format("{} has {} bytes; windows of {} characters need {} at least.", path,
                                length, config.window, 10 * (config.window + 1)));
    source.classOf.assign(kMostCharacters, -1);
    for (const char character : source.text)
        source.classOf[static_cast<unsigned char>(character)] = 0;
    for (std::int64_t byte = 0; byte < kMostCharacters; ++byte)
        if (std::int32_t& own = source.classOf[static_cast<std::size_t>(byte)]; own == 0) {
            own = static_cast<std::int32_t>(source.names.size());
            source.names.push_back(nameOf(static_cast<unsigned char>(byte)));
        }
    if (source.names.size() < 2)
        throw Error(fmt::format("{} has one character only; there is nothing to predict.", path));
    return source;
}

std::int64_t mostValidation(const CharactersConfig& config, const CharacterText& source) {
    const std::int64_t count = config.count == 0 ? source.training : config.count;
    return std::min(count, source.training - config.window) - 1;
}

CharacterParts partsOf(const CharactersConfig& config, const CharacterText& source) {
    CharacterParts parts;
    parts.counts = resolveSplit(config, source.training, source.test);
    parts.training = source.training;
    if (parts.counts.validation == 0)
        return parts;
    parts.validation = std::max(parts.counts.validation, source.training / 10);
    parts.validationFirst = source.training - parts.validation;
    // A window and the character after it end before validation begins.
    parts.training = parts.validationFirst - config.window;
    parts.counts.training = std::min(parts.counts.training, parts.training);
    return parts;
}

DatasetSplit loadCharacters(const CharactersConfig& config) {
    const CharacterText source = readCharacters(config);
    const std::int64_t border = static_cast<std::int64_t>(source.text.size()) -
                                static_cast<std::int64_t>(source.text.size()) / 10;
    const CharacterParts parts = partsOf(config, source);
    const auto chosen = [&](std::int64_t first, std::int64_t places, std::int64_t count,
                            const char* order) {
        return windowsAt(chooseSamples(placesFrom(first, places), count, config.seed, order),
                         source, config.window);
    };
    DatasetSplit split;
    split.training = chosen(0, parts.training, parts.counts.training, kTrainingOrder);
    split.validation =
        chosen(parts.validationFirst, parts.validation, parts.counts.validation, kTrainingOrder);
    split.test = chosen(border, source.test, parts.counts.test, kTestOrder);
    return split;
}

} // namespace inlay::engine

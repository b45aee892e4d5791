#include "engine/interop/image_records.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/mapped_file.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kCifarSide = 32;
constexpr std::int64_t kCifarPixels = 3 * kCifarSide * kCifarSide;
constexpr std::int64_t kStlSide = 96;
constexpr std::int64_t kStlPixels = 3 * kStlSide * kStlSide;

std::int64_t labelBytes(CifarLabels labels) {
    return labels == CifarLabels::Ten ? 1 : 2;
}

int labelCount(CifarLabels labels) {
    switch (labels) {
    case CifarLabels::Ten:
        return 10;
    case CifarLabels::HundredCoarse:
        return 20;
    case CifarLabels::HundredFine:
        break;
    }
    return 100;
}

std::int64_t sizeOf(const std::string& path) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    if (failure)
        throw Error(fmt::format("{} cannot be read: {}", path, failure.message()));
    return static_cast<std::int64_t>(size);
}

std::int64_t cifarRecords(const std::string& path, std::int64_t size, CifarLabels labels) {
    const std::int64_t record = labelBytes(labels) + kCifarPixels;
    if (size > 0 && size % record == 0)
        return size / record;
    const bool ten = labels == CifarLabels::Ten;
    const std::int64_t other = (ten ? 2 : 1) + kCifarPixels;
    if (size > 0 && size % other == 0)
        throw Error(fmt::format("{} looks like CIFAR-{}: its {} bytes are records of {}, those of "
                                "CIFAR-{} have {}",
                                path, ten ? "100" : "10", size, other, ten ? "10" : "100", record));
    throw Error(fmt::format("{} is truncated: expected a multiple of {} bytes, found {}, record {} "
                            "is cut",
                            path, record, size, size / record));
}

} // namespace

void LabeledImages::append(const LabeledImages& more) {
    if (count == 0) {
        *this = more;
        return;
    }
    count += more.count;
    bytes.insert(bytes.end(), more.bytes.begin(), more.bytes.end());
    labels.insert(labels.end(), more.labels.begin(), more.labels.end());
    warnings.insert(warnings.end(), more.warnings.begin(), more.warnings.end());
}

LabeledImages chosenImages(const LabeledImages& images, const std::vector<std::int64_t>& chosen) {
    LabeledImages part;
    part.count = std::ssize(chosen);
    part.height = images.height;
    part.width = images.width;
    part.channels = images.channels;
    part.warnings = images.warnings;
    const std::int64_t size = images.height * images.width * images.channels;
    for (const std::int64_t i : chosen) {
        const auto first = images.bytes.begin() + i * size;
        part.bytes.insert(part.bytes.end(), first, first + size);
        part.labels.push_back(images.labels[static_cast<std::size_t>(i)]);
    }
    return part;
}

std::int64_t countCifar(const std::string& path, CifarLabels labels) {
    return cifarRecords(path, sizeOf(path), labels);
}

LabeledImages readCifar(const std::string& path, CifarLabels labels, std::int64_t usualRecords) {
    const MappedFile file(path);
    LabeledImages images;
    images.count = cifarRecords(path, static_cast<std::int64_t>(file.bytes().size()), labels);
    images.height = images.width = kCifarSide;
    images.channels = 3;
    if (images.count != usualRecords)
        images.warnings.push_back(fmt::format("{} holds {} images, the published file {}.", path,
                                              images.count, usualRecords));
    images.bytes.resize(static_cast<std::size_t>(images.count * kCifarPixels));
    const std::int64_t before = labelBytes(labels);
    constexpr std::int64_t kPlane = kCifarSide * kCifarSide;
    for (std::int64_t i = 0; i < images.count; ++i) {
        const std::uint8_t* record = file.bytes().data() + i * (before + kCifarPixels);
        const int label = record[labels == CifarLabels::HundredFine ? 1 : 0];
        if (label >= labelCount(labels))
            throw Error(fmt::format("{}: label {} in row {}, allowed are 0 to {}", path, label, i,
                                    labelCount(labels) - 1));
        images.labels.push_back(label);
        std::uint8_t* out = images.bytes.data() + i * kCifarPixels;
        for (std::int64_t p = 0; p < kPlane; ++p)
            for (std::int64_t c = 0; c < 3; ++c)
                out[p * 3 + c] = record[before + c * kPlane + p];
    }
    return images;
}

std::int64_t countStl(const std::string& imagesPath) {
    const std::int64_t size = sizeOf(imagesPath);
    if (size == 0 || size % kStlPixels != 0)
        throw Error(
            fmt::format("{} is truncated: expected a multiple of {} bytes, found {}, record "
                        "{} is cut",
                        imagesPath, kStlPixels, size, size / kStlPixels));
    return size / kStlPixels;
}

namespace {

/// Image `i` of a mapped file, which lies column by column, as rows of pixels.
void placeStlImage(const MappedFile& file, std::int64_t i, std::uint8_t* out) {
    constexpr std::int64_t kPlane = kStlSide * kStlSide;
    const std::uint8_t* in = file.bytes().data() + i * kStlPixels;
    for (std::int64_t c = 0; c < 3; ++c)
        for (std::int64_t x = 0; x < kStlSide; ++x)
            for (std::int64_t y = 0; y < kStlSide; ++y)
                out[(y * kStlSide + x) * 3 + c] = in[c * kPlane + x * kStlSide + y];
}

} // namespace

LabeledImages readStl(const std::string& imagesPath, const std::string& labelsPath) {
    LabeledImages images;
    images.count = countStl(imagesPath);
    images.height = images.width = kStlSide;
    images.channels = 3;
    const MappedFile pixels(imagesPath);
    const MappedFile labels(labelsPath);
    const auto labelCountFound = static_cast<std::int64_t>(labels.bytes().size());
    if (labelCountFound != images.count)
        throw Error(fmt::format("{} holds {} images, but {} holds {} labels", imagesPath,
                                images.count, labelsPath, labelCountFound));
    images.bytes.resize(static_cast<std::size_t>(images.count * kStlPixels));
    for (std::int64_t i = 0; i < images.count; ++i) {
        const int label = labels.bytes()[static_cast<std::size_t>(i)];
        if (label < 1 || label > 10)
            throw Error(
                fmt::format("{}: label {} in row {}, allowed are 1 to 10", labelsPath, label, i));
        images.labels.push_back(label - 1);
        placeStlImage(pixels, i, images.bytes.data() + i * kStlPixels);
    }
    return images;
}

LabeledImages readStlUnlabeled(const std::string& imagesPath, std::int64_t count) {
    LabeledImages images;
    images.count = std::min(count, countStl(imagesPath));
    images.height = images.width = kStlSide;
    images.channels = 3;
    images.labels.assign(static_cast<std::size_t>(images.count), -1);
    images.bytes.resize(static_cast<std::size_t>(images.count * kStlPixels));
    const MappedFile pixels(imagesPath);
    for (std::int64_t i = 0; i < images.count; ++i)
        placeStlImage(pixels, i, images.bytes.data() + i * kStlPixels);
    return images;
}

std::vector<std::int64_t> readStlFold(const std::string& path, std::int64_t fold,
                                      std::int64_t images) {
    const std::string text = readTextFile(path);
    TextLines lines(text);
    std::string_view line;
    for (std::int64_t number = 1; number <= fold; ++number)
        if (!lines.next(line))
            throw Error(
                fmt::format("{} has {} lines, fold {} is line {}", path, number - 1, fold, fold));
    std::vector<std::int64_t> chosen;
    for (std::string_view rest = trimmed(line); !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
        rest = trimmed(rest.substr(word.size()));
        std::int64_t index = -1;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
        if (error != std::errc() || end != word.data() + word.size() || index < 0 ||
            index >= images)
            throw Error(
                fmt::format("{}: \"{}\" in line {}, allowed are numbers of training images, "
                            "0 to {}",
                            path, word, fold, images - 1));
        chosen.push_back(index);
    }
    if (chosen.empty())
        throw Error(fmt::format("{}: line {} is empty, it should hold the numbers of the training "
                                "images of fold {}",
                                path, fold, fold));
    return chosen;
}

} // namespace inlay::engine

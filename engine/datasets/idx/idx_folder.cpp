#include "engine/datasets/idx/idx_folder.h"

#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/idx.h"

namespace inlay::engine {
namespace {

namespace fs = std::filesystem;

struct PartNames {
    const char* images;
    const char* labels;
};
constexpr PartNames kTraining{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
constexpr PartNames kTest{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

void checkFolder(const IdxConfig& config) {
    std::error_code ignored;
    if (config.path.empty())
        throw Error("no folder of IDX files is given");
    if (!fs::exists(config.path, ignored))
        throw Error(fmt::format("{} does not exist", config.path));
    if (!fs::is_directory(config.path, ignored))
        throw Error(fmt::format("{} is not a folder", config.path));
}

std::string locate(const IdxConfig& config, const char* name) {
    std::error_code ignored;
    for (const char* ending : {"", ".gz"}) {
        const fs::path file = fs::path(config.path) / (std::string(name) + ending);
        if (fs::is_regular_file(file, ignored))
            return file.string();
    }
    throw Error(fmt::format("{} has no file {} or {}.gz", config.path, name, name));
}

void checkLabels(const std::string& path, int classes, std::int64_t first,
                 std::span<const std::uint8_t> labels) {
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= classes)
            throw Error(fmt::format("{}: label {} in row {}, allowed are 0 to {}", path, labels[i],
                                    first + static_cast<std::int64_t>(i), classes - 1));
}

// What sizes of images are computed with; larger ones are damaged heads.
constexpr std::int64_t kLargestSide = 65535;

void checkPair(const std::string& images, const IdxHeader& imageHeader, const std::string& labels,
               const IdxHeader& labelHeader) {
    if (imageHeader.records() != labelHeader.records())
        throw Error(fmt::format("{} holds {} images, but {} holds {} labels", images,
                                imageHeader.records(), labels, labelHeader.records()));
    if (imageHeader.records() == 0 || imageHeader.recordBytes() == 0)
        throw Error(fmt::format("{} holds no pixels: {} images of {} x {}", images,
                                imageHeader.records(), imageHeader.shape[1], imageHeader.shape[2]));
    if (imageHeader.shape[1] > kLargestSide || imageHeader.shape[2] > kLargestSide)
        throw Error(fmt::format("{} holds images of {} x {}, allowed are sides up to {}", images,
                                imageHeader.shape[1], imageHeader.shape[2], kLargestSide));
}

SampleShape shapeOf(const IdxHeader& header) {
    return {static_cast<int>(header.shape[1]), static_cast<int>(header.shape[2]), 1};
}

void checkShapes(const IdxConfig& config, const SampleShape& training, const SampleShape& test) {
    if (!(training == test))
        throw Error(fmt::format("{}: training images are {} x {}, test images {} x {}", config.path,
                                training.height, training.width, test.height, test.width));
}

// Runs `step`; an Error becomes a problem.
template <typename Step>
auto collect(std::vector<std::string>& problems, const Step& step)
    -> std::optional<decltype(step())> {
    try {
        return step();
    } catch (const Error& error) {
        problems.push_back(error.what());
        return std::nullopt;
    }
}

// Reads through one part, as far as its files can be read, and returns the head of the images.
std::optional<IdxHeader> scanPart(const IdxConfig& config, const PartNames& names,
                                  std::vector<std::string>& problems) {
    const auto images = collect(problems, [&] { return locate(config, names.images); });
    const auto labels = collect(problems, [&] { return locate(config, names.labels); });
    std::optional<IdxHeader> imageHeader;
    std::optional<IdxHeader> labelHeader;
    if (images)
        imageHeader = collect(problems, [&] { return scanIdx(*images, kIdxImages, {}).header; });
    if (labels) {
        const auto visit = [&](std::int64_t first, std::span<const std::uint8_t> piece) {
            checkLabels(*labels, config.classes, first, piece);
        };
        labelHeader = collect(problems, [&] { return scanIdx(*labels, kIdxLabels, visit).header; });
    }
    if (!imageHeader || !labelHeader)
        return std::nullopt;
    return collect(problems, [&] {
        checkPair(*images, *imageHeader, *labels, *labelHeader);
        return *imageHeader;
    });
}

Dataset loadPart(const IdxConfig& config, const PartNames& names,
                 std::vector<std::string>& warnings) {
    const std::string imagePath = locate(config, names.images);
    const std::string labelPath = locate(config, names.labels);
    IdxArray images = readIdx(imagePath, kIdxImages);
    const IdxArray labels = readIdx(labelPath, kIdxLabels);
    checkPair(imagePath, images.header, labelPath, labels.header);
    checkLabels(labelPath, config.classes, 0, labels.bytes);
    for (const std::string& warning : {images.warning, labels.warning})
        if (!warning.empty())
            warnings.push_back(warning);
    Dataset data;
    data.count = images.header.records();
    data.shape = shapeOf(images.header);
    data.bytes = std::move(images.bytes);
    data.scale = 1.0f / 255.0f;
    data.labels.assign(labels.bytes.begin(), labels.bytes.end());
    for (int c = 0; c < config.classes; ++c)
        data.classNames.push_back(std::to_string(c));
    return data;
}

IdxFolderSize sizeOf(const IdxConfig& config, const IdxHeader& training, const IdxHeader& test) {
    checkShapes(config, shapeOf(training), shapeOf(test));
    return {shapeOf(training), training.records(), test.records()};
}

} // namespace

IdxFolderReport scanIdxFolder(const IdxConfig& config) {
    IdxFolderReport report;
    const auto folder = collect(report.problems, [&] {
        checkFolder(config);
        return true;
    });
    if (!folder)
        return report;
    const auto training = scanPart(config, kTraining, report.problems);
    const auto test = scanPart(config, kTest, report.problems);
    if (training && test)
        if (const auto size =
                collect(report.problems, [&] { return sizeOf(config, *training, *test); }))
            report.size = *size;
    return report;
}

IdxFolderSize measureIdxFolder(const IdxConfig& config) {
    checkFolder(config);
    const auto measure = [&](const PartNames& names) {
        const std::string images = locate(config, names.images);
        const std::string labels = locate(config, names.labels);
        const IdxHeader header = readIdxHeader(images, kIdxImages);
        checkPair(images, header, labels, readIdxHeader(labels, kIdxLabels));
        return header;
    };
    const IdxHeader training = measure(kTraining);
    return sizeOf(config, training, measure(kTest));
}

DatasetSplit loadIdxFolder(const IdxConfig& config) {
    checkFolder(config);
    std::vector<std::string> warnings;
    Dataset training = loadPart(config, kTraining, warnings);
    Dataset test = loadPart(config, kTest, warnings);
    checkShapes(config, training.shape, test.shape);
    DatasetSplit split = splitSource(std::move(training), std::move(test), config);
    split.warnings = std::move(warnings);
    return split;
}

} // namespace inlay::engine

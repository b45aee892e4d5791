#include "engine/datasets/catalog.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/datasets/schemas.h"

namespace inlay::engine {
namespace {

// The counts against what there is.
std::vector<Issue> checkCounts(const SplitConfig& config, std::int64_t available,
                               std::int64_t testAvailable) {
    std::vector<Issue> issues;
    if (config.count < 0 || config.count > available)
        issues.push_back(
            {"count",
             fmt::format("count is {}, allowed is 0 to {} (the training samples there are)",
                         config.count, available)});
    if (config.testCount < 0 || config.testCount > testAvailable)
        issues.push_back(
            {"test_count",
             fmt::format("test_count is {}, allowed is 0 to {} (the test samples there "
                         "are)",
                         config.testCount, testAvailable)});
    const std::int64_t count = config.count == 0 ? available : config.count;
    if (config.validationCount >= count)
        issues.push_back({"validation_count",
                          fmt::format("validation_count is {}, allowed is -1 to {}: they are taken "
                                      "out of the {} training samples",
                                      config.validationCount, count - 1, count)});
    return issues;
}

void throwFirst(const std::vector<Issue>& issues) {
    if (!issues.empty())
        throw Error("dataset." + issues.front().message);
}

// A generated source has as many samples as one asks for.
std::int64_t available(const SplitConfig& config) {
    return config.count == 0 ? kBuiltInCount : std::max<std::int64_t>(config.count, 0);
}
std::int64_t testAvailable(const SplitConfig& config) {
    return config.testCount == 0 ? kBuiltInTestCount : std::max<std::int64_t>(config.testCount, 0);
}

std::vector<Issue> check(const SplitConfig& config) {
    return checkCounts(config, available(config), testAvailable(config));
}

std::vector<Issue> check(const IdxConfig& config) {
    const IdxFolderReport report = scanIdxFolder(config);
    if (report.problems.empty())
        return checkCounts(config, report.size.training, report.size.test);
    std::vector<Issue> issues;
    for (const std::string& problem : report.problems)
        issues.push_back({"path", "path: " + problem});
    return issues;
}

/// The samples that are chosen are kept as bytes, one a number.
std::vector<Issue> checkSize(const CharactersConfig& config, const CharacterText& source) {
    CharactersConfig counted = config;
    counted.validationCount = 0; // has a limit of its own
    std::vector<Issue> issues = checkCounts(counted, source.training, source.test);
    const std::int64_t most = mostValidation(config, source);
    if (issues.empty() && config.validationCount > most)
        issues.push_back({"validation_count",
                          fmt::format("validation_count is {}, allowed is -1 to {}: they are taken "
                                      "out of the training samples, and no window of training "
                                      "reaches into those of validation",
                                      config.validationCount, most)});
    if (!issues.empty())
        return issues;
    const SplitCounts counts = partsOf(config, source).counts;
    const std::int64_t sample = config.window * static_cast<std::int64_t>(source.names.size());
    const std::int64_t samples = counts.training + counts.validation + counts.test;
    if (samples * sample > kMostCharacterBytes)
        issues.push_back(
            {"count", fmt::format("count and test_count make {} samples of {} x {} characters; "
                                  "allowed are {} of that size",
                                  samples, config.window, source.names.size(),
                                  kMostCharacterBytes / sample)});
    return issues;
}

std::vector<Issue> check(const CharactersConfig& config) {
    try {
        return checkSize(config, readCharacters(config));
    } catch (const Error& error) {
        return {{"path", std::string("path: ") + error.what()}};
    }
}

/// The formats of images whose parts are read whole.
template <class Config>
concept ReadWhole = requires(const Config& config) {
    readSource(config);
};

template <ReadWhole Config>
std::vector<Issue> check(const Config& config) {
    try {
        const ImageSource source = readSource(config);
        return checkCounts(config, source.training.count, source.test.count);
    } catch (const Error& error) {
        return {{"path", std::string("path: ") + error.what()}};
    }
}

template <ReadWhole Config>
DatasetSummary summarize(const Config& config) {
    const ImageSourceSize size = measureSource(config);
    throwFirst(checkCounts(config, size.training, size.test));
    return {size.shape, size.classes, resolveSplit(config, size.training, size.test),
            size.unlabeled};
}

template <ReadWhole Config>
DatasetSplit load(const Config& config) {
    ImageSource source = readSource(config);
    throwFirst(checkCounts(config, source.training.count, source.test.count));
    DatasetSplit split = splitSource(std::move(source.training), std::move(source.test), config);
    split.warnings = std::move(source.warnings);
    return split;
}

DatasetSummary summarize(const DigitsConfig& config) {
    throwFirst(check(config));
    return {{kDigitSide, kDigitSide, 1}, 10, resolveGeneratedSplit(config)};
}

DatasetSummary summarize(const BlobsConfig& config) {
    throwFirst(check(config));
    return {{1, 1, config.dims}, config.classes, resolveGeneratedSplit(config)};
}

DatasetSummary summarize(const IdxConfig& config) {
    const IdxFolderSize size = measureIdxFolder(config);
    throwFirst(checkCounts(config, size.training, size.test));
    return {size.shape, config.classes, resolveSplit(config, size.training, size.test)};
}

DatasetSummary summarize(const CharactersConfig& config) {
    const CharacterText source = readCharacters(config);
    throwFirst(checkSize(config, source));
    const auto characters = static_cast<int>(source.names.size());
    return {{static_cast<int>(config.window), characters, 1},
            characters,
            partsOf(config, source).counts};
}

DatasetSplit load(const CharactersConfig& config) {
    throwFirst(checkSize(config, readCharacters(config)));
    return loadCharacters(config);
}

DatasetSplit load(const DigitsConfig& config) {
    throwFirst(check(config));
    return loadDigits(config);
}

DatasetSplit load(const BlobsConfig& config) {
    throwFirst(check(config));
    return loadBlobs(config);
}

DatasetSplit load(const IdxConfig& config) {
    const IdxFolderSize size = measureIdxFolder(config);
    throwFirst(checkCounts(config, size.training, size.test));
    return loadIdxFolder(config);
}

template <class Config>
DatasetKind row(std::string id, std::string title, std::string summary, Schema<Config> schema) {
    return {
        alternative<Config>(std::move(id), std::move(title), std::move(summary), std::move(schema)),
        [](const DatasetConfig& config) { return check(std::get<Config>(config)); },
        [](const DatasetConfig& config) { return summarize(std::get<Config>(config)); },
        [](const DatasetConfig& config) {
            return load(std::get<Config>(config));
        }};
}

const DatasetKind& kindOf(const DatasetConfig& config) {
    const std::type_index type =
        std::visit([](const auto& held) { return std::type_index(typeid(held)); }, config);
    const auto& rows = datasetCatalog();
    return *std::find_if(rows.begin(), rows.end(),
                         [type](const DatasetKind& kind) { return kind.alternative.type == type; });
}

} // namespace

const std::vector<DatasetKind>& datasetCatalog() {
    static const std::vector<DatasetKind> rows = {
        row<DigitsConfig>("digits", "Digits (generated)",
                          "Handwritten-like digits, 28 x 28, ten classes, made on the spot.",
                          digitsSchema()),
        row<IdxConfig>("idx", "IDX files",
                       "A folder in the format of MNIST: images and labels as IDX files.",
                       idxSchema()),
        row<Cifar10Config>("cifar10", "CIFAR-10",
                           "Photographs of ten kinds of things, 32 x 32 in color (binary version).",
                           cifar10Schema()),
        row<Cifar100Config>("cifar100", "CIFAR-100",
                            "Photographs of a hundred kinds of things (binary version).",
                            cifar100Schema()),
        row<Stl10Config>("stl10", "STL-10",
                         "Photographs of ten kinds of things, 96 x 96 in color (binary version).",
                         stl10Schema()),
        row<SvhnConfig>("svhn", "SVHN", "House numbers, cropped to one digit, 32 x 32 in color.",
                        svhnSchema()),
        row<ImageFolderConfig>("image_folder", "Folder of images",
                               "A folder of PNG, JPEG, PGM or PPM files for each class.",
                               imageFolderSchema()),
        row<CharactersConfig>("characters", "Characters of a text",
                              "The next character of a text from the last few, one-hot.",
                              charactersSchema()),
        row<BlobsConfig>("blobs", "Blobs (generated)",
                         "Gaussian clusters, one a class: the smallest problem there is.",
                         blobsSchema()),
    };
    return rows;
}

std::vector<Alternative> datasetAlternatives() {
    std::vector<Alternative> alternatives;
    for (const DatasetKind& kind : datasetCatalog())
        alternatives.push_back(kind.alternative);
    return alternatives;
}

std::vector<Issue> checkDataset(const DatasetConfig& config, const std::string& prefix,
                                Unlabeled unlabeled) {
    const auto* stl = std::get_if<Stl10Config>(&config);
    if (stl != nullptr && stl->unlabeled > 0 && unlabeled == Unlabeled::Refused)
        return prefixed({{"unlabeled", fmt::format("unlabeled is {}, allowed is 0: this kind of "
                                                   "run needs a label for each sample",
                                                   stl->unlabeled)}},
                        prefix);
    return prefixed(kindOf(config).check(config), prefix);
}

DatasetSummary summarizeDataset(const DatasetConfig& config) {
    return kindOf(config).summarize(config);
}

DatasetSplit loadDataset(const DatasetConfig& config) {
    return kindOf(config).load(config);
}

} // namespace inlay::engine

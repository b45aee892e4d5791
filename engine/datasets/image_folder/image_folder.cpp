#include "engine/datasets/image_folder/image_folder.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/error.h"
#include "engine/interop/image_file.h"

namespace inlay::engine {
namespace {

namespace fs = std::filesystem;

struct Listed {
    std::string path;
    std::int32_t label = 0;
};

struct Listing {
    std::vector<std::string> classes;
    std::vector<Listed> training;
    std::vector<Listed> test;
};

std::vector<std::string> entries(const fs::path& folder, bool folders) {
    std::vector<std::string> names;
    std::error_code failure;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("."))
            continue;
        if (folders ? entry.is_directory() : entry.is_regular_file() && isImageName(name))
            names.push_back(name);
    }
    if (failure)
        throw Error(fmt::format("{} cannot be read: {}", folder.string(), failure.message()));
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> imagesOf(const fs::path& folder) {
    std::vector<std::string> paths;
    for (const std::string& name : entries(folder, false))
        paths.push_back((folder / name).string());
    if (paths.empty())
        throw Error(
            fmt::format("{} holds no image; allowed are PNG, JPEG, PGM and PPM", folder.string()));
    return paths;
}

Listing list(const ImageFolderConfig& config) {
    std::error_code ignored;
    if (config.path.empty())
        throw Error("no folder of images is given");
    const fs::path root(config.path);
    if (!fs::is_directory(root, ignored))
        throw Error(fmt::format("{} is not a folder", config.path));
    const bool parts =
        fs::is_directory(root / "train", ignored) && fs::is_directory(root / "test", ignored);
    const fs::path first = parts ? root / "train" : root;
    Listing listing;
    listing.classes = entries(first, true);
    if (listing.classes.size() < 2)
        throw Error(fmt::format("{} has {} folders of images, one a class; allowed are two or more",
                                first.string(), listing.classes.size()));
    for (std::size_t c = 0; c < listing.classes.size(); ++c) {
        const auto label = static_cast<std::int32_t>(c);
        const std::vector<std::string> images = imagesOf(first / listing.classes[c]);
        std::size_t kept = images.size();
        if (!parts)
            kept -= static_cast<std::size_t>(
                std::floor(config.testShare * static_cast<double>(images.size())));
        for (std::size_t i = 0; i < images.size(); ++i)
            (i < kept ? listing.training : listing.test).push_back({images[i], label});
    }
    if (parts) {
        const std::vector<std::string> classes = entries(root / "test", true);
        for (const std::string& name : classes) {
            const auto found = std::find(listing.classes.begin(), listing.classes.end(), name);
            if (found == listing.classes.end())
                throw Error(fmt::format("{} has the class {}, which is not among those of {}: {}",
                                        (root / "test").string(), name, first.string(),
                                        fmt::join(listing.classes, ", ")));
            for (const std::string& image : imagesOf(root / "test" / name))
                listing.test.push_back(
                    {image, static_cast<std::int32_t>(found - listing.classes.begin())});
        }
    }
    if (listing.test.empty())
        throw Error(fmt::format("{} gives no test image: test_share = {:g} of every class is less "
                                "than one; add a test folder or raise it",
                                config.path, config.testShare));
    return listing;
}

LabeledImages read(const std::vector<Listed>& files, ImageFile& model, std::string& modelPath) {
    LabeledImages images;
    for (const Listed& file : files) {
        ImageFile image = readImage(file.path);
        if (modelPath.empty()) {
            modelPath = file.path;
            model = {image.height, image.width, image.channels, {}};
        }
        if (image.height != model.height || image.width != model.width)
            throw Error(fmt::format("{} is {} x {}, but {} is {} x {}; allowed are images of one "
                                    "size",
                                    file.path, image.height, image.width, modelPath, model.height,
                                    model.width));
        if (image.channels != model.channels)
            throw Error(
                fmt::format("{} is {}, but {} is {}; allowed are images that are all gray or "
                            "all in color",
                            file.path, image.channels == 1 ? "gray" : "in color", modelPath,
                            model.channels == 1 ? "gray" : "in color"));
        images.bytes.insert(images.bytes.end(), image.bytes.begin(), image.bytes.end());
        images.labels.push_back(file.label);
        ++images.count;
    }
    images.height = model.height;
    images.width = model.width;
    images.channels = model.channels;
    return images;
}

} // namespace

ImageSourceSize measureSource(const ImageFolderConfig& config) {
    const Listing listing = list(config);
    const ImageFile first = readImage(listing.training.front().path);
    return {{static_cast<int>(first.height), static_cast<int>(first.width),
             static_cast<int>(first.channels)},
            static_cast<int>(listing.classes.size()),
            static_cast<std::int64_t>(listing.training.size()),
            static_cast<std::int64_t>(listing.test.size())};
}

ImageSource readSource(const ImageFolderConfig& config) {
    const Listing listing = list(config);
    ImageSource source;
    ImageFile model;
    std::string modelPath;
    LabeledImages training = read(listing.training, model, modelPath);
    LabeledImages test = read(listing.test, model, modelPath);
    source.training = datasetOf(std::move(training), listing.classes, source.warnings);
    source.test = datasetOf(std::move(test), listing.classes, source.warnings);
    return source;
}

} // namespace inlay::engine

#include "engine/datasets/stl10/stl10.h"

#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

constexpr int kClasses = 10;

/// Numbers of the training images that are used, ascending by the fold's list; empty = all.
std::vector<std::int64_t> foldOf(const Stl10Config& config, std::int64_t images) {
    if (config.fold == 0)
        return {};
    return readStlFold(locateFile(config.path, "fold_indices.txt"), config.fold, images);
}

std::int64_t unlabeledIn(const Stl10Config& config) {
    if (config.unlabeled == 0)
        return 0;
    const std::string file = locateFile(config.path, "unlabeled_X.bin");
    const std::int64_t there = countStl(file);
    if (config.unlabeled > there)
        throw Error(fmt::format("unlabeled is {}, allowed is 0 to {} (the images of {})",
                                config.unlabeled, there, file));
    return config.unlabeled;
}

LabeledImages part(const Stl10Config& config, const std::string& name) {
    return readStl(locateFile(config.path, name + "_X.bin"),
                   locateFile(config.path, name + "_y.bin"));
}

} // namespace

ImageSourceSize measureSource(const Stl10Config& config) {
    const std::int64_t images = countStl(locateFile(config.path, "train_X.bin"));
    const std::int64_t unlabeled = unlabeledIn(config);
    return {{96, 96, 3},
            kClasses,
            (config.fold == 0 ? images : std::ssize(foldOf(config, images))) + unlabeled,
            countStl(locateFile(config.path, "test_X.bin")),
            unlabeled};
}

ImageSource readSource(const Stl10Config& config) {
    ImageSource source;
    std::vector<std::string> names = readClassNames(config.path + "/class_names.txt");
    if (names.size() != kClasses)
        names = {"airplane", "bird",  "car",    "cat",  "deer",
                 "dog",      "horse", "monkey", "ship", "truck"};
    LabeledImages training = part(config, "train");
    if (const std::vector<std::int64_t> fold = foldOf(config, training.count); !fold.empty())
        training = chosenImages(training, fold);
    if (const std::int64_t count = unlabeledIn(config); count > 0)
        training.append(readStlUnlabeled(locateFile(config.path, "unlabeled_X.bin"), count));
    source.training = datasetOf(std::move(training), names, source.warnings);
    source.test = datasetOf(part(config, "test"), names, source.warnings);
    return source;
}

} // namespace inlay::engine

#include "engine/datasets/stl10/stl10.h"

namespace inlay::engine {
namespace {

constexpr int kClasses = 10;

LabeledImages part(const Stl10Config& config, const std::string& name) {
    return readStl(locateFile(config.path, name + "_X.bin"),
                   locateFile(config.path, name + "_y.bin"));
}

} // namespace

ImageSourceSize measureSource(const Stl10Config& config) {
    return {{96, 96, 3},
            kClasses,
            countStl(locateFile(config.path, "train_X.bin")),
            countStl(locateFile(config.path, "test_X.bin"))};
}

ImageSource readSource(const Stl10Config& config) {
    ImageSource source;
    std::vector<std::string> names = readClassNames(config.path + "/class_names.txt");
    if (names.size() != kClasses)
        names = {"airplane", "bird",  "car",    "cat",  "deer",
                 "dog",      "horse", "monkey", "ship", "truck"};
    source.training = datasetOf(part(config, "train"), names, source.warnings);
    source.test = datasetOf(part(config, "test"), names, source.warnings);
    return source;
}

} // namespace inlay::engine

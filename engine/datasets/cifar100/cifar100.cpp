#include "engine/datasets/cifar100/cifar100.h"

namespace inlay::engine {
namespace {

bool fine(const Cifar100Config& config) {
    return config.labels == Cifar100Labels::Fine;
}

CifarLabels labelsOf(const Cifar100Config& config) {
    return fine(config) ? CifarLabels::HundredFine : CifarLabels::HundredCoarse;
}

int classesOf(const Cifar100Config& config) {
    return fine(config) ? 100 : 20;
}

std::vector<std::string> classNames(const Cifar100Config& config) {
    const std::string file = fine(config) ? "/fine_label_names.txt" : "/coarse_label_names.txt";
    std::vector<std::string> names = readClassNames(config.path + file);
    if (names.size() != static_cast<std::size_t>(classesOf(config))) {
        names.clear();
        for (int c = 0; c < classesOf(config); ++c)
            names.push_back(std::to_string(c));
    }
    return names;
}

} // namespace

ImageSourceSize measureSource(const Cifar100Config& config) {
    return {{32, 32, 3},
            classesOf(config),
            countCifar(locateFile(config.path, "train.bin"), labelsOf(config)),
            countCifar(locateFile(config.path, "test.bin"), labelsOf(config))};
}

ImageSource readSource(const Cifar100Config& config) {
    ImageSource source;
    const std::vector<std::string> names = classNames(config);
    source.training =
        datasetOf(readCifar(locateFile(config.path, "train.bin"), labelsOf(config), 50'000), names,
                  source.warnings);
    source.test =
        datasetOf(readCifar(locateFile(config.path, "test.bin"), labelsOf(config), 10'000), names,
                  source.warnings);
    return source;
}

} // namespace inlay::engine

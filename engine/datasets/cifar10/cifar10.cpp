#include "engine/datasets/cifar10/cifar10.h"

#include <fmt/format.h>

namespace inlay::engine {
namespace {

constexpr int kBatches = 5;
constexpr std::int64_t kUsual = 10'000;
constexpr int kClasses = 10;

std::string batch(const Cifar10Config& config, int number) {
    return locateFile(config.path, fmt::format("data_batch_{}.bin", number));
}

std::vector<std::string> classNames(const Cifar10Config& config) {
    std::vector<std::string> names = readClassNames(config.path + "/batches.meta.txt");
    if (names.size() != kClasses)
        names = {"airplane", "automobile", "bird",  "cat",  "deer",
                 "dog",      "frog",       "horse", "ship", "truck"};
    return names;
}

} // namespace

ImageSourceSize measureSource(const Cifar10Config& config) {
    ImageSourceSize size{{32, 32, 3}, kClasses, 0, 0};
    for (int number = 1; number <= kBatches; ++number)
        size.training += countCifar(batch(config, number), CifarLabels::Ten);
    size.test = countCifar(locateFile(config.path, "test_batch.bin"), CifarLabels::Ten);
    return size;
}

ImageSource readSource(const Cifar10Config& config) {
    ImageSource source;
    LabeledImages training;
    for (int number = 1; number <= kBatches; ++number)
        training.append(readCifar(batch(config, number), CifarLabels::Ten, kUsual));
    LabeledImages test =
        readCifar(locateFile(config.path, "test_batch.bin"), CifarLabels::Ten, kUsual);
    const std::vector<std::string> names = classNames(config);
    source.training = datasetOf(std::move(training), names, source.warnings);
    source.test = datasetOf(std::move(test), names, source.warnings);
    return source;
}

} // namespace inlay::engine

#include "engine/datasets/svhn/svhn.h"

#include "engine/interop/mat_images.h"

namespace inlay::engine {
namespace {

constexpr int kClasses = 10;

std::string part(const SvhnConfig& config, const std::string& name) {
    return locateFile(config.path, name + "_32x32.mat");
}

} // namespace

ImageSourceSize measureSource(const SvhnConfig& config) {
    ImageSourceSize size{
        {32, 32, 3}, kClasses, countSvhn(part(config, "train")), countSvhn(part(config, "test"))};
    if (config.extra == SvhnExtra::Append)
        size.training += countSvhn(part(config, "extra"));
    return size;
}

ImageSource readSource(const SvhnConfig& config) {
    ImageSource source;
    std::vector<std::string> names;
    for (int digit = 0; digit < kClasses; ++digit)
        names.push_back(std::to_string(digit));
    LabeledImages training = readSvhn(part(config, "train"));
    if (config.extra == SvhnExtra::Append)
        training.append(readSvhn(part(config, "extra")));
    source.training = datasetOf(std::move(training), names, source.warnings);
    source.test = datasetOf(readSvhn(part(config, "test")), names, source.warnings);
    return source;
}

} // namespace inlay::engine

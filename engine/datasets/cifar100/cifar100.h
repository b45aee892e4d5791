#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

enum class Cifar100Labels { Fine, Coarse };

/// The binary version of CIFAR-100: train.bin, test.bin and, for the names of the classes,
/// fine_label_names.txt and coarse_label_names.txt.
struct Cifar100Config : SplitConfig {
    std::string path;
    Cifar100Labels labels = Cifar100Labels::Fine;
};

/// By the lengths of the files. Throws Error when one is missing or is not what it should be.
ImageSourceSize measureSource(const Cifar100Config& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const Cifar100Config& config);

} // namespace inlay::engine

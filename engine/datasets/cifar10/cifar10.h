#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

/// The binary version of CIFAR-10: data_batch_1.bin … data_batch_5.bin, test_batch.bin and, for the
/// names of the classes, batches.meta.txt.
struct Cifar10Config : SplitConfig {
    std::string path;
};

/// By the lengths of the files. Throws Error when one is missing or is not what it should be.
ImageSourceSize measureSource(const Cifar10Config& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const Cifar10Config& config);

} // namespace inlay::engine

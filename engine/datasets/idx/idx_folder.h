#pragma once

#include <string>
#include <vector>

#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// A folder with the four files of MNIST and its relatives, each plain or with ".gz" at its end:
/// train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte,
/// t10k-labels-idx1-ubyte. Where both forms are there the plain one is read.
struct IdxConfig : SplitConfig {
    std::string path;
    /// Labels are 0 … classes - 1.
    int classes = 10;
};

struct IdxFolderSize {
    SampleShape shape;
    std::int64_t training = 0;
    std::int64_t test = 0;
};

/// What reading through all of a folder found.
struct IdxFolderReport {
    /// Sentences: missing files, wrong magic numbers, cut or damaged data, counts or image sizes
    /// that do not match, labels out of range. When there are none, `size` is filled.
    std::vector<std::string> problems;
    IdxFolderSize size;
};

/// Reads through the four files but keeps nothing.
IdxFolderReport scanIdxFolder(const IdxConfig& config);

/// Reads the headers only. Throws Error when one is missing or does not match the others.
IdxFolderSize measureIdxFolder(const IdxConfig& config);

/// Throws Error where scanIdxFolder() has a problem. The counts fit what is there.
DatasetSplit loadIdxFolder(const IdxConfig& config);

} // namespace inlay::engine

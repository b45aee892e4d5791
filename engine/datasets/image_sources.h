#pragma once

#include <string>
#include <vector>

#include "engine/datasets/dataset.h"
#include "engine/interop/image_records.h"

namespace inlay::engine {

/// Sizes of a source of images, from lengths and headers alone.
struct ImageSourceSize {
    SampleShape shape;
    int classes = 0;
    std::int64_t training = 0;
    std::int64_t test = 0;
    std::int64_t unlabeled = 0; // of the training samples
};

/// Both parts of a source, whole.
struct ImageSource {
    Dataset training;
    Dataset test;
    std::vector<std::string> warnings;
};

/// The images as samples: pixels / 255. Warnings move to `warnings`.
Dataset datasetOf(LabeledImages images, const std::vector<std::string>& classNames,
                  std::vector<std::string>& warnings);

/// `folder`/`name`; throws Error when the folder or the file is not there.
std::string locateFile(const std::string& folder, const std::string& name);

/// Names of classes, one a line; empty when there is no such file.
std::vector<std::string> readClassNames(const std::string& path);

} // namespace inlay::engine

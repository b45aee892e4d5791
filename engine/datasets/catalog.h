#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/datasets/blobs/blobs.h"
#include "engine/datasets/characters/characters.h"
#include "engine/datasets/cifar10/cifar10.h"
#include "engine/datasets/cifar100/cifar100.h"
#include "engine/datasets/dataset.h"
#include "engine/datasets/digits/digits.h"
#include "engine/datasets/idx/idx_folder.h"
#include "engine/datasets/image_folder/image_folder.h"
#include "engine/datasets/stl10/stl10.h"
#include "engine/datasets/svhn/svhn.h"
#include "engine/schema/any_schema.h"

namespace inlay::engine {

/// The value of the keys `dataset.kind`, `dataset.count`, …; the default is the digits. In a
/// config's schema: schema.variant("dataset", &Config::dataset, datasetAlternatives()).
using DatasetConfig =
    std::variant<DigitsConfig, BlobsConfig, IdxConfig, Cifar10Config, Cifar100Config, Stl10Config,
                 SvhnConfig, ImageFolderConfig, CharactersConfig>;

/// What one has to know of a dataset to build a network for it.
struct DatasetSummary {
    SampleShape shape;
    int classes = 0;
    SplitCounts counts;
    /// Samples of the source's training part without a label (-1), before `count` chooses.
    std::int64_t unlabeled = 0;
};

/// One kind of dataset.
struct DatasetKind {
    /// Id, title, summary and schema.
    Alternative alternative;
    std::function<std::vector<Issue>(const DatasetConfig&)> check;
    std::function<DatasetSummary(const DatasetConfig&)> summarize;
    std::function<DatasetSplit(const DatasetConfig&)> load;
};

/// All kinds, in the order forms offer them.
const std::vector<DatasetKind>& datasetCatalog();

/// The catalog as the alternatives of a variant field.
std::vector<Alternative> datasetAlternatives();

/// Whether a kind of experiment can do without labels.
enum class Unlabeled { Refused, Allowed };

/// Everything that would keep loadDataset() from working: opens every file and checks headers,
/// sizes, checksums, counts and labels, keeping nothing. Keys and sentences start with `prefix`.
std::vector<Issue> checkDataset(const DatasetConfig& config, const std::string& prefix = "dataset",
                                Unlabeled unlabeled = Unlabeled::Refused);

/// Reads headers at most. Throws Error when a file is missing or not what it should be, or when
/// the counts do not fit.
DatasetSummary summarizeDataset(const DatasetConfig& config);

/// Reads or generates. Throws Error where checkDataset() has an issue.
DatasetSplit loadDataset(const DatasetConfig& config);

} // namespace inlay::engine

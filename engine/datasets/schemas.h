#pragma once

#include "engine/datasets/blobs/blobs.h"
#include "engine/datasets/characters/characters.h"
#include "engine/datasets/cifar10/cifar10.h"
#include "engine/datasets/cifar100/cifar100.h"
#include "engine/datasets/digits/digits.h"
#include "engine/datasets/idx/idx_folder.h"
#include "engine/datasets/image_folder/image_folder.h"
#include "engine/datasets/stl10/stl10.h"
#include "engine/datasets/svhn/svhn.h"
#include "engine/schema/schema.h"

namespace inlay::engine {

Schema<DigitsConfig> digitsSchema();
Schema<BlobsConfig> blobsSchema();
Schema<IdxConfig> idxSchema();
Schema<Cifar10Config> cifar10Schema();
Schema<Cifar100Config> cifar100Schema();
Schema<Stl10Config> stl10Schema();
Schema<SvhnConfig> svhnSchema();
Schema<ImageFolderConfig> imageFolderSchema();
Schema<CharactersConfig> charactersSchema();

/// Adds the keys that every kind of dataset has.
template <class Config>
void addSplitFields(Schema<Config>& schema) {
    const auto own = [](auto SplitConfig::*member) {
        return static_cast<std::int64_t Config::*>(member);
    };
    schema.field("count", own(&SplitConfig::count))
        .title("Training images or rows")
        .help("The first so many of a shuffled order that depends on the dataset's seed only; the "
              "validation samples are taken out of them. 0 = all (60,000 of a generated dataset).")
        .range(0, 10'000'000);
    schema.field("validation_count", own(&SplitConfig::validationCount))
        .title("Validation samples")
        .help("Taken out of the training samples. -1 = a tenth of them, at most 5,000; 0 = none.")
        .range(-1, 10'000'000);
    schema.field("test_count", own(&SplitConfig::testCount))
        .title("Test samples")
        .help("0 = all (10,000 of a generated dataset).")
        .range(0, 10'000'000);
    schema.field("seed", static_cast<std::uint64_t Config::*>(&SplitConfig::seed))
        .title("Seed of the data")
        .help("Decides what is generated, the order and the split, and nothing else: runs with "
              "different seeds of their own share their validation and test samples.")
        .advanced();
}

} // namespace inlay::engine

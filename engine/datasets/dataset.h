#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlay::engine {

/// Extent of one sample. A table of D features is 1 x 1 x D: each column is a channel.
struct SampleShape {
    int height = 1;
    int width = 1;
    int channels = 1;

    std::int64_t values() const { return std::int64_t{height} * width * channels; }
    bool operator==(const SampleShape&) const = default;
};

/// Labeled samples in memory, row-major: count x height x width x channels. The values are either
/// in `bytes` or in `floats` (the other one is empty); a value means stored x scale.
struct Dataset {
    std::int64_t count = 0;
    SampleShape shape;
    std::vector<std::uint8_t> bytes;
    std::vector<float> floats;
    /// 1/255 for pixels in `bytes`, 1 for features.
    float scale = 1.0f;
    /// Class of each sample, 0 … classes() - 1.
    std::vector<std::int32_t> labels;
    std::vector<std::string> classNames;
    /// Number of each sample in the order of the file it came from; empty where samples lie in that
    /// order, or were generated.
    std::vector<std::int64_t> sources;

    int classes() const { return static_cast<int>(classNames.size()); }
    bool storesBytes() const { return !bytes.empty(); }
};

struct DatasetSplit {
    Dataset training;
    Dataset validation;
    Dataset test;
    /// Sentences on what is odd about the source but does not stop a run.
    std::vector<std::string> warnings;
};

/// How many samples of a source are used and which: the same for every kind of dataset. The
/// order is a function of `seed` alone, so runs that differ in their own seed or in the network
/// share all three sets, and runs that differ in `count` only share validation and test sets as
/// long as the validation count is the same.
struct SplitConfig {
    /// Training samples with those for validation: the first of the seeded order; 0 = all.
    std::int64_t count = 0;
    /// Taken out of `count`, from its front; -1 = min(5000, a tenth).
    std::int64_t validationCount = -1;
    /// 0 = all; of a generated source kBuiltInTestCount.
    std::int64_t testCount = 0;
    /// Generation, order and split.
    std::uint64_t seed = 1;
};

/// What "all" means for a generated source.
inline constexpr std::int64_t kBuiltInCount = 60000;
inline constexpr std::int64_t kBuiltInTestCount = 10000;

/// Sizes of the three parts, after zeros and defaults are resolved.
struct SplitCounts {
    std::int64_t training = 0;
    std::int64_t validation = 0;
    std::int64_t test = 0;

    bool operator==(const SplitCounts&) const = default;
};

/// Resolves `config` against a source of `available` training and `testAvailable` test samples.
/// Asserts that the counts fit (see checkSplit in catalog.h, which gives the sentences).
SplitCounts resolveSplit(const SplitConfig& config, std::int64_t available,
                         std::int64_t testAvailable);

/// The same for a generated source, which has as many samples as one asks for: 0 means
/// kBuiltInCount and kBuiltInTestCount.
SplitCounts resolveGeneratedSplit(const SplitConfig& config);

/// The samples `indices` of `source`, in that order.
Dataset gatherSamples(const Dataset& source, const std::vector<std::int64_t>& indices);

/// Deals a source that has its own training and test part (a folder of files) into the split:
/// validation is the front of the seeded order, training what follows it.
DatasetSplit splitSource(Dataset training, Dataset test, const SplitConfig& config);

/// Names of the seeded orders in which a source's samples are taken.
inline constexpr const char* kTrainingOrder = "dataset.order";
inline constexpr const char* kTestOrder = "dataset.test_order";
/// The first `count` samples of a seeded order; the source as it is where that is all of it.
Dataset chooseSamples(Dataset source, std::int64_t count, std::uint64_t seed, const char* order);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlay::engine {

/// Labeled images in memory: count x height x width x channels, row-major, u8.
struct LabeledImages {
    std::int64_t count = 0;
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::vector<std::uint8_t> bytes;
    std::vector<std::int32_t> labels; // from 0
    std::vector<std::string> warnings;

    void append(const LabeledImages& more);
};

/// Images `chosen`, in that order.
LabeledImages chosenImages(const LabeledImages& images, const std::vector<std::int64_t>& chosen);

/// What a CIFAR record starts with.
enum class CifarLabels {
    Ten,           // one byte, 0 to 9
    HundredCoarse, // two bytes, coarse (0 to 19) and fine (0 to 99): the first counts
    HundredFine,   // the second counts
};

/// A file of CIFAR's binary version: records of the label bytes and 1,024 red, green and blue
/// pixels, each row-major. Throws Error when the length is no whole number of records (naming the
/// other CIFAR where it fits that), or a label is out of range (value and row). `usualRecords` is
/// the number in the published file; another one is a warning.
LabeledImages readCifar(const std::string& path, CifarLabels labels, std::int64_t usualRecords);
/// Records by the file's length; throws Error as readCifar() does.
std::int64_t countCifar(const std::string& path, CifarLabels labels);

/// The pair of STL-10's binary version: images of 3 x 96 x 96 bytes, channel by channel, each
/// column by column, and labels 1 to 10, a byte each. Throws Error when a length is wrong, the
/// counts differ (both numbers), or a label is out of range.
LabeledImages readStl(const std::string& imagesPath, const std::string& labelsPath);
/// The first `count` images of unlabeled_X.bin, with labels -1. The file is mapped: those behind
/// them are not read.
LabeledImages readStlUnlabeled(const std::string& imagesPath, std::int64_t count);
/// Line `fold` (from 1) of fold_indices.txt: numbers of training images from 0, apart by blanks.
/// Throws Error when there is no such line, when it is empty, or when a number is none or is not
/// below `images` (value and line).
std::vector<std::int64_t> readStlFold(const std::string& path, std::int64_t fold,
                                      std::int64_t images);
/// Images by the file's length; throws Error when it is no whole number of them.
std::int64_t countStl(const std::string& imagesPath);

} // namespace inlay::engine

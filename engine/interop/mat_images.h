#pragma once

#include <string>

#include "engine/interop/image_records.h"

namespace inlay::engine {

/// SVHN's cropped digits: a MATLAB file (level 5, compressed or not) with X, u8 of 32 x 32 x 3 x N,
/// and y, N labels of which 10 means the digit 0. Throws Error for files of version 7.3 (HDF5), cut
/// ones, missing or wrong variables, counts that differ and labels out of range.
LabeledImages readSvhn(const std::string& path);
/// Images by the size of X alone.
std::int64_t countSvhn(const std::string& path);

} // namespace inlay::engine

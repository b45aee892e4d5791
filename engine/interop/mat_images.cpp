#include "engine/interop/mat_images.h"

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <matio.h>

#include "engine/base/error.h"
#include "engine/interop/mapped_file.h"

namespace inlay::engine {
namespace {

constexpr std::size_t kHeaderBytes = 128;
constexpr std::int64_t kSide = 32;
constexpr std::int64_t kPixels = kSide * kSide * 3;

struct CloseMat {
    void operator()(mat_t* file) const { Mat_Close(file); }
};
struct FreeVariable {
    void operator()(matvar_t* variable) const { Mat_VarFree(variable); }
};
using MatFile = std::unique_ptr<mat_t, CloseMat>;
using Variable = std::unique_ptr<matvar_t, FreeVariable>;

/// What the library does not say: another version, and elements that reach beyond the file.
void checkLayout(const std::string& path) {
    const MappedFile file(path);
    const std::span<const std::uint8_t> bytes = file.bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                std::min<std::size_t>(bytes.size(), kHeaderBytes));
    if (text.starts_with("MATLAB 7.3") || text.starts_with("\x89HDF"))
        throw Error(fmt::format("{} is a MATLAB file of version 7.3 (HDF5), which cannot be read; "
                                "save it with -v7",
                                path));
    if (bytes.size() < kHeaderBytes || !text.starts_with("MATLAB") || text.substr(126, 2) != "IM")
        throw Error(fmt::format("{} is not a MATLAB level 5 file: its header of 128 bytes does not "
                                "end with IM",
                                path));
    std::size_t at = kHeaderBytes;
    while (at + 8 <= bytes.size()) {
        std::array<std::uint32_t, 2> tag = {};
        std::memcpy(tag.data(), bytes.data() + at, sizeof tag);
        if (tag[1] > bytes.size() - at - 8)
            throw Error(fmt::format("{} is truncated: expected {} bytes, found {}", path,
                                    at + 8 + tag[1], bytes.size()));
        at += 8 + std::size_t{tag[1]};
    }
    if (at == kHeaderBytes || at != bytes.size())
        throw Error(fmt::format("{} is truncated: expected at least {} bytes, found {}", path,
                                at + 8, bytes.size()));
}

MatFile open(const std::string& path) {
    checkLayout(path);
    MatFile file(Mat_Open(path.c_str(), MAT_ACC_RDONLY));
    if (!file)
        throw Error(fmt::format("{} cannot be read as a MATLAB file", path));
    return file;
}

std::int64_t imagesOf(const std::string& path, const matvar_t* x) {
    if (!x)
        throw Error(fmt::format("{} has no variable X", path));
    const std::vector<std::size_t> shape(x->dims, x->dims + x->rank);
    // One image has no fourth dimension.
    const bool fits = (x->rank == 4 || x->rank == 3) && shape[0] == kSide && shape[1] == kSide &&
                      shape[2] == 3 && x->class_type == MAT_C_UINT8;
    if (!fits)
        throw Error(fmt::format("{}: X is {}{}, expected uint8 of 32 x 32 x 3 x N", path,
                                fmt::join(shape, " x "),
                                x->class_type == MAT_C_UINT8 ? "" : ", not uint8"));
    return x->rank == 4 ? static_cast<std::int64_t>(shape[3]) : 1;
}

double labelAt(const matvar_t& y, std::size_t i) {
    switch (y.data_type) {
    case MAT_T_UINT8:
        return static_cast<const std::uint8_t*>(y.data)[i];
    case MAT_T_INT32:
        return static_cast<const std::int32_t*>(y.data)[i];
    case MAT_T_SINGLE:
        return static_cast<double>(static_cast<const float*>(y.data)[i]);
    case MAT_T_DOUBLE:
        return static_cast<const double*>(y.data)[i];
    default:
        return -1;
    }
}

} // namespace

std::int64_t countSvhn(const std::string& path) {
    const MatFile file = open(path);
    const Variable x(Mat_VarReadInfo(file.get(), "X"));
    return imagesOf(path, x.get());
}

LabeledImages readSvhn(const std::string& path) {
    const MatFile file = open(path);
    const Variable x(Mat_VarRead(file.get(), "X"));
    LabeledImages images;
    images.count = imagesOf(path, x.get());
    images.height = images.width = kSide;
    images.channels = 3;
    if (!x->data || x->nbytes != static_cast<std::size_t>(images.count * kPixels))
        throw Error(fmt::format("{} is damaged: the pixels of X cannot be read", path));
    const Variable y(Mat_VarRead(file.get(), "y"));
    if (!y || !y->data || y->rank != 2)
        throw Error(fmt::format("{} has no vector y of labels", path));
    const std::size_t labels = y->dims[0] * y->dims[1];
    if (labels != static_cast<std::size_t>(images.count))
        throw Error(fmt::format("{}: X holds {} images, but y holds {} labels", path, images.count,
                                labels));
    images.bytes.resize(static_cast<std::size_t>(images.count * kPixels));
    const auto* pixels = static_cast<const std::uint8_t*>(x->data);
    for (std::int64_t i = 0; i < images.count; ++i) {
        const double label = labelAt(*y, static_cast<std::size_t>(i));
        if (!(label >= 1 && label <= 10) || label != static_cast<int>(label))
            throw Error(fmt::format("{}: label {} in row {}, allowed are 1 to 10 (10 is the digit "
                                    "0)",
                                    path, label, i));
        images.labels.push_back(static_cast<int>(label) % 10);
        for (std::int64_t c = 0; c < 3; ++c)
            for (std::int64_t column = 0; column < kSide; ++column)
                for (std::int64_t row = 0; row < kSide; ++row)
                    images.bytes[static_cast<std::size_t>(i * kPixels + (row * kSide + column) * 3 +
                                                          c)] =
                        pixels[((i * 3 + c) * kSide + column) * kSide + row];
    }
    return images;
}

} // namespace inlay::engine

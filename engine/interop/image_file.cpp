#include "engine/interop/image_file.h"

#include <algorithm>
#include <cctype>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <jpeglib.h>
#include <png.h>

#include "engine/base/error.h"
#include "engine/interop/mapped_file.h"

namespace inlay::engine {
namespace {

// Larger sides are damaged headers.
constexpr std::int64_t kLargestSide = 65535;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw Error(fmt::format("{} is not an image that can be read: {}", path, why));
}

void checkSides(const std::string& path, std::int64_t height, std::int64_t width) {
    if (height < 1 || width < 1 || height > kLargestSide || width > kLargestSide)
        refuse(path, fmt::format("it is {} x {}, allowed are sides of 1 to {}", height, width,
                                 kLargestSide));
}

ImageFile readPng(const std::string& path, std::span<const std::uint8_t> bytes) {
    png_image png{};
    png.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0)
        refuse(path, png.message);
    const bool color = (png.format & PNG_FORMAT_FLAG_COLOR) != 0;
    png.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    ImageFile image;
    image.height = png.height;
    image.width = png.width;
    image.channels = color ? 3 : 1;
    image.bytes.resize(PNG_IMAGE_SIZE(png));
    // What lies under transparent pixels is shown on black.
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&png, &black, image.bytes.data(), 0, nullptr) == 0) {
        const std::string why = png.message;
        png_image_free(&png);
        refuse(path, why);
    }
    return image;
}

/// libjpeg reports errors by a call that may not return.
struct JpegFailure {
    jpeg_error_mgr manager;
    std::jmp_buf back;
    char text[JMSG_LENGTH_MAX];
};

void onJpegError(j_common_ptr common) {
    auto* failure = reinterpret_cast<JpegFailure*>(common->err);
    common->err->format_message(common, failure->text);
    std::longjmp(failure->back, 1);
}

void onJpegMessage(j_common_ptr) {}

/// Nothing between setjmp and longjmp has a destructor: `image` lives outside.
bool decodeJpeg(std::span<const std::uint8_t> bytes, ImageFile& image, JpegFailure& failure) {
    jpeg_decompress_struct jpeg{};
    jpeg.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = onJpegError;
    failure.manager.output_message = onJpegMessage;
    if (setjmp(failure.back) != 0) {
        jpeg_destroy_decompress(&jpeg);
        return false;
    }
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes.data(), bytes.size());
    jpeg_read_header(&jpeg, TRUE);
    jpeg.out_color_space = jpeg.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&jpeg);
    image.height = jpeg.output_height;
    image.width = jpeg.output_width;
    image.channels = jpeg.output_components;
    const std::size_t row = static_cast<std::size_t>(image.width * image.channels);
    image.bytes.resize(row * jpeg.output_height);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW target = image.bytes.data() + row * jpeg.output_scanline;
        jpeg_read_scanlines(&jpeg, &target, 1);
    }
    jpeg_finish_decompress(&jpeg);
    // A cut file is filled up with gray and a warning.
    const bool whole = failure.manager.num_warnings == 0;
    if (!whole)
        std::strncpy(failure.text, "its data are damaged or cut", sizeof failure.text);
    jpeg_destroy_decompress(&jpeg);
    return whole;
}

ImageFile readJpeg(const std::string& path, std::span<const std::uint8_t> bytes) {
    ImageFile image;
    JpegFailure failure{};
    if (!decodeJpeg(bytes, image, failure))
        refuse(path, failure.text);
    return image;
}

/// The numbers of a PGM or PPM head, with remarks (#) between them.
class PnmHead {
public:
    PnmHead(const std::string& path, std::span<const std::uint8_t> bytes)
        : path_(path)
        , bytes_(bytes) {}

    std::int64_t number() {
        while (at_ < bytes_.size() && (std::isspace(bytes_[at_]) != 0 || bytes_[at_] == '#'))
            if (bytes_[at_++] == '#')
                while (at_ < bytes_.size() && bytes_[at_] != '\n')
                    ++at_;
        std::int64_t value = 0;
        const std::size_t first = at_;
        while (at_ < bytes_.size() && std::isdigit(bytes_[at_]) != 0 && value <= kLargestSide)
            value = value * 10 + (bytes_[at_++] - '0');
        if (at_ == first)
            refuse(path_, fmt::format("a number is missing at byte {}", at_));
        return value;
    }
    std::size_t at() const { return at_; }

private:
    const std::string& path_;
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 2;
};

ImageFile readPnm(const std::string& path, std::span<const std::uint8_t> bytes) {
    const bool plain = bytes[1] == '2' || bytes[1] == '3';
    PnmHead head(path, bytes);
    ImageFile image;
    image.channels = bytes[1] == '3' || bytes[1] == '6' ? 3 : 1;
    image.width = head.number();
    image.height = head.number();
    checkSides(path, image.height, image.width);
    const std::int64_t most = head.number();
    if (most < 1 || most > 255)
        refuse(path, fmt::format("its largest value is {}, allowed is 1 to 255", most));
    const auto size = static_cast<std::size_t>(image.height * image.width * image.channels);
    image.bytes.reserve(size);
    if (plain) {
        for (std::size_t i = 0; i < size; ++i)
            image.bytes.push_back(
                static_cast<std::uint8_t>(std::min<std::int64_t>(head.number(), 255)));
    } else {
        const std::size_t first = head.at() + 1; // one blank ends the head
        if (bytes.size() < first + size)
            refuse(path, fmt::format("it is truncated: expected {} bytes, found {}", first + size,
                                     bytes.size()));
        image.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(first),
                           bytes.begin() + static_cast<std::ptrdiff_t>(first + size));
    }
    if (most != 255)
        for (std::uint8_t& value : image.bytes)
            value = static_cast<std::uint8_t>(
                std::min<std::int64_t>((value * 255 + most / 2) / most, 255));
    return image;
}

} // namespace

ImageFile readImage(const std::string& path) {
    const MappedFile file(path);
    const std::span<const std::uint8_t> bytes = file.bytes();
    constexpr std::uint8_t kPng[4] = {0x89, 'P', 'N', 'G'};
    if (bytes.size() >= 4 && std::equal(kPng, kPng + 4, bytes.begin()))
        return readPng(path, bytes);
    if (bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8)
        return readJpeg(path, bytes);
    const std::string_view kinds = "2356";
    if (bytes.size() >= 3 && bytes[0] == 'P' &&
        kinds.find(static_cast<char>(bytes[1])) != std::string_view::npos)
        return readPnm(path, bytes);
    refuse(path, "it starts like none of PNG, JPEG, PGM and PPM");
}

bool isImageName(const std::string& name) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* ending : {".png", ".jpg", ".jpeg", ".pgm", ".ppm"})
        if (lower.ends_with(ending))
            return true;
    return false;
}

} // namespace inlay::engine

#include "engine/interop/npz.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

// Signatures and sizes of APPNOTE 6.3.
constexpr std::uint32_t kLocal = 0x04034b50;
constexpr std::uint32_t kCentral = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kLocator64 = 0x07064b50;
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kCentralBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kLongestComment = 65535;
constexpr std::uint64_t kLargestArray = std::uint64_t{1} << 36;

std::uint64_t little(const std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value |= std::uint64_t{bytes[at + i]} << (8 * i);
    return value;
}

/// Bytes of a file by offset.
class Bytes {
public:
    explicit Bytes(const std::string& path)
        : path_(path)
        , file_(path, std::ios::binary) {
        if (!file_)
            throw Error(fmt::format("{} cannot be opened", path));
        file_.seekg(0, std::ios::end);
        size_ = static_cast<std::uint64_t>(file_.tellg());
    }
    std::uint64_t size() const { return size_; }

    std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count) {
        if (offset > size_ || count > size_ - offset)
            throw Error(fmt::format("{} is truncated: it has {} bytes, its directory points to "
                                    "byte {}",
                                    path_, size_, offset + count));
        std::vector<std::uint8_t> bytes(count);
        file_.seekg(static_cast<std::streamoff>(offset));
        file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
        if (!file_)
            throw Error(fmt::format("{} cannot be read", path_));
        return bytes;
    }

private:
    std::string path_;
    std::ifstream file_;
    std::uint64_t size_ = 0;
};

struct Directory {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t entries = 0;
};

Directory findDirectory(const std::string& path, Bytes& bytes) {
    const std::uint64_t tailSize =
        std::min<std::uint64_t>(bytes.size(), kEndBytes + kLongestComment);
    const std::uint64_t tailAt = bytes.size() - tailSize;
    const std::vector<std::uint8_t> tail = bytes.read(tailAt, tailSize);
    std::optional<std::size_t> end;
    for (std::size_t at = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; at-- > 0;)
        if (little(tail, at, 4) == kEnd) {
            end = at;
            break;
        }
    if (!end)
        throw Error(fmt::format("{} is not an NPZ file: it has no zip directory at its end (it may "
                                "be truncated)",
                                path));
    Directory directory{little(tail, *end + 16, 4), little(tail, *end + 12, 4),
                        little(tail, *end + 10, 2)};
    if (*end >= 20 && little(tail, *end - 20, 4) == kLocator64) {
        const std::vector<std::uint8_t> record = bytes.read(little(tail, *end - 12, 8), 56);
        if (little(record, 0, 4) != kEnd64)
            throw Error(
                fmt::format("{} is damaged: its zip64 directory is not where it should be", path));
        directory = {little(record, 48, 8), little(record, 40, 8), little(record, 32, 8)};
    }
    return directory;
}

std::vector<std::uint8_t> inflated(const std::string& what, const std::vector<std::uint8_t>& packed,
                                   std::uint64_t size) {
    std::vector<std::uint8_t> out(size);
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        throw Error("zlib cannot be started");
    std::size_t in = 0;
    std::size_t made = 0;
    int state = Z_OK;
    constexpr std::size_t kPiece = std::size_t{1} << 30;
    while (state == Z_OK) {
        stream.next_in = const_cast<Bytef*>(packed.data() + in);
        stream.avail_in = static_cast<uInt>(std::min(kPiece, packed.size() - in));
        stream.next_out = out.data() + made;
        stream.avail_out = static_cast<uInt>(std::min(kPiece, out.size() - made));
        const uInt hadIn = stream.avail_in;
        const uInt hadOut = stream.avail_out;
        state = inflate(&stream, Z_NO_FLUSH);
        in += hadIn - stream.avail_in;
        made += hadOut - stream.avail_out;
        if (state == Z_OK && hadIn == stream.avail_in && hadOut == stream.avail_out)
            state = Z_BUF_ERROR;
    }
    inflateEnd(&stream);
    if (state != Z_STREAM_END || made != size)
        throw Error(
            fmt::format("{} is damaged: it inflates to {} bytes, expected {}", what, made, size));
    return out;
}

} // namespace

bool startsLikeZip(std::span<const std::uint8_t> head) {
    return head.size() >= 4 && head[0] == 'P' && head[1] == 'K' &&
           ((head[2] == 3 && head[3] == 4) || (head[2] == 5 && head[3] == 6));
}

NpzFile::NpzFile(std::string path)
    : path_(std::move(path)) {
    Bytes bytes(path_);
    const Directory directory = findDirectory(path_, bytes);
    const std::vector<std::uint8_t> rows = bytes.read(directory.offset, directory.size);
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        if (at + kCentralBytes > rows.size() || little(rows, at, 4) != kCentral)
            throw Error(fmt::format("{} is damaged: entry {} of its zip directory", path_, i + 1));
        const std::size_t nameSize = little(rows, at + 28, 2);
        const std::size_t extraSize = little(rows, at + 30, 2);
        const std::size_t commentSize = little(rows, at + 32, 2);
        if (at + kCentralBytes + nameSize + extraSize + commentSize > rows.size())
            throw Error(fmt::format("{} is damaged: entry {} of its zip directory", path_, i + 1));
        Entry entry;
        entry.method = static_cast<int>(little(rows, at + 10, 2));
        entry.crc = static_cast<std::uint32_t>(little(rows, at + 16, 4));
        entry.packed = little(rows, at + 20, 4);
        entry.size = little(rows, at + 24, 4);
        entry.offset = little(rows, at + 42, 4);
        const auto name = rows.begin() + static_cast<std::ptrdiff_t>(at + kCentralBytes);
        entry.name.assign(name, name + static_cast<std::ptrdiff_t>(nameSize));
        // Zip64: what does not fit into 32 bits follows in an extra field.
        std::size_t extra = at + kCentralBytes + nameSize;
        const std::size_t extraEnd = extra + extraSize;
        while (extra + 4 <= extraEnd) {
            const std::size_t size = little(rows, extra + 2, 2);
            std::size_t value = extra + 4;
            const std::size_t valueEnd = std::min(value + size, extraEnd);
            if (little(rows, extra, 2) == 1)
                for (std::uint64_t* field : {&entry.size, &entry.packed, &entry.offset})
                    if (*field == 0xffffffff && value + 8 <= valueEnd) {
                        *field = little(rows, value, 8);
                        value += 8;
                    }
            extra += 4 + size;
        }
        if (entry.name.ends_with(".npy")) {
            entry.name.resize(entry.name.size() - 4);
            entries_.push_back(entry);
        }
        at += kCentralBytes + nameSize + extraSize + commentSize;
    }
    if (entries_.empty())
        throw Error(fmt::format("{} holds no NPY file", path_));
}

std::vector<std::string> NpzFile::names() const {
    std::vector<std::string> names;
    for (const Entry& entry : entries_)
        names.push_back(entry.name);
    return names;
}

NpyArray NpzFile::read(const std::string& name) const {
    const auto entry = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& e) { return e.name == name; });
    if (entry == entries_.end())
        throw Error(
            fmt::format("{} has no array {}; it holds {}", path_, name, fmt::join(names(), ", ")));
    const std::string what = fmt::format("{} in {}", name, path_);
    if (entry->method != 0 && entry->method != 8)
        throw Error(fmt::format("{} is packed by method {}, allowed are 0 (stored) and 8 (deflate)",
                                what, entry->method));
    if (entry->size > kLargestArray)
        throw Error(
            fmt::format("{} has {} bytes, allowed are up to {}", what, entry->size, kLargestArray));
    Bytes bytes(path_);
    const std::vector<std::uint8_t> local = bytes.read(entry->offset, kLocalBytes);
    if (little(local, 0, 4) != kLocal)
        throw Error(fmt::format("{} is damaged: no file starts where its directory says", what));
    const std::uint64_t start =
        entry->offset + kLocalBytes + little(local, 26, 2) + little(local, 28, 2);
    std::vector<std::uint8_t> data = bytes.read(start, entry->packed);
    if (entry->method == 8)
        data = inflated(what, data, entry->size);
    std::uint32_t crc = 0;
    for (std::size_t at = 0; at < data.size(); at += std::size_t{1} << 30)
        crc = static_cast<std::uint32_t>(crc32(
            crc, data.data() + at,
            static_cast<uInt>(std::min<std::size_t>(data.size() - at, std::size_t{1} << 30))));
    if (crc != entry->crc)
        throw Error(fmt::format("{} is damaged: its CRC is {:08x}, expected {:08x}", what, crc,
                                entry->crc));
    ByteStream input(std::move(data), what);
    return readNpy(input);
}

} // namespace inlay::engine

#include "engine/interop/gzip.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

// Window of 32 KiB; 16 asks zlib for the gzip format, whose CRC it then checks.
constexpr int kGzipWindow = 15 + 16;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

struct GzipInput::State {
    std::string path;
    std::unique_ptr<std::FILE, CloseFile> file;
    bool compressed = false;
    bool cut = false;
    bool memberEnded = false;
    z_stream stream = {};
    std::array<std::uint8_t, 1 << 16> buffer;

    ~State() {
        if (compressed)
            inflateEnd(&stream);
    }

    std::size_t readFile(std::uint8_t* target, std::size_t size) {
        const std::size_t got = std::fread(target, 1, size, file.get());
        if (got < size && std::ferror(file.get()))
            throw Error(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
        return got;
    }

    // False at the end of the file.
    bool refill() {
        if (stream.avail_in > 0)
            return true;
        stream.next_in = buffer.data();
        stream.avail_in = static_cast<uInt>(readFile(buffer.data(), buffer.size()));
        return stream.avail_in > 0;
    }

    [[noreturn]] void damaged() const {
        const std::string reason = stream.msg ? stream.msg : "unknown error";
        if (reason == "incorrect data check")
            throw Error(fmt::format("{} is damaged: the CRC of the gzip data is wrong", path),
                        reason);
        throw Error(fmt::format("{} is damaged: {} in the gzip data", path, reason));
    }

    std::size_t inflateInto(std::span<std::uint8_t> target) {
        stream.next_out = target.data();
        stream.avail_out = static_cast<uInt>(target.size());
        while (stream.avail_out > 0) {
            if (!refill()) {
                cut = !memberEnded;
                break;
            }
            if (memberEnded) {
                // Zero bytes after the last member are padding (RFC 1952 allows any number of
                // members and tools pad to blocks).
                if (*stream.next_in == 0) {
                    ++stream.next_in;
                    --stream.avail_in;
                    continue;
                }
                inflateReset(&stream);
                memberEnded = false;
            }
            const int status = inflate(&stream, Z_NO_FLUSH);
            if (status == Z_STREAM_END)
                memberEnded = true;
            else if (status != Z_OK)
                damaged();
        }
        return target.size() - stream.avail_out;
    }
};

GzipInput::GzipInput(std::string path)
    : state_(std::make_unique<State>()) {
    state_->path = std::move(path);
    state_->file.reset(std::fopen(state_->path.c_str(), "rb"));
    if (!state_->file)
        throw Error(fmt::format("cannot open {}: {}", state_->path, std::strerror(errno)));
    std::uint8_t magic[2] = {};
    const bool gzip = state_->readFile(magic, 2) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    std::rewind(state_->file.get());
    if (gzip) {
        if (inflateInit2(&state_->stream, kGzipWindow) != Z_OK)
            throw Error("zlib cannot start", state_->stream.msg ? state_->stream.msg : "");
        state_->compressed = true;
    }
}

GzipInput::~GzipInput() = default;
GzipInput::GzipInput(GzipInput&&) noexcept = default;
GzipInput& GzipInput::operator=(GzipInput&&) noexcept = default;

std::size_t GzipInput::read(std::span<std::uint8_t> target) {
    if (!state_->compressed)
        return state_->readFile(target.data(), target.size());
    // zlib counts in 32 bits.
    constexpr std::size_t kPiece = std::size_t{1} << 30;
    std::size_t got = 0;
    while (got < target.size()) {
        const std::size_t size = std::min(kPiece, target.size() - got);
        const std::size_t piece = state_->inflateInto(target.subspan(got, size));
        got += piece;
        if (piece < size)
            break;
    }
    return got;
}

const std::string& GzipInput::path() const {
    return state_->path;
}

bool GzipInput::compressed() const {
    return state_->compressed;
}

bool GzipInput::cut() const {
    return state_->cut;
}

} // namespace inlay::engine

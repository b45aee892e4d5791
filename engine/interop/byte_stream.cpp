#include "engine/interop/byte_stream.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/gzip.h"

namespace inlay::engine {

bool isStandardInput(const std::string& path) {
    return path == "-" || path == "/dev/stdin";
}

struct ByteStream::State {
    std::string name;
    std::optional<GzipInput> file; // none: standard input, or memory
    bool memory = false;
    std::vector<std::uint8_t> peeked; // all there is of memory
    std::size_t taken = 0;            // of peeked; 0 unless memory

    std::size_t readSource(std::span<std::uint8_t> target) {
        if (memory)
            return 0;
        if (file) {
            const std::size_t got = file->read(target);
            if (got < target.size() && file->cut())
                throw Error(
                    fmt::format("{} is truncated: the gzip data end before their CRC", name));
            return got;
        }
        const std::size_t got = std::fread(target.data(), 1, target.size(), stdin);
        if (got < target.size() && std::ferror(stdin))
            throw Error(fmt::format("cannot read {}: {}", name, std::strerror(errno)));
        return got;
    }
};

ByteStream::ByteStream(const std::string& path)
    : state_(std::make_unique<State>()) {
    const bool pipe = isStandardInput(path);
    state_->name = pipe ? "standard input" : path;
    if (!pipe)
        state_->file.emplace(path);
}

ByteStream::ByteStream(std::vector<std::uint8_t> bytes, std::string name)
    : state_(std::make_unique<State>()) {
    state_->name = std::move(name);
    state_->memory = true;
    state_->peeked = std::move(bytes);
}

ByteStream::~ByteStream() = default;
ByteStream::ByteStream(ByteStream&&) noexcept = default;
ByteStream& ByteStream::operator=(ByteStream&&) noexcept = default;

std::size_t ByteStream::read(std::span<std::uint8_t> target) {
    std::vector<std::uint8_t>& peeked = state_->peeked;
    const std::size_t kept = std::min(peeked.size() - state_->taken, target.size());
    const auto next = peeked.begin() + static_cast<std::ptrdiff_t>(state_->taken);
    std::copy_n(next, kept, target.begin());
    state_->taken += kept;
    // Memory is walked through rather than moved to the front again and again.
    if (!state_->memory || state_->taken == peeked.size()) {
        peeked.erase(peeked.begin(), peeked.begin() + static_cast<std::ptrdiff_t>(state_->taken));
        state_->taken = 0;
    }
    return kept == target.size() ? kept : kept + state_->readSource(target.subspan(kept));
}

std::span<const std::uint8_t> ByteStream::peek(std::size_t count) {
    std::vector<std::uint8_t>& peeked = state_->peeked;
    if (!state_->memory && peeked.size() < count) {
        const std::size_t before = peeked.size();
        peeked.resize(count);
        const std::size_t got = state_->readSource(std::span(peeked).subspan(before));
        peeked.resize(before + got);
    }
    const std::size_t there = peeked.size() - state_->taken;
    return std::span(peeked).subspan(state_->taken, std::min(count, there));
}

const std::string& ByteStream::name() const {
    return state_->name;
}

bool ByteStream::isPipe() const {
    return !state_->file && !state_->memory;
}

} // namespace inlay::engine

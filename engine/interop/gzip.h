#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace inlay::engine {

/// Reads a file from front to back, decompressing it on the way when it is a gzip file (told by
/// its first two bytes, not by its name). Several gzip members in a row are one stream.
class GzipInput {
public:
    /// Throws Error when the file cannot be opened.
    explicit GzipInput(std::string path);
    ~GzipInput();
    GzipInput(GzipInput&&) noexcept;
    GzipInput& operator=(GzipInput&&) noexcept;

    /// Fills `target` and returns how many bytes it got: fewer only at the end of the file. Throws
    /// Error when the file cannot be read or the compressed data are damaged (names the CRC).
    std::size_t read(std::span<std::uint8_t> target);

    const std::string& path() const;
    bool compressed() const;
    /// The compressed data stopped in the middle: the file was cut. Known once read() came short.
    bool cut() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace inlay::engine {

/// "-" and "/dev/stdin".
bool isStandardInput(const std::string& path);

/// Bytes from front to back: a file (gzip is told by its first bytes and decompressed) or standard
/// input. What was peeked is read again.
class ByteStream {
public:
    /// Throws Error when the file cannot be opened.
    explicit ByteStream(const std::string& path);
    /// Bytes that are in memory already; `name` is for sentences.
    ByteStream(std::vector<std::uint8_t> bytes, std::string name);
    ~ByteStream();
    ByteStream(ByteStream&&) noexcept;
    ByteStream& operator=(ByteStream&&) noexcept;

    /// Fills `target` and returns how many bytes it got: fewer only at the end. Throws Error when
    /// the file cannot be read or its compressed data are damaged or cut.
    std::size_t read(std::span<std::uint8_t> target);
    /// The next bytes (at most 4096), without consuming them; fewer only at the end.
    std::span<const std::uint8_t> peek(std::size_t count);

    /// As sentences name it: the path, or "standard input".
    const std::string& name() const;
    bool isPipe() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace inlay::engine

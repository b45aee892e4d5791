#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace inlay::engine {

/// Element types of the IDX format by their code.
enum class IdxType : std::uint8_t {
    U8 = 0x08,
    I8 = 0x09,
    I16 = 0x0B,
    I32 = 0x0C,
    F32 = 0x0D,
    F64 = 0x0E
};

std::size_t idxTypeSize(IdxType type);

/// The head of an IDX file: bytes 0, 0, type, number of dimensions, then each dimension as a
/// big-endian 32-bit number. The first dimension counts the records.
struct IdxHeader {
    IdxType type = IdxType::U8;
    std::vector<std::int64_t> shape;

    std::int64_t records() const { return shape.front(); }
    /// Bytes of one record.
    std::int64_t recordBytes() const;
    /// Bytes of the head itself and of all data.
    std::int64_t headBytes() const { return 4 + 4 * static_cast<std::int64_t>(shape.size()); }
    std::int64_t dataBytes() const { return records() * recordBytes(); }
};

/// An IDX file in memory; `bytes` are the elements in row-major order, in this machine's byte
/// order.
struct IdxArray {
    IdxHeader header;
    std::vector<std::uint8_t> bytes;
    /// A sentence when something follows the data, otherwise empty.
    std::string warning;

    /// The elements as numbers, whatever their type.
    std::vector<float> floats() const;
};

/// What a file has to be. Four dimensions or a type other than U8 are fine for readIdx() without
/// an expectation.
struct IdxExpectation {
    IdxType type = IdxType::U8;
    int dimensions = 1;
};
inline constexpr IdxExpectation kIdxImages{IdxType::U8, 3};
inline constexpr IdxExpectation kIdxLabels{IdxType::U8, 1};

/// Reads an IDX file, compressed by gzip or not. Throws Error with a sentence on a wrong magic
/// number (with the bytes), on a file that is cut (bytes expected and found, the record that is
/// incomplete) and on damaged gzip data.
IdxArray readIdx(const std::string& path);
IdxArray readIdx(const std::string& path, const IdxExpectation& expectation);

/// Reads only the head.
IdxHeader readIdxHeader(const std::string& path, const IdxExpectation& expectation);

/// Reads the whole file without keeping it, so that every check of readIdx() is made: `visit` gets
/// the data in pieces of whole records with the number of the first record (it may be empty).
/// Returns the head and the warning, no bytes.
IdxArray scanIdx(const std::string& path, const IdxExpectation& expectation,
                 const std::function<void(std::int64_t, std::span<const std::uint8_t>)>& visit);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/interop/byte_stream.h"

namespace inlay::engine {

/// Element types of the NPY format that are read: little- or big-endian where that matters.
enum class NpyType { F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Bool, F16 };
std::size_t npyTypeSize(NpyType type);

/// Head of an NPY file (format 1.0 to 3.0, numpy.lib.format).
struct NpyHeader {
    NpyType type = NpyType::F32;
    bool bigEndian = false;
    bool fortranOrder = false;
    std::vector<std::int64_t> shape;

    std::int64_t elements() const;
};

/// Whether a stream starts like an NPY file.
bool startsLikeNpy(std::span<const std::uint8_t> head);

/// Reads the head and leaves the stream at the first element. Throws Error that says what is wrong
/// (magic, version, dictionary, type).
NpyHeader readNpyHeader(ByteStream& input);

/// Elements in the file's order as doubles; `raw` holds whole elements.
void npyToDoubles(const NpyHeader& header, std::span<const std::uint8_t> raw, double* out);

/// A whole file in memory, row-major whatever its order was.
struct NpyArray {
    NpyHeader header;
    std::vector<double> values;
};
NpyArray readNpy(const std::string& path);
NpyArray readNpy(ByteStream& input);

/// Writes an NPY file (1.0, little-endian, row-major) piece by piece. Throws Error when it cannot.
class NpyWriter {
public:
    NpyWriter(const std::string& path, NpyType type, const std::vector<std::int64_t>& shape);
    ~NpyWriter();
    NpyWriter(const NpyWriter&) = delete;
    NpyWriter& operator=(const NpyWriter&) = delete;

    void write(std::span<const float> values);        // F32
    void write(std::span<const double> values);       // F64
    void write(std::span<const std::int32_t> values); // I32
    /// Flushes; throws when fewer or more elements were written than the shape says.
    void close();

private:
    void writeBytes(const void* data, std::size_t bytes);

    std::string path_;
    NpyType type_;
    std::int64_t expected_ = 0;
    std::int64_t written_ = 0;
    std::FILE* file_ = nullptr;
};

} // namespace inlay::engine

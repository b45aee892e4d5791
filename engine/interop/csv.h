#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace inlay::engine {

/// The shortest text that reads back as the same double, with a point whatever the locale; "nan",
/// "inf" and "-inf" for numbers that are not finite.
std::string csvNumber(double value);

/// A text as one cell (RFC 4180): in quotes, with inner quotes doubled, when it holds a comma, a
/// quote or a line break.
std::string csvText(std::string_view text);

/// Writes a series as a file with the columns step and value. Both spans have the same length.
/// Throws Error when the file cannot be written.
void writeSeriesCsv(const std::string& path, std::span<const std::int64_t> steps,
                    std::span<const double> values);

} // namespace inlay::engine

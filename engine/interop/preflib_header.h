#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/interop/preflib.h"
#include "engine/interop/preflib_lines.h"

namespace inlay::engine::preflib {

/// The part of a path after its last dot, in lower case.
std::string endingOf(std::string_view path);

/// What stands before the data.
struct Header {
    PreflibType type = PreflibType::Soc;
    PreflibMetadata metadata;
    std::vector<std::string> alternatives;
    std::vector<std::string> categories;
    /// "NUMBER VOTERS" and the like, as the header has them.
    std::map<std::string, std::int64_t, std::less<>> numbers;
    std::vector<std::string> warnings;

    std::optional<std::int64_t> number(std::string_view key) const;
    /// Warns where the header's number differs from the data's.
    void compare(std::string_view key, const char* what, std::int64_t data,
                 const std::string& source);
};

/// Reads the "# KEY: value" lines of the current format and stops at the first line of data.
/// `allowed` are the types that the caller can take. Throws Error naming file and line.
Header readHeader(Lines& lines, const std::string& source, std::span<const PreflibType> allowed);
/// The legacy header: number of alternatives, names, "voters,sum of counts,unique".
Header readLegacyHeader(Lines& lines, const std::string& source);

/// The lines of metadata, then those of `numbers` in their order, categories, alternatives.
std::string headerText(PreflibType type, const PreflibMetadata& metadata,
                       const std::vector<std::pair<const char*, std::int64_t>>& numbers,
                       const std::vector<std::string>& categories,
                       const std::vector<std::string>& alternatives);

} // namespace inlay::engine::preflib

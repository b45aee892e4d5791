#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// Edits (insert, delete, replace, swap of neighbors) that turn `a` into `b`.
std::size_t editDistance(std::string_view a, std::string_view b);

/// The candidate closest to `wanted`; the first of equals; empty when there are no candidates.
/// Dotted keys that differ only in their leading parts count as close.
std::string nearestKey(std::string_view wanted, const std::vector<std::string>& candidates);

} // namespace inlay::engine

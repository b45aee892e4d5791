#include "engine/runner/setting_outcome.h"

#include <charconv>
#include <string_view>

namespace inlay::engine {
namespace {

constexpr std::string_view kPrefix = "applied at step ";

} // namespace

std::string appliedOutcome(std::int64_t step) {
    return std::string(kPrefix) + std::to_string(step);
}

std::optional<std::int64_t> appliedStep(const std::string& outcome) {
    if (!outcome.starts_with(kPrefix))
        return std::nullopt;
    std::int64_t step = 0;
    const char* end = outcome.data() + outcome.size();
    const auto [stop, error] = std::from_chars(outcome.data() + kPrefix.size(), end, step);
    if (error != std::errc() || stop != end)
        return std::nullopt;
    return step;
}

} // namespace inlay::engine

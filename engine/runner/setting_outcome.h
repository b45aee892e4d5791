#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace inlay::engine {

// The outcome column of a `set` control row tells resume and fork at which step to replay it.

/// "applied at step 120"
std::string appliedOutcome(std::int64_t step);
/// The step of such an outcome; nothing for any other text.
std::optional<std::int64_t> appliedStep(const std::string& outcome);

} // namespace inlay::engine

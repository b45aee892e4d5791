#include "engine/base/error.h"

#include <utility>

namespace inlay::engine {

Error::Error(const std::string& message, std::string detail)
    : std::runtime_error(message)
    , detail_(std::move(detail)) {}

} // namespace inlay::engine

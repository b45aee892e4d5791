#pragma once

namespace inlay::engine {

/// The program's version, e.g. "0.1.0".
const char* version();

} // namespace inlay::engine

#pragma once

#include <string>

namespace inlay::engine {

/// All of a text file. Throws Error with its name when it cannot be read or is a folder.
std::string readTextFile(const std::string& path);

} // namespace inlay::engine

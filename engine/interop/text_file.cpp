#include "engine/interop/text_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {

std::string readTextFile(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        throw Error(fmt::format("{} cannot be read: it is a folder", path));
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file)
        text << file.rdbuf();
    // An empty file sets failbit on `text`, which is no failure of the file.
    if (!file || text.bad())
        throw Error(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
    return text.str();
}

} // namespace inlay::engine

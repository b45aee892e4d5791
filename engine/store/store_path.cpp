#include "engine/store/store_path.h"

#include <cstdlib>
#include <filesystem>

namespace inlay::engine {
namespace {

// Unset and empty mean the same, as the base directory specification says.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

} // namespace

std::string defaultStorePath() {
    if (std::string store = environment("INLAY_STORE"); !store.empty())
        return store;
    std::filesystem::path data = environment("XDG_DATA_HOME");
    if (data.empty())
        data = std::filesystem::path(environment("HOME")) / ".local" / "share";
    return (data / "inlay" / "inlay.db").string();
}

} // namespace inlay::engine

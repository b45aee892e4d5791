#include "engine/schema/config_hash.h"

#include <cstdint>

#include <fmt/format.h>

namespace inlay::engine {

std::string canonicalJson(const Json& value) {
    // nlohmann::json keeps its keys in a std::map, that is, sorted.
    return nlohmann::json::parse(dumpJson(value)).dump();
}

std::string configHash(const std::string& kind, int version, const AnySchema& schema,
                       const Json& config) {
    const std::string text =
        fmt::format("{}\n{}\n{}", kind, version, canonicalJson(schema.reduce(config)));
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return fmt::format("{:016x}", hash);
}

} // namespace inlay::engine

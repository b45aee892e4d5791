#pragma once

#include <string>

namespace inlay::engine::log {

enum class Level { Debug, Info, Warning, Error };

/// Writes one line to stderr when `level` is at or above the threshold. Thread safe.
void write(Level level, const std::string& message);
inline void debug(const std::string& message) {
    write(Level::Debug, message);
}
inline void info(const std::string& message) {
    write(Level::Info, message);
}
inline void warning(const std::string& message) {
    write(Level::Warning, message);
}
inline void error(const std::string& message) {
    write(Level::Error, message);
}

/// Threshold; the default is Warning, or what the environment variable INLAY_LOG names.
void setLevel(Level level);

} // namespace inlay::engine::log

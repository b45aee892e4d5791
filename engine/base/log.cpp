#include "engine/base/log.h"

#include <cstdlib>
#include <memory>
#include <string_view>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace inlay::engine::log {
namespace {

spdlog::level::level_enum toSpdlog(Level level) {
    switch (level) {
    case Level::Debug:
        return spdlog::level::debug;
    case Level::Info:
        return spdlog::level::info;
    case Level::Warning:
        return spdlog::level::warn;
    case Level::Error:
        break;
    }
    return spdlog::level::err;
}

spdlog::logger& logger() {
    static const std::shared_ptr<spdlog::logger> instance = [] {
        auto made = std::make_shared<spdlog::logger>(
            "inlay", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%H:%M:%S.%e %l: %v");
        const char* wish = std::getenv("INLAY_LOG");
        made->set_level(wish ? spdlog::level::from_str(wish) : spdlog::level::warn);
        return made;
    }();
    return *instance;
}

} // namespace

void write(Level level, const std::string& message) {
    logger().log(toSpdlog(level), std::string_view(message));
}

void setLevel(Level level) {
    logger().set_level(toSpdlog(level));
}

} // namespace inlay::engine::log

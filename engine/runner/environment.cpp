#include "engine/runner/environment.h"

#include <sys/utsname.h>

#include <fmt/format.h>

#include "engine/base/version.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace inlay::engine {

Json describeEnvironment(const Device& device) {
    Json environment = Json::object();
    environment["inlay"] = version();
    environment["device"] = device.name();
    environment["backend"] = device.backend().description();
    environment["threads"] = kernels::threadCount();
    environment["compiler"] = fmt::format("g++ {}", __VERSION__);
    utsname system{};
    if (uname(&system) == 0)
        environment["system"] =
            fmt::format("{} {} {}", system.sysname, system.release, system.machine);
    return environment;
}

} // namespace inlay::engine

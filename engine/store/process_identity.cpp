#include "engine/store/process_identity.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

namespace inlay::engine {
namespace {

struct ProcessState {
    std::int64_t start = 0;
    char state = '?';
};

/// /proc/<pid>/stat; start 0 when it cannot be read. The command name may hold spaces and
/// parentheses, so fields are counted from the last ')'.
ProcessState processState(std::int64_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string line;
    ProcessState result;
    if (!std::getline(file, line))
        return result;
    const std::size_t end = line.rfind(')');
    if (end == std::string::npos)
        return result;
    std::istringstream fields(line.substr(end + 1));
    std::string field;
    for (int i = 3; i <= 22 && fields >> field; ++i) {
        if (i == 3)
            result.state = field[0];
        if (i == 22)
            std::from_chars(field.data(), field.data() + field.size(), result.start);
    }
    return result;
}

} // namespace

std::string hostName() {
    std::array<char, 256> name = {};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
        return "localhost";
    return name.data();
}

ProcessIdentity ProcessIdentity::current() {
    const std::int64_t pid = ::getpid();
    return {pid, processState(pid).start, hostName()};
}

Liveness liveness(const ProcessIdentity& process) {
    if (process.host != hostName())
        return Liveness::Unknown;
    if (process.pid <= 0)
        return Liveness::Gone;
    const ProcessState state = processState(process.pid);
    if (state.start == 0) {
        // Without /proc only the pid tells.
        const bool exists = ::kill(static_cast<pid_t>(process.pid), 0) == 0 || errno == EPERM;
        return exists ? Liveness::Alive : Liveness::Gone;
    }
    if (state.state == 'Z' || state.state == 'X')
        return Liveness::Gone;
    return process.procStart == 0 || process.procStart == state.start ? Liveness::Alive
                                                                      : Liveness::Gone;
}

std::string textOf(const ProcessIdentity& process) {
    return fmt::format("{}:{}:{}", process.host, process.pid, process.procStart);
}

ProcessIdentity processFromString(const std::string& text) {
    const std::size_t second = text.rfind(':');
    const std::size_t first =
        second == std::string::npos || second == 0 ? second : text.rfind(':', second - 1);
    if (first == std::string::npos || first == second)
        return {};
    ProcessIdentity process;
    process.host = text.substr(0, first);
    std::from_chars(text.data() + first + 1, text.data() + second, process.pid);
    std::from_chars(text.data() + second + 1, text.data() + text.size(), process.procStart);
    return process;
}

} // namespace inlay::engine

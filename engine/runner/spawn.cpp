#include "engine/runner/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "engine/base/error.h"

extern char** environ;

namespace inlay::engine {
namespace {

class SpawnSettings {
public:
    SpawnSettings() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnSettings() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

// posix_spawn takes pointers to char but does not write through them.
std::vector<char*> argumentPointers(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    return argv;
}

int exitCodeOf(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int runForeground(const std::vector<std::string>& arguments) {
    pid_t pid = 0;
    std::vector<char*> argv = argumentPointers(arguments);
    const int failure =
        posix_spawn(&pid, arguments.front().c_str(), nullptr, nullptr, argv.data(), environ);
    if (failure != 0)
        throw Error(fmt::format("{} could not be started", arguments.front()),
                    std::strerror(failure));
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return exitCodeOf(status);
}

std::int64_t spawnProgram(const std::vector<std::string>& arguments, const std::string& logFile,
                          SpawnSession session) {
    SpawnSettings settings;
    const char* sink = logFile.empty() ? "/dev/null" : logFile.c_str();
    posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, sink,
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO);
    // Ctrl-C in the terminal must reach the front end only; it decides about its children.
    if (session == SpawnSession::Detached) {
        posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID);
    } else {
        posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETPGROUP);
        posix_spawnattr_setpgroup(&settings.attributes, 0);
    }
    std::vector<char*> argv = argumentPointers(arguments);
    pid_t pid = 0;
    const int failure = posix_spawn(&pid, arguments.front().c_str(), &settings.actions,
                                    &settings.attributes, argv.data(), environ);
    if (failure != 0)
        throw Error(fmt::format("{} could not be started", arguments.front()),
                    std::strerror(failure));
    return pid;
}

std::optional<ChildEnd> reapChild() {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0)
        return std::nullopt;
    return ChildEnd{pid, exitCodeOf(status)};
}

std::string programPath() {
    std::error_code failure;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", failure);
    if (failure)
        throw Error("the path of this program could not be read", failure.message());
    return path.string();
}

} // namespace inlay::engine

#include "benchmarks/kill_resume_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "engine/base/error.h"

namespace inlay::benchmarks {

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw engine::Error("a pipe could not be made");
    std::vector<char*> arguments;
    for (const std::string& part : command)
        arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    if (pid_ < 0)
        throw engine::Error("a process could not be started");
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        kill();
        wait();
    }
    ::close(output_);
}

bool ChildProcess::readLines(const std::function<bool(const std::string&)>& line) {
    for (;;) {
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
            const std::string next = rest_.substr(0, end);
            rest_.erase(0, end + 1);
            if (!line(next))
                return true;
        }
        char buffer[4096];
        const ssize_t count = ::read(output_, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        rest_.append(buffer, static_cast<std::size_t>(count));
    }
}

void ChildProcess::kill() {
    ::kill(pid_, SIGKILL);
}

int ChildProcess::wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace inlay::benchmarks

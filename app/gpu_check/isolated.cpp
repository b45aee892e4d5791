#include "app/gpu_check/isolated.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/error.h"

namespace inlay::app {
namespace {

// Lines of the pipe: a kind and a text.
constexpr char kLine = 'l';
constexpr char kEnd = 'e';     // of a task
constexpr char kSpent = 's';   // the task ended, but its process can do no more
constexpr char kRefused = 'r'; // no task could be begun, and why

void send(int pipe, char kind, const std::string& text) {
    std::string line(1, kind);
    line += text;
    line += '\n';
    const char* data = line.data();
    std::size_t left = line.size();
    while (left > 0) {
        const ssize_t written = ::write(pipe, data, left);
        if (written < 0 && errno != EINTR)
            std::_Exit(1); // the parent is gone
        if (written > 0) {
            data += written;
            left -= static_cast<std::size_t>(written);
        }
    }
}

TaskRunner beginOrRefuse(const IsolatedTasks& tasks, int pipe) {
    try {
        return tasks.begin();
    } catch (const std::exception& error) {
        send(pipe, kRefused, error.what());
        std::_Exit(0);
    }
}

[[noreturn]] void workAsChild(const IsolatedTasks& tasks, std::size_t first, int pipe) {
    // A child whose GPU hangs must not outlive the parent that was stopped meanwhile.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int code = 0;
    const TaskRunner run = beginOrRefuse(tasks, pipe);
    try {
        for (std::size_t i = first; i < tasks.names.size(); ++i) {
            const bool usable =
                run(tasks.names[i], [&](const std::string& line) { send(pipe, kLine, line); });
            send(pipe, usable ? kEnd : kSpent, "");
            if (!usable)
                break;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "inlay-gpu-check: %s\n", error.what());
        code = 1;
    }
    std::fflush(nullptr);
    // Destructors of a device that failed would wait for it.
    std::_Exit(code);
}

/// One child and what it has sent that was not read yet.
class Child {
public:
    Child(const IsolatedTasks& tasks, std::size_t first) {
        int ends[2];
        if (::pipe(ends) != 0)
            throw engine::Error("No pipe could be made for the process of the tasks.");
        std::fflush(nullptr);
        process_ = ::fork();
        if (process_ < 0)
            throw engine::Error("No process could be started for the tasks.");
        if (process_ == 0) {
            ::close(ends[0]);
            workAsChild(tasks, first, ends[1]);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
    }

    ~Child() {
        ::close(pipe_);
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
        }
    }

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    enum class Read { Line, Silence, End };

    Read next(std::string& line, int seconds) {
        for (;;) {
            const std::size_t end = buffer_.find('\n');
            if (end != std::string::npos) {
                line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                return Read::Line;
            }
            pollfd wanted{pipe_, POLLIN, 0};
            const int ready = ::poll(&wanted, 1, seconds * 1000);
            if (ready == 0)
                return Read::Silence;
            if (ready < 0 && errno == EINTR)
                continue;
            char part[4096];
            const ssize_t size = ::read(pipe_, part, sizeof part);
            if (size <= 0)
                return Read::End;
            buffer_.append(part, static_cast<std::size_t>(size));
        }
    }

    /// Waits for its end and says what it was, as a sentence.
    std::string ending() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        if (WIFSIGNALED(status))
            return std::string("The process ended by a signal: ") + ::strsignal(WTERMSIG(status)) +
                   ".";
        return "The process ended with exit code " + std::to_string(WEXITSTATUS(status)) + ".";
    }

private:
    pid_t process_ = -1;
    int pipe_ = -1;
    std::string buffer_;
};

/// Follows one child from task `first` on and returns the task that the next child begins with.
std::size_t follow(const IsolatedTasks& tasks, std::size_t first) {
    Child child(tasks, first);
    std::size_t current = first;
    std::string line;
    for (;;) {
        switch (child.next(line, tasks.silenceSeconds)) {
        case Child::Read::Silence:
            tasks.lost(tasks.names[current], "Nothing was heard of it for " +
                                                 std::to_string(tasks.silenceSeconds) +
                                                 " seconds.");
            return current + 1;
        case Child::Read::End: {
            const std::string reason = child.ending();
            if (current < tasks.names.size())
                tasks.lost(tasks.names[current], reason);
            return current + 1;
        }
        case Child::Read::Line:
            if (line[0] == kRefused)
                throw engine::Error(line.substr(1));
            if (line[0] == kLine)
                tasks.receive(tasks.names[current], line.substr(1));
            else if (line[0] == kSpent)
                return current + 1;
            else if (line[0] == kEnd && ++current == tasks.names.size())
                return current;
        }
    }
}

} // namespace

void runIsolated(const IsolatedTasks& tasks) {
    for (std::size_t next = 0; next < tasks.names.size();)
        next = follow(tasks, next);
}

void runHere(const IsolatedTasks& tasks) {
    if (tasks.names.empty())
        return;
    const TaskRunner run = tasks.begin();
    for (std::size_t i = 0; i < tasks.names.size(); ++i) {
        const bool usable = run(
            tasks.names[i], [&](const std::string& line) { tasks.receive(tasks.names[i], line); });
        if (usable)
            continue;
        for (std::size_t j = i + 1; j < tasks.names.size(); ++j)
            tasks.lost(tasks.names[j], "The device failed in " + tasks.names[i] + ".");
        return;
    }
}

} // namespace inlay::app

#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace inlay::benchmarks {

/// A program started with a pipe for its standard output; its standard error is dropped.
class ChildProcess {
public:
    explicit ChildProcess(const std::vector<std::string>& command);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    /// Hands over each line of standard output as it comes, until `line` returns false (true is
    /// returned then) or the output ends.
    bool readLines(const std::function<bool(const std::string&)>& line);
    void kill();
    /// Exit code, or 128 + the signal's number.
    int wait();

private:
    pid_t pid_ = -1;
    int output_ = -1;
    std::string rest_; // read, not yet handed over
};

} // namespace inlay::benchmarks

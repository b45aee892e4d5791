#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engine/runner/question_desk.h"

namespace inlay::app {

/// Puts the questions of a run to the person at the terminal, or as JSON lines to a program that
/// answers on standard input. It has a thread and a store connection of its own, because the run
/// may be executed by this very process.
class TerminalAsker {
public:
    TerminalAsker(std::string storePath, engine::RunId run, bool json);
    /// Ends the thread; a question may stay open.
    ~TerminalAsker();
    TerminalAsker(const TerminalAsker&) = delete;
    TerminalAsker& operator=(const TerminalAsker&) = delete;

    /// Waits until the person stopped, the session is complete, or the run has ended otherwise.
    void wait();

private:
    void ask();
    void show(const engine::OpenQuestion& question, const std::vector<std::string>& names) const;

    std::string storePath_;
    engine::RunId run_;
    bool json_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace inlay::app

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
    /// `annotator` is kept with every answer; empty = nobody said.
    TerminalAsker(std::string storePath, engine::RunId run, bool json, std::string annotator);
    /// Ends the thread; a question may stay open.
    ~TerminalAsker();
    TerminalAsker(const TerminalAsker&) = delete;
    TerminalAsker& operator=(const TerminalAsker&) = delete;

    /// Waits until the person stopped, the session is complete, or the run has ended otherwise.
    void wait();

private:
    void ask();
    /// What stands for an item: its name and, of a recorded run, its figures.
    struct Item {
        std::string name;
        engine::Json card;
    };
    static std::vector<Item> itemsOf(engine::RunStore& store, engine::RunId run);
    void show(const engine::OpenQuestion& question, const std::vector<Item>& items) const;

    std::string storePath_;
    engine::RunId run_;
    bool json_;
    std::string annotator_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

} // namespace inlay::app

#include "app/cli/terminal_asker.h"

#include <chrono>
#include <exception>
#include <optional>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/terminal_input.h"
#include "engine/base/clock.h"
#include "engine/runner/interrupt.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using engine::Json;
using engine::OpenQuestion;

// Names by item number, once the run has recorded them.
std::vector<std::string> itemNames(engine::RunStore& store, engine::RunId run) {
    std::vector<std::string> names;
    for (const engine::ResultRow& row : store.resultRows(run, "items")) {
        const Json data = engine::parseJson(row.data, "an item");
        const std::string file = data.value("file", "");
        const auto item = data.at("item").get<std::size_t>();
        names.resize(std::max(names.size(), item + 1));
        names[item] = file.empty() ? data.at("name").get<std::string>() : file;
    }
    return names;
}

bool isAnswer(const std::string& word) {
    return word == "left" || word == "right" || word == "tie" || word == "skip";
}

} // namespace

TerminalAsker::TerminalAsker(std::string storePath, engine::RunId run, bool json)
    : storePath_(std::move(storePath))
    , run_(run)
    , json_(json)
    , thread_([this] {
        try {
            ask();
        } catch (const std::exception& error) {
            printSentence(error.what());
            engine::requestInterrupt();
        }
    }) {}

TerminalAsker::~TerminalAsker() {
    stop_ = true;
    wait();
}

void TerminalAsker::wait() {
    if (thread_.joinable())
        thread_.join();
}

void TerminalAsker::show(const OpenQuestion& question,
                         const std::vector<std::string>& names) const {
    const auto left = question.content.at("left").get<std::size_t>();
    const auto right = question.content.at("right").get<std::size_t>();
    if (json_) {
        printJson({{"type", "question"},
                   {"run", run_},
                   {"n", question.n},
                   {"left", names.at(left)},
                   {"right", names.at(right)},
                   {"answered", question.content.value("answered", 0)},
                   {"about", question.content.value("about", 0)}});
        return;
    }
    printSentence(fmt::format("\n{}  (answered {} of about {})\n  left   {}\n  right  {}",
                              question.content.value("question", ""),
                              question.content.value("answered", 0),
                              question.content.value("about", 0), names.at(left), names.at(right)));
}

void TerminalAsker::ask() {
    engine::RunStore store = engine::RunStore::open(storePath_, engine::OpenMode::ReadWrite);
    engine::QuestionDesk desk(run_);
    const bool hasKeys = !json_ && TerminalInput::isTerminal();
    TerminalInput input(hasKeys ? TerminalInput::Mode::Keys : TerminalInput::Mode::Lines);
    if (!json_)
        printSentence(hasKeys
                          ? "Keys: left and right arrow choose, down = tie, s = skip, z = undo, "
                            "q = stop (the run can be resumed)."
                          : "Answer with a line: left, right, tie, skip, undo or quit.");
    std::vector<std::string> names;
    std::optional<OpenQuestion> shown;
    double shownAt = 0;
    double nextLook = 0;
    while (!stop_ && !engine::interruptRequested()) {
        if (!shown) {
            shown = desk.current(store);
            if (!shown) {
                // The run may have ended without us: failed, or stopped from elsewhere.
                if (engine::monotonicSeconds() > nextLook) {
                    nextLook = engine::monotonicSeconds() + 1;
                    const auto record = store.run(run_);
                    if (!record || engine::hasEnded(record->status))
                        return;
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(engine::kQuestionPollMs));
                continue;
            }
            if (shown->isDone())
                return;
            if (names.empty())
                names = itemNames(store, run_);
            show(*shown, names);
            shownAt = engine::monotonicSeconds();
        }
        const std::optional<std::string> word = input.next(engine::kQuestionPollMs);
        if (!word) {
            // Somebody may answer the same question in the window.
            const auto open = desk.current(store);
            if (open &&
                (open->n != shown->n || open->content.at("after") != shown->content.at("after")) &&
                !(open->n == shown->n &&
                  open->content.value("left", -1) == shown->content.value("left", -1)))
                shown.reset();
            continue;
        }
        if (*word == "quit") {
            engine::requestInterrupt();
            return;
        }
        if (*word == "undo") {
            if (shown->n > 1) {
                desk.undo(store, *shown);
                shown.reset();
            } else if (!json_) {
                printSentence("There is no answer to take back.");
            }
        } else if (isAnswer(*word)) {
            const double seconds = engine::monotonicSeconds() - shownAt;
            desk.answer(store, *shown, *word, {{"ms", static_cast<std::int64_t>(1000 * seconds)}});
            shown.reset();
        } else {
            const std::string sentence = fmt::format(
                "\"{}\" is no answer; allowed are left, right, tie, skip, undo and quit.", *word);
            if (json_)
                printJson({{"type", "event"}, {"level", "warning"}, {"text", sentence}});
            printSentence(sentence);
        }
    }
}

} // namespace inlay::app

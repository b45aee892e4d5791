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

// What people need for an answer, as a rule.
constexpr double kSecondsAnAnswer = 4;

// "  98.12 %  Accuracy" under the name of a run.
std::string figuresOf(const Json& card) {
    std::string text;
    if (!card.is_object() || !card.contains("lines"))
        return text;
    for (const Json& line : card.at("lines"))
        text += fmt::format("\n           {}  {}", line.at("text").get<std::string>(),
                            line.at("title").get<std::string>());
    return text;
}

bool isAnswer(const std::string& word) {
    return word == "left" || word == "right" || word == "tie" || word == "skip";
}

} // namespace

TerminalAsker::TerminalAsker(std::string storePath, engine::RunId run, bool json,
                             std::string annotator)
    : storePath_(std::move(storePath))
    , run_(run)
    , json_(json)
    , annotator_(std::move(annotator))
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

std::vector<TerminalAsker::Item> TerminalAsker::itemsOf(engine::RunStore& store,
                                                        engine::RunId run) {
    std::vector<Item> items;
    for (const engine::ResultRow& row : store.resultRows(run, "items")) {
        const Json data = engine::parseJson(row.data, "an item");
        const std::string file = data.value("file", "");
        const auto item = data.at("item").get<std::size_t>();
        items.resize(std::max(items.size(), item + 1));
        items[item].name = file.empty() ? data.at("name").get<std::string>() : file;
        if (data.contains("card"))
            items[item].card = data.at("card");
    }
    return items;
}

void TerminalAsker::show(const OpenQuestion& question, const std::vector<Item>& items) const {
    const Item& left = items.at(question.content.at("left").get<std::size_t>());
    const Item& right = items.at(question.content.at("right").get<std::size_t>());
    if (json_) {
        Json line = {{"type", "question"},
                     {"run", run_},
                     {"n", question.n},
                     {"left", left.name},
                     {"right", right.name},
                     {"answered", question.content.value("answered", 0)},
                     {"about", question.content.value("about", 0)}};
        if (!left.card.is_null())
            line["cards"] = {{"left", left.card}, {"right", right.card}};
        printJson(line);
        return;
    }
    printSentence(fmt::format("\n{}  (answered {} of about {})\n  left   {}{}\n  right  {}{}",
                              question.content.value("question", ""),
                              question.content.value("answered", 0),
                              question.content.value("about", 0), left.name, figuresOf(left.card),
                              right.name, figuresOf(right.card)));
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
    std::vector<Item> items;
    std::optional<OpenQuestion> shown;
    double shownAt = 0;
    double nextLook = 0;
    bool isTold = false; // how long it will take
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
            if (items.empty())
                items = itemsOf(store, run_);
            if (!json_ && shown->content.value("answered", 0) == 0 && !isTold) {
                const double about = shown->content.value("about", 0.0);
                printSentence(fmt::format("About {:.0f} questions; at 4 s each that is {}.", about,
                                          durationText(kSecondsAnAnswer * about)));
                isTold = true;
            }
            show(*shown, items);
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
            Json facts = {{"ms", static_cast<std::int64_t>(1000 * seconds)}};
            if (!annotator_.empty())
                facts["annotator"] = annotator_;
            desk.answer(store, *shown, *word, facts);
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

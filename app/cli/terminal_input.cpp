#include "app/cli/terminal_input.h"

#include <poll.h>
#include <unistd.h>

#include <array>

namespace inlay::app {
namespace {

struct Key {
    const char* bytes;
    const char* word;
};

constexpr std::array<Key, 13> kKeys = {{{"\033[D", "left"},
                                        {"\033[C", "right"},
                                        {"\033[B", "tie"},
                                        {"\033OD", "left"},
                                        {"\033OC", "right"},
                                        {"\033OB", "tie"},
                                        {"s", "skip"},
                                        {"z", "undo"},
                                        {"\032", "undo"}, // Ctrl+Z
                                        {"q", "quit"},
                                        {"1", "left"},
                                        {"2", "right"},
                                        {"0", "tie"}}};

} // namespace

bool TerminalInput::isTerminal() {
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

TerminalInput::TerminalInput(Mode mode)
    : mode_(mode) {
    if (mode_ != Mode::Keys)
        return;
    tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VSUSP] = _POSIX_VDISABLE; // Ctrl+Z takes an answer back
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

TerminalInput::~TerminalInput() {
    if (mode_ == Mode::Keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

std::optional<std::string> TerminalInput::takeKey() {
    while (!pending_.empty()) {
        for (const Key& key : kKeys) {
            if (pending_.starts_with(key.bytes)) {
                pending_.erase(0, std::string_view(key.bytes).size());
                return key.word;
            }
        }
        // The start of an arrow whose rest has not come yet.
        if (pending_[0] == '\033' && pending_.size() < 3)
            return std::nullopt;
        pending_.erase(0, 1);
    }
    return std::nullopt;
}

std::optional<std::string> TerminalInput::takeLine() {
    const std::size_t end = pending_.find('\n');
    if (end == std::string::npos)
        return std::nullopt;
    std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r')
        line.pop_back();
    return line;
}

std::optional<std::string> TerminalInput::next(int milliseconds) {
    const auto take = [&] {
        return mode_ == Mode::Keys ? takeKey() : takeLine();
    };
    if (auto word = take())
        return word;
    if (ended_)
        return "quit";
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, milliseconds) <= 0)
        return std::nullopt;
    std::array<char, 256> bytes{};
    const ssize_t count = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0)
        pending_.append(bytes.data(), static_cast<std::size_t>(count));
    else
        ended_ = true;
    return take();
}

} // namespace inlay::app

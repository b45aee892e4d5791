#pragma once

#include <termios.h>

#include <optional>
#include <string>

namespace inlay::app {

/// What a person wants, read from standard input without blocking for long: single keys on a
/// terminal (arrows, s, z, q), lines of words otherwise.
class TerminalInput {
public:
    enum class Mode { Keys, Lines };

    explicit TerminalInput(Mode mode);
    ~TerminalInput();
    TerminalInput(const TerminalInput&) = delete;
    TerminalInput& operator=(const TerminalInput&) = delete;

    /// Whether keys can be read one by one.
    static bool isTerminal();

    /// "left", "right", "tie", "skip", "undo" or "quit" (also at the end of the input); in Lines
    /// mode any other line as it is. Nothing when nothing came within `milliseconds`.
    std::optional<std::string> next(int milliseconds);

private:
    std::optional<std::string> takeKey();
    std::optional<std::string> takeLine();

    Mode mode_;
    bool ended_ = false;
    std::string pending_;
    termios before_{};
};

} // namespace inlay::app

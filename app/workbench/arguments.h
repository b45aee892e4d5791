#pragma once

#include <optional>

#include <QSize>
#include <QString>
#include <QStringList>

#include "widgets/theme/theme.h"

namespace inlay::app {

/// Exit codes of the program.
constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kBadInput = 2;

/// What the program was called with.
struct Arguments {
    /// A project (*.json) or a store; empty for none.
    QString file;
    QString store;
    std::optional<widgets::ThemeChoice> theme;
    /// Write a picture of the window here and end.
    QString screenshot;
    std::optional<QSize> size;
    QString view;
    /// Names of runs to select before the picture is taken, by query.
    QString select;
};

struct ParsedArguments {
    Arguments arguments;
    /// A sentence about the first wrong argument; empty when all are right.
    QString issue;
    /// Print this and end instead of starting (--help, --version, --list-views).
    bool isDone = false;
    QString print;
};

ParsedArguments parseArguments(const QStringList& arguments);

} // namespace inlay::app

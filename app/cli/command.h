#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace inlay::app {

/// Exit codes of the program.
enum ExitCode { kOk = 0, kFailed = 1, kBadInput = 2, kStopped = 3 };

/// What the chosen command does, set by its callback and called once parsing is over.
using Action = std::function<int()>;

/// Options that most commands share, with their final values after parsing.
struct Common {
    std::string store; // empty: the default path
    bool json = false;
    Action action;

    /// --store, or $INLAY_STORE, or the user's data folder.
    std::string storePath() const;
};

void addStoreOption(CLI::App& command, Common& common);
void addJsonOption(CLI::App& command, Common& common);

// One function a family of commands; each adds its subcommands to the program.
void addKindCommands(CLI::App& program, Common& common);
void addRunCommands(CLI::App& program, Common& common);
void addQueueCommands(CLI::App& program, Common& common);
void addClusterCommands(CLI::App& program, Common& common);
void addEmbedCommand(CLI::App& program, Common& common);
void addControlCommands(CLI::App& program, Common& common);
void addForkCommand(CLI::App& program, Common& common);
void addConvertCommand(CLI::App& program, Common& common);
void addRunsCommands(CLI::App& program, Common& common);
void addBenchCommand(CLI::App& program, Common& common);
void addRankCommands(CLI::App& program, Common& common);
void addDeviceCommands(CLI::App& program, Common& common);

} // namespace inlay::app

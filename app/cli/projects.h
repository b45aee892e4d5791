#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/runner/experiment_kind.h"
#include "engine/runner/launch.h"
#include "engine/schema/project_file.h"

namespace inlay::app {

/// The kinds as project files see them.
std::vector<engine::ProjectKind> projectKinds();

/// What `run` and `sweep` take from the command line.
struct LaunchArguments {
    std::string file;
    std::vector<std::string> sets;
    std::vector<std::string> grids;
    std::optional<std::int64_t> seeds;
    std::optional<std::string> device;
    std::optional<int> threads;
    std::optional<std::int64_t> seed;
    std::string name;
    std::vector<std::string> tags;
};

/// --device, --threads.
void addComputeOptions(CLI::App& command, std::optional<std::string>& device,
                       std::optional<int>& threads);
/// --seed; `help` says what it replaces.
void addSeedOption(CLI::App& command, std::optional<std::int64_t>& seed, const char* help);
/// --name, --tag; `help` says what is named.
void addNameOptions(CLI::App& command, std::string& name, std::vector<std::string>& tags,
                    const char* help);

/// --set, --device, --threads, --seed, --name, --tag.
void addLaunchOptions(CLI::App& command, LaunchArguments& arguments);

/// Loads the project, applies the arguments, puts files of the store's runs in the place of
/// run:RUN, expands and checks. Issues hold everything wrong.
engine::Launch launchFrom(const LaunchArguments& arguments, const std::string& storePath);

} // namespace inlay::app

#pragma once

#include <CLI/CLI.hpp>

namespace inlay::app {

struct Common;

// The commands below `cluster`.
void addClusterStreamCommand(CLI::App& cluster, Common& common);
void addClusterGraphCommand(CLI::App& cluster, Common& common);

} // namespace inlay::app

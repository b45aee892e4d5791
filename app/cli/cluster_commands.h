#pragma once

#include <CLI/CLI.hpp>

namespace inlay::app {

struct Common;

// The commands below `cluster`.
void addClusterStreamCommand(CLI::App& cluster, Common& common);
/// `inlay cluster graph FILE`
void addClusterGraphCommand(CLI::App& cluster, Common& common);

} // namespace inlay::app

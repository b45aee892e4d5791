#pragma once

#include "app/cli/command.h"

namespace inlay::app {

// The subcommands of `rank`, one function each.
void addRankOnline(CLI::App& rank, Common& common);
void addRankFit(CLI::App& rank, Common& common);
void addRankConvert(CLI::App& rank, Common& common);
void addRankColumn(CLI::App& rank, Common& common);
void addRankActiveCommand(CLI::App& rank, Common& common);

} // namespace inlay::app

#include <algorithm>
#include <csignal>
#include <exception>
#include <string_view>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "engine/base/error.h"
#include "engine/base/version.h"
#include "engine/runner/interrupt.h"
#include "engine/schema/nearest.h"
#include "engine/store/store_error.h"
#include "kernels/error.h"

namespace {

extern "C" void onSignal(int) {
    inlay::engine::requestInterrupt();
}

// The command line asked for is wrong, or what it names cannot be used: exit code 2. What fails
// while a run goes on never gets here; it is the run's outcome.
int runAction(const inlay::app::Common& common) {
    try {
        return common.action();
    } catch (const inlay::engine::Error& error) {
        return inlay::app::badInput(error.what(), common.json);
    } catch (const inlay::kernels::Error& error) {
        return inlay::app::badInput(error.what(), common.json);
    } catch (const std::exception& error) {
        inlay::app::printSentence(fmt::format("unexpected failure: {}", error.what()));
        return inlay::app::kFailed;
    }
}

// CLI11 only says that a command is required, whatever word stands in its place.
std::string parseSentence(CLI::App& program, const CLI::ParseError& error, int argc, char** argv) {
    std::vector<std::string> commands;
    for (const CLI::App* command : program.get_subcommands({}))
        commands.push_back(command->get_name());
    const std::string first = argc > 1 ? argv[1] : "";
    if (!first.empty() && first.front() != '-' &&
        std::find(commands.begin(), commands.end(), first) == commands.end())
        return fmt::format("There is no command {}, the nearest is {}; the commands are {}.", first,
                           inlay::engine::nearestKey(first, commands), fmt::join(commands, ", "));
    return fmt::format("{} (`inlay --help` and `inlay COMMAND --help` say what is allowed)",
                       error.what());
}

} // namespace

int main(int argc, char** argv) {
    using namespace inlay;
    CLI::App program("Inlay trains networks with structured layers (STL, butterfly, 2:4, low rank) "
                     "and keeps every run in one SQLite file, the run store.",
                     "inlay");
    program.set_version_flag("--version", std::string("inlay ") + engine::version());
    program.require_subcommand(1);
    program.footer("Start with: inlay run projects/blobs-mlp.inlay.json\n"
                   "Exit codes: 0 done, 1 a run failed or diverged, 2 bad input, 3 stopped.");
    app::Common common;
    app::addRunCommands(program, common);
    app::addQueueCommands(program, common);
    app::addControlCommands(program, common);
    app::addForkCommand(program, common);
    app::addConvertCommand(program, common);
    app::addClusterCommands(program, common);
    app::addEmbedCommand(program, common);
    app::addRunsCommands(program, common);
    app::addKindCommands(program, common);
    app::addBenchCommand(program, common);
    app::addRankCommands(program, common);
    app::addDeviceCommands(program, common);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0)
            return program.exit(error); // --help, --version
        // Parsing stops at the first error, perhaps before it came to --json.
        const bool json =
            std::find(argv + 1, argv + argc, std::string_view("--json")) != argv + argc;
        return app::badInput(parseSentence(program, error, argc, argv), json);
    }
    std::signal(SIGINT, onSignal);
    std::signal(SIGTERM, onSignal);
    // A reader of our lines that goes away (head, a closed window) must not kill the run.
    std::signal(SIGPIPE, SIG_IGN);
    return runAction(common);
}

// inlay-gpu-check: is a GPU's backend right, and how fast is it? Made for machines that have a
// compiler and CMake only; scripts/gpu-check runs all of it.

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/gpu_check/commands.h"
#include "app/gpu_check/tasks.h"
#include "engine/base/error.h"
#include "kernels/error.h"

namespace {

using namespace inlay;
using namespace inlay::app;

struct Command {
    const char* name;
    int (*run)(const Options& options, ResultFile& results);
};
constexpr Command kCommands[] = {{"ops", runOps},
                                 {"gradients", runGradients},
                                 {"train", runTrain},
                                 {"precision", runPrecision},
                                 {"bench ops", runBenchOps},
                                 {"bench train", runBenchTrain}};

int run(const Options& options) {
    if (options.command == "help") {
        std::fputs(usage().c_str(), stdout);
        return 0;
    }
    if (options.command == "summary")
        return printSummary(options);
    ResultFile results(options.out, aboutMachine(options), options.resume);
    for (const Command& command : kCommands)
        if (options.command == command.name)
            return command.run(options, results);
    return 2;
}

int badInput(const char* sentence) {
    std::fprintf(stderr, "inlay-gpu-check: %s\n", sentence);
    return 2;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(parseOptions(std::vector<std::string>(argv + 1, argv + argc)));
    } catch (const BadArguments& error) {
        return badInput(error.what());
    } catch (const engine::Error& error) {
        return badInput(error.what());
    } catch (const kernels::Error& error) {
        return badInput(error.what());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "inlay-gpu-check: unexpected failure: %s\n", error.what());
        return 1;
    }
}

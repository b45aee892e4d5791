#include "app/gpu_check/options.h"

#include <algorithm>
#include <charconv>

namespace inlay::app {
namespace {

/// Commands as bits, so that an option can name several.
enum CommandBit : unsigned {
    kOps = 1,
    kGradients = 2,
    kTrain = 4,
    kBenchOps = 8,
    kBenchTrain = 16,
    kSummary = 32,
    kPrecision = 64,
    kBench = kBenchOps | kBenchTrain,
    kAll = 127
};

struct Command {
    const char* name;
    CommandBit bit;
    const char* help;
};
constexpr Command kCommands[] = {
    {"ops", kOps, "run every op on the device and compare it with the reference"},
    {"gradients", kGradients,
     "gradients of small networks, each operator family, compared with f64"},
    {"train", kTrain, "train the small vision transformer, compare its losses with --reference"},
    {"precision", kPrecision, "train it to the end in bf16 and in f32, three seeds of each"},
    {"bench ops", kBenchOps, "time structured ops beside dense products, and memory-bound ops"},
    {"bench train", kBenchTrain, "time training steps of a small and a large vision transformer"},
    {"summary", kSummary, "print the newest rows of the file of --out"},
};

struct Option {
    const char* name;
    const char* value; // what its value is called; null for a switch
    unsigned commands;
    const char* help;
    void (*set)(Options& options, const std::string& value);
};

int wholeNumber(const std::string& name, const std::string& text, int least) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < least)
        throw BadArguments(name + " takes a whole number of at least " + std::to_string(least) +
                           ", not \"" + text + "\".");
    return number;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// The comma-separated words of a value, each one of `allowed`.
std::vector<std::string> wordsOf(const std::string& name, const std::string& text,
                                 const std::vector<std::string>& allowed) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        words.push_back(text.substr(begin, end - begin));
        if (std::find(allowed.begin(), allowed.end(), words.back()) == allowed.end())
            throw BadArguments(name + " knows " + joined(allowed) + ", not \"" + words.back() +
                               "\".");
        begin = end + 1;
    }
    return words;
}

const Option kOptions[] = {
    {"--device", "D", kAll & ~kSummary, "cuda:N (default cuda:0), reference or cpu",
     [](Options& o, const std::string& value) {
         o.device = value;
     }},
    {"--out", "FILE", kAll, "add the rows to this file, one JSON object a line",
     [](Options& o, const std::string& value) {
         o.out = value;
     }},
    {"--resume", nullptr, kAll & ~kSummary,
     "leave out what FILE already has of this device and commit",
     [](Options& o, const std::string&) {
         o.resume = true;
     }},
    {"--about", "KEY=VALUE", kAll & ~kSummary, "goes into the header of FILE; may be repeated",
     [](Options& o, const std::string& value) {
         const std::size_t equals = value.find('=');
         if (equals == 0 || equals == std::string::npos)
             throw BadArguments("--about takes KEY=VALUE, not \"" + value + "\".");
         o.about.emplace_back(value.substr(0, equals), value.substr(equals + 1));
     }},
    {"--threads", "N", kAll & ~kSummary, "threads of the host, 0 = all",
     [](Options& o, const std::string& value) {
         o.threads = wholeNumber("--threads", value, 0);
     }},
    {"--in-process", nullptr, kOps | kGradients | kPrecision | kBench,
     "do not put tasks in a process of their own (for debuggers)",
     [](Options& o, const std::string&) {
         o.inProcess = true;
     }},
    {"--small", nullptr, kOps | kPrecision | kBench,
     "few or tiny cases: for memory checkers and tests",
     [](Options& o, const std::string&) {
         o.small = true;
     }},
    {"--filter", "TEXT", kOps | kGradients | kBench, "only ops or cases whose name contains this",
     [](Options& o, const std::string& value) {
         o.filter = value;
     }},
    {"--precision", "P,…", kGradients | kTrain | kPrecision | kBench, "f32, tf32, bf16",
     [](Options& o, const std::string& value) {
         o.precisions = wordsOf("--precision", value, {"f32", "tf32", "bf16"});
     }},
    {"--network", "N,…", kBenchTrain, "small, base",
     [](Options& o, const std::string& value) {
         o.networks = wordsOf("--network", value, {"small", "base"});
     }},
    {"--operator", "F,…", kBenchTrain, "families of the block layers, default dense",
     [](Options& o, const std::string& value) {
         o.operators = wordsOf("--operator", value,
                               {"dense", "low_rank", "block_diagonal", "stl", "butterfly",
                                "two_four", "monarch", "btt"});
     }},
    {"--reference", "FILE", kTrain, "losses to compare with",
     [](Options& o, const std::string& value) {
         o.reference = value;
     }},
    {"--write", "FILE", kTrain, "write the losses instead of comparing them",
     [](Options& o, const std::string& value) {
         o.write = value;
     }},
    {"--steps", "N", kTrain, "the first N steps (with --write: all), default 200",
     [](Options& o, const std::string& value) {
         o.steps = wholeNumber("--steps", value, 1);
     }},
};

std::string commandNames(unsigned commands) {
    std::vector<std::string> names;
    for (const Command& command : kCommands)
        if ((commands & command.bit) != 0)
            names.push_back(command.name);
    return joined(names);
}

const Command& commandOf(const std::vector<std::string>& arguments, std::size_t& next) {
    std::string words;
    for (; next < arguments.size() && !arguments[next].starts_with("-"); ++next)
        words += (words.empty() ? "" : " ") + arguments[next];
    for (const Command& command : kCommands)
        if (words == command.name)
            return command;
    throw BadArguments("There is no command \"" + words + "\"; the commands are " +
                       commandNames(kAll) + ".");
}

void check(const Options& options) {
    if (options.command == "train" && options.reference.empty() == options.write.empty())
        throw BadArguments("train needs either --reference FILE or --write FILE.");
    if (options.command == "summary" && options.out.empty())
        throw BadArguments("summary needs --out FILE.");
    if (options.resume && options.out.empty())
        throw BadArguments("--resume needs --out FILE.");
}

} // namespace

Options parseOptions(const std::vector<std::string>& arguments) {
    Options options;
    if (arguments.empty() ||
        std::find(arguments.begin(), arguments.end(), "--help") != arguments.end()) {
        options.command = "help";
        return options;
    }
    std::size_t next = 0;
    const Command& command = commandOf(arguments, next);
    options.command = command.name;
    while (next < arguments.size()) {
        const std::string& name = arguments[next++];
        const Option* found =
            std::find_if(std::begin(kOptions), std::end(kOptions),
                         [&](const Option& option) { return name == option.name; });
        if (found == std::end(kOptions))
            throw BadArguments("There is no option " + name + "; --help lists them.");
        if ((found->commands & command.bit) == 0)
            throw BadArguments(name + " is no option of " + options.command + ", but of " +
                               commandNames(found->commands) + ".");
        if (found->value != nullptr && next == arguments.size())
            throw BadArguments(name + " needs a value, " + found->value + ".");
        found->set(options, found->value != nullptr ? arguments[next++] : std::string());
    }
    check(options);
    return options;
}

std::string usage() {
    std::string text = "usage: inlay-gpu-check COMMAND [OPTIONS]\n\nCommands:\n";
    const auto line = [&](std::string name, const std::string& help) {
        name.resize(std::max<std::size_t>(name.size() + 2, 24), ' ');
        text += "  " + name + help + "\n";
    };
    for (const Command& command : kCommands)
        line(command.name, command.help);
    text += "\nOptions:\n";
    for (const Option& option : kOptions) {
        line(option.name + std::string(option.value != nullptr ? " " : "") +
                 (option.value != nullptr ? option.value : ""),
             option.help + (option.commands == kAll || option.commands == (kAll & ~kSummary)
                                ? std::string()
                                : " (" + commandNames(option.commands) + ")"));
    }
    return text + "\nExit codes: 0 all passed, 1 something failed, 2 bad input.\n";
}

} // namespace inlay::app

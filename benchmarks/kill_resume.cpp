// Kills training runs of the program `inlay` with SIGKILL, resumes them at once and compares them
// with a run that was never touched, bit for bit. Exit code 0 when every kill passes.
//   kill_resume [--kills N] [--epochs N] [--store FILE] [--inlay PROGRAM] [--json FILE]

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "benchmarks/kill_resume_process.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

using namespace inlay::engine;
using inlay::benchmarks::ChildProcess;

namespace {

// What a front end was told this long before the kill must be in the store.
constexpr std::int64_t kLossMs = 250;
constexpr int kKillsPerRun = 2;
// Of four kills at least so many fall after the first checkpoint and before the end.
constexpr int kOfFourAfterCheckpoint = 3;

struct Options {
    int kills = 20;
    int epochs = 16;
    std::string store;
    std::string inlay = INLAY_PROGRAM;
    std::string json;
};

struct Kill {
    RunId run = 0;
    double share = 0;            // of the steps, when the kill was due
    std::int64_t shown = 0;      // steps of the last progress line
    std::int64_t owed = 0;       // steps of the last one older than 250 ms
    std::int64_t stored = 0;     // steps in the store after the kill
    std::int64_t checkpoint = 0; // newest one in the store, 0: none
    std::int64_t resumedAt = -1; // as the attempt's event says
    std::int64_t resumeMs = 0;   // from the kill to the start of `inlay resume`
    bool sound = false;          // integrity_check after the kill
    bool killed = false;         // it was still running
    int code = -1;               // of the resume that ended the run
    bool identical = false;      // the run at its end, to the run never touched

    bool afterCheckpoint() const { return killed && checkpoint > 0; }
    bool passed() const {
        return killed && sound && stored >= owed && resumedAt == checkpoint && code == 0 &&
               identical;
    }
};

// Momentum, masks that move, augmentation, a schedule and a kept best state: all that a checkpoint
// has to carry.
std::vector<std::string> runCommand(const Options& options) {
    std::vector<std::string> command = {options.inlay, "run",     INLAY_KILLED_PROJECT,
                                        "--json",      "--store", options.store,
                                        "--threads",   "1"};
    for (const std::string& set :
         {std::string("dataset.count=8000"), std::string("dataset.test_count=1000"),
          std::string("batch_size=32"), std::string("network.hidden=[128]"),
          std::string("network.operator.kind=two_four"),
          std::string("network.operator.training=sr_ste"), std::string("augment.shift=2"),
          std::string("keep=best_validation"), std::string("schedule.kind=cosine"),
          std::string("log_every=1"), std::string("checkpoint.every_seconds=1"),
          std::string("checkpoint.every_epochs=5"), fmt::format("epochs={}", options.epochs)}) {
        command.push_back("--set");
        command.push_back(set);
    }
    return command;
}

std::vector<std::string> resumeCommand(const Options& options, RunId run) {
    return {options.inlay, "resume", std::to_string(run), "--json", "--store", options.store};
}

/// Every point of the effective series outside time/ and every final metric outside it, all bits.
std::string resultsOf(RunStore& store, RunId run) {
    std::string text;
    SeriesReader reader(store);
    for (const SeriesInfo& info : reader.list(run)) {
        if (info.name.starts_with("time/"))
            continue;
        const SeriesData data = reader.read(info.id);
        text += fmt::format("{} {}\n", info.name, data.size());
        for (std::size_t i = 0; i < data.size(); ++i)
            text += fmt::format("{} {:a}\n", data.steps[i], data.values[i]);
    }
    for (const auto& [name, value] : store.metrics(run)) {
        if (!name.starts_with("time/"))
            text += fmt::format("{} {:a}\n", name, value);
    }
    return text;
}

struct Shown {
    std::int64_t step = 0;
    std::int64_t total = 0;
    std::int64_t ms = 0;
};

std::optional<Shown> progressOf(const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || json.value("type", "") != "progress")
        return std::nullopt;
    return Shown{json.at("step").get<std::int64_t>(), json.at("total_steps").get<std::int64_t>(),
                 json.at("ms").get<std::int64_t>()};
}

std::int64_t resumedStep(RunStore& store, RunId run, int attempt) {
    for (const EventRecord& event : store.events(run)) {
        std::int64_t step = -1;
        int n = 0;
        if (std::sscanf(event.text.c_str(), "Attempt %d: resumed at step %ld", &n, &step) == 2 &&
            n == attempt)
            return step;
    }
    return -1;
}

// Kills the process once `share` of its steps are done, at a moment not tied to a progress line.
Kill killAt(const Options& options, ChildProcess& process, double share, int jitterMs) {
    Kill kill;
    kill.share = share;
    std::vector<Shown> lines;
    process.readLines([&](const std::string& line) {
        const auto shown = progressOf(line);
        if (shown)
            lines.push_back(*shown);
        return !shown ||
               static_cast<double>(shown->step) < share * static_cast<double>(shown->total);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(jitterMs));
    const std::int64_t killMs = wallMilliseconds();
    process.kill();
    process.readLines([&](const std::string& line) {
        if (const auto shown = progressOf(line))
            lines.push_back(*shown);
        return true;
    });
    kill.killed = process.wait() == 128 + SIGKILL;
    for (const Shown& shown : lines) {
        kill.shown = shown.step;
        if (shown.ms <= killMs - kLossMs)
            kill.owed = shown.step;
    }
    RunStore store = RunStore::open(options.store, OpenMode::ReadOnly);
    kill.run = store.listRuns().front().id;
    for (const RunRecord& run : store.listRuns())
        kill.run = std::max(kill.run, run.id);
    if (const auto loss = SeriesReader(store).find(kill.run, "train/loss"))
        kill.stored = loss->lastStep + 1;
    const auto checkpoints = store.checkpoints(kill.run);
    kill.checkpoint = checkpoints.empty() ? 0 : checkpoints.front().step;
    kill.sound = store.integrityProblems().empty();
    kill.resumeMs = wallMilliseconds() - killMs;
    return kill;
}

/// One run with kills at these shares of its steps, each resumed at once.
std::vector<Kill> killedRun(const Options& options, const std::vector<double>& shares,
                            const std::string& untouched, int jitter) {
    std::vector<Kill> kills;
    auto process = std::make_unique<ChildProcess>(runCommand(options));
    for (const double share : shares) {
        kills.push_back(killAt(options, *process, share, jitter = (jitter * 37 + 11) % 97));
        process = std::make_unique<ChildProcess>(resumeCommand(options, kills.back().run));
    }
    process->readLines([](const std::string&) { return true; });
    const int code = process->wait();
    RunStore store = RunStore::open(options.store, OpenMode::ReadOnly);
    const bool identical = resultsOf(store, kills.front().run) == untouched;
    for (std::size_t i = 0; i < kills.size(); ++i) {
        kills[i].resumedAt = resumedStep(store, kills[i].run, static_cast<int>(i) + 2);
        kills[i].code = code;
        kills[i].identical = identical;
    }
    return kills;
}

Json toJson(const Kill& kill) {
    return {{"case", "kill"},
            {"run", kill.run},
            {"share", kill.share},
            {"shown_step", kill.shown},
            {"owed_step", kill.owed},
            {"stored_step", kill.stored},
            {"checkpoint_step", kill.checkpoint},
            {"resumed_step", kill.resumedAt},
            {"resume_ms", kill.resumeMs},
            {"integrity_ok", kill.sound},
            {"exit_code", kill.code},
            {"identical", kill.identical},
            {"passed", kill.passed()}};
}

int measure(const Options& options) {
    std::filesystem::create_directories(std::filesystem::absolute(options.store).parent_path());
    const double start = monotonicSeconds();
    for (int i = 0; i < 2; ++i) {
        ChildProcess reference(runCommand(options));
        reference.readLines([](const std::string&) { return true; });
        if (reference.wait() != 0)
            throw Error("the run that is never touched did not finish");
    }
    const double seconds = (monotonicSeconds() - start) / 2;
    RunStore store = RunStore::open(options.store, OpenMode::ReadWrite);
    const std::string untouched = resultsOf(store, 1);
    const bool repeats = untouched == resultsOf(store, 2) && !untouched.empty();
    fmt::print("A run takes {:.1f} s; the same seed twice: {}.\n\n", seconds,
               repeats ? "identical" : "DIFFERENT");
    fmt::print("{:>4} {:>6} {:>6} {:>6} {:>7} {:>11} {:>8} {:>10} {:>9} {:>10}\n", "run", "due",
               "shown", "owed", "stored", "checkpoint", "resumed", "resume ms", "integrity",
               "identical");
    std::vector<Kill> kills;
    const int runs = (options.kills + kKillsPerRun - 1) / kKillsPerRun;
    for (int r = 0; r < runs; ++r) {
        std::vector<double> shares;
        for (int k = 0; k < kKillsPerRun && r * kKillsPerRun + k < options.kills; ++k)
            shares.push_back(0.97 * (k + (r + 0.5) / runs) / kKillsPerRun);
        for (const Kill& kill : killedRun(options, shares, untouched, r)) {
            fmt::print("{:>4} {:>5.0f}% {:>6} {:>6} {:>7} {:>11} {:>8} {:>10} {:>9} {:>10}{}\n",
                       kill.run, 100 * kill.share, kill.shown, kill.owed, kill.stored,
                       kill.checkpoint, kill.resumedAt, kill.resumeMs, kill.sound ? "ok" : "BAD",
                       kill.identical ? "yes" : "NO", kill.passed() ? "" : "  FAILED");
            std::fflush(stdout);
            kills.push_back(kill);
        }
    }
    const auto passed =
        std::count_if(kills.begin(), kills.end(), [](const Kill& kill) { return kill.passed(); });
    const auto after = std::count_if(kills.begin(), kills.end(),
                                     [](const Kill& kill) { return kill.afterCheckpoint(); });
    const bool sound = store.integrityProblems().empty();
    const bool ok = repeats && sound && passed == options.kills &&
                    after >= options.kills * kOfFourAfterCheckpoint / 4;
    fmt::print("\n{} of {} kills passed, {} after the first checkpoint; store at the end: {}. {}\n",
               passed, options.kills, after, sound ? "ok" : "BAD", ok ? "PASSED" : "FAILED");
    if (!options.json.empty()) {
        std::ofstream file(options.json);
        for (const Kill& kill : kills)
            file << dumpJson(toJson(kill)) << "\n";
        file << dumpJson({{"case", "summary"},
                          {"kills", options.kills},
                          {"passed", passed},
                          {"after_first_checkpoint", after},
                          {"same_seed_identical", repeats},
                          {"integrity_ok", sound},
                          {"seconds_of_a_run", seconds},
                          {"ok", ok}})
             << "\n";
        if (!file.flush())
            throw Error(fmt::format("cannot write {}", options.json));
    }
    return ok ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App program("Kills runs, resumes them and compares them with one never touched.");
    program.add_option("--kills", options.kills, "How many")->check(CLI::Range(1, 1000));
    program.add_option("--epochs", options.epochs, "Length of a run")->check(CLI::Range(2, 1000));
    program.add_option("--store", options.store, "Store to make; default: a temporary one");
    program.add_option("--inlay", options.inlay, "The program");
    program.add_option("--json", options.json, "File for one JSON line a kill, then a summary");
    CLI11_PARSE(program, argc, argv);
    std::string folder;
    if (options.store.empty()) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "kill_resume-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            return 2;
        folder = pattern;
        options.store = folder + "/store.db";
    }
    int code = 2;
    try {
        if (std::filesystem::exists(options.store))
            throw Error(fmt::format("{} is there already; name a new store", options.store));
        code = measure(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "kill_resume: %s\n", error.what());
    }
    if (!folder.empty())
        std::filesystem::remove_all(folder);
    return code;
}

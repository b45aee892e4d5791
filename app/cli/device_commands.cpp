#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "engine/analysis/machine_profile.h"
#include "engine/runner/launch.h"
#include "kernels/check/selfcheck.h"
#include "kernels/devices.h"
#include "kernels/parallel.h"

namespace inlay::app {
namespace {

using namespace engine;

int listDevices(const Common& common) {
    TextTable table({"Device", "Available", "What it is"});
    std::size_t count = 0;
    for (const kernels::DeviceEntry& device : kernels::listDevices()) {
        ++count;
        if (common.json)
            printJson({{"type", "row"},
                       {"device", device.name},
                       {"available", device.available},
                       {"reason", device.reason},
                       {"name", device.description},
                       {"memory_bytes", device.memoryBytes}});
        table.add({device.name, device.available ? "yes" : "no",
                   device.available ? device.description : device.reason});
    }
    if (common.json)
        printJson({{"devices", count}});
    else
        std::fputs(table.text().c_str(), stdout);
    return kOk;
}

/// What `devices --measure` times and with what.
struct Measurement {
    bool wanted = false;
    std::string device = "cpu";
    int threads = 0;
};

int measure(const Common& common, const Measurement& wish) {
    const std::vector<Issue> issues = checkDevice(wish.device);
    if (!issues.empty())
        return badInput(issues, common.json);
    kernels::setThreadCount(wish.threads);
    const Device device = Device::open(wish.device);
    const auto begin = std::chrono::steady_clock::now();
    int shown = -1;
    const MachineProfile profile = measureMachine(device, [&](double share) {
        const int percent = static_cast<int>(100 * share);
        if (common.json && percent > shown)
            printJson({{"type", "progress"}, {"percent", percent}});
        shown = std::max(shown, percent);
    });
    const std::string path = profilePath(wish.device, profile.threads);
    saveProfile(profile, path);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (common.json)
        printJson({{"device", profile.device},
                   {"threads", profile.threads},
                   {"ops", profile.ops.size()},
                   {"seconds", seconds},
                   {"path", path}});
    else
        std::fputs(fmt::format("{} calls timed on {} with {} threads in {}: {}\n",
                               profile.ops.size(), profile.device, profile.threads,
                               durationText(seconds), path)
                       .c_str(),
                   stdout);
    return kOk;
}

int selfcheck(const Common& common, const std::string& name, const std::string& filter) {
    const std::unique_ptr<kernels::Backend> candidate = kernels::openDevice(name);
    const std::vector<std::string> ops = kernels::selfcheckOps(filter);
    if (ops.empty())
        return badInput(fmt::format("no op has {} in its name; allowed are parts of {}", filter,
                                    fmt::join(kernels::selfcheckOps(), ", ")),
                        common.json);
    const std::vector<kernels::SelfcheckRow> rows =
        kernels::runSelfcheck(kernels::makeReferenceBackend, *candidate, {.ops = ops});
    std::size_t bad = 0;
    TextTable failures({"Op", "Shape", "Dtype", "Error", "Limit"});
    for (const kernels::SelfcheckRow& row : rows) {
        bad += row.ok ? 0 : 1;
        if (common.json)
            printJson({{"type", "row"},
                       {"op", row.op},
                       {"shape", row.shape},
                       {"dtype", row.dtype},
                       {"error", row.error},
                       {"limit", row.limit},
                       {"ok", row.ok}});
        else if (!row.ok)
            failures.add({row.op, row.shape, row.dtype, fmt::format("{:.3g}", row.error),
                          fmt::format("{:.3g}", row.limit)});
    }
    if (common.json)
        printJson({{"device", name}, {"cases", rows.size()}, {"failed", bad}});
    else {
        if (bad > 0)
            std::fputs(failures.text().c_str(), stdout);
        std::fputs(fmt::format("{} cases on {} against reference, {} outside their limit\n",
                               rows.size(), name, bad)
                       .c_str(),
                   stdout);
    }
    return bad == 0 ? kOk : kFailed;
}

} // namespace

void addDeviceCommands(CLI::App& program, Common& common) {
    CLI::App* devices = program.add_subcommand("devices", "List the devices runs can use");
    auto wish = std::make_shared<Measurement>();
    devices->add_flag("--measure", wish->wanted,
                      "Time the ops of layers (20 s at most), for predicted times of set-ups");
    devices->add_option("--device", wish->device, "Device to measure")
        ->capture_default_str()
        ->type_name("D");
    devices->add_option("--threads", wish->threads, "Threads to measure with; 0 = all")
        ->check(CLI::Range(0, 4096))
        ->type_name("N");
    addJsonOption(*devices, common);
    devices->callback([&common, wish] {
        common.action = [&common, wish] {
            return wish->wanted ? measure(common, *wish) : listDevices(common);
        };
    });

    auto name = std::make_shared<std::string>("cpu");
    auto filter = std::make_shared<std::string>();
    CLI::App* checked = program.add_subcommand(
        "selfcheck", "Run every op on a device and compare it with the reference");
    checked->add_option("--device", *name, "Device to check")
        ->capture_default_str()
        ->type_name("D");
    checked->add_option("--op", *filter, "Only ops whose name contains this")->type_name("TEXT");
    addJsonOption(*checked, common);
    checked->callback([&common, name, filter] {
        common.action = [&common, name, filter] {
            return selfcheck(common, *name, *filter);
        };
    });
}

} // namespace inlay::app

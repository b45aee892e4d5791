#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "kernels/check/selfcheck.h"
#include "kernels/devices.h"

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

int selfcheck(const Common& common, const std::string& name, const std::string& filter) {
    const std::unique_ptr<kernels::Backend> truth = kernels::makeReferenceBackend();
    const std::unique_ptr<kernels::Backend> candidate = kernels::openDevice(name);
    const std::vector<kernels::SelfcheckRow> rows =
        kernels::runSelfcheck(*truth, *candidate, filter);
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
    addJsonOption(*devices, common);
    devices->callback([&common] {
        common.action = [&common] {
            return listDevices(common);
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

#include "app/gpu_check/tasks.h"

#include <algorithm>
#include <exception>
#include <optional>

#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace inlay::app {
namespace {

/// A GPU that met an invalid address refuses everything from then on.
bool isUsable(const engine::Device& device) {
    kernels::Backend& backend = device.backend();
    try {
        void* memory = backend.allocate(256);
        backend.zero(memory, 256);
        backend.synchronize();
        backend.release(memory);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

TaskRunner beginOn(const Options& options, const TaskPlan& plan) {
    kernels::setThreadCount(options.threads);
    return [&plan, device = engine::Device::open(options.device)](const std::string& task,
                                                                  const LineSink& write) {
        try {
            plan.run(task, device, [&](const Row& row) { write(row.json()); });
            return true;
        } catch (const std::exception& error) {
            write(Row(plan.stage, task).flag("ok", false).text("error", error.what()).json());
        }
        return isUsable(device);
    };
}

} // namespace

std::vector<Fields> runTasks(const Options& options, ResultFile& results, const TaskPlan& plan) {
    std::vector<Fields> rows;
    const auto keep = [&](const std::string& line) {
        results.add(line);
        if (const std::optional<Fields> fields = parseRow(line)) {
            rows.push_back(*fields);
            plan.print(*fields);
        }
    };
    IsolatedTasks tasks;
    tasks.silenceSeconds = plan.silenceSeconds;
    for (const std::string& name : plan.names)
        if (!results.has(plan.stage, name))
            tasks.names.push_back(name);
    tasks.begin = [&] {
        return beginOn(options, plan);
    };
    tasks.receive = [&](const std::string&, const std::string& line) {
        keep(line);
    };
    tasks.lost = [&](const std::string& task, const std::string& reason) {
        keep(Row(plan.stage, task).flag("ok", false).text("error", reason).json());
    };
    if (options.inProcess)
        runHere(tasks);
    else
        runIsolated(tasks);
    return rows;
}

About aboutMachine(const Options& options) {
    About about{{"device", options.device}};
    about.insert(about.end(), options.about.begin(), options.about.end());
    return about;
}

int countFailures(const std::vector<Fields>& rows) {
    return static_cast<int>(
        std::count_if(rows.begin(), rows.end(), [](const Fields& row) { return !isOk(row); }));
}

int exitCode(const std::vector<Fields>& rows) {
    return countFailures(rows) == 0 ? 0 : 1;
}

} // namespace inlay::app

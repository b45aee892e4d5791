// A runner in miniature for the window's tests: a process of its own that adds a running run to a
// store and records points until it is killed or told to stop.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/series_writer.h"

using namespace inlay::engine;

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: store_writer STORE NAME\n", stderr);
        return 2;
    }
    RunStore store = RunStore::open(argv[1], OpenMode::ReadWrite);
    NewRun wanted;
    wanted.name = argv[2];
    wanted.kind = "train";
    wanted.status = RunStatus::Running;
    wanted.totalSteps = 100'000;
    const RunId run = store.insertRun(wanted);
    const AttemptRecord attempt = store.beginAttempt(run, 0, "start");
    std::printf("%lld\n", static_cast<long long>(run));
    std::fflush(stdout);
    SeriesWriter writer(store, run, attempt.n);
    for (std::int64_t step = 0;; step += 10) {
        for (std::int64_t k = 0; k < 10; ++k)
            writer.add("train/loss", step + k, 1.0 / static_cast<double>(step + k + 1),
                       wallMilliseconds());
        writer.commit();
        store.heartbeat(run, {step + 10, 100'000, 60'000});
        for (const ControlRecord& control : store.pendingControls(run)) {
            store.takeControl(control.id, "done");
            if (control.verb == ControlVerb::Stop) {
                store.endRun(run, RunStatus::Stopped, {}, {});
                return 0;
            }
            store.setStatus(run, control.verb == ControlVerb::Pause ? RunStatus::Paused
                                                                    : RunStatus::Running);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

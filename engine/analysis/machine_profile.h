#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/operators/plan.h"
#include "engine/tensor/device.h"

namespace inlay::engine {

/// One call of an op and the time it took on this machine.
struct OpProbe {
    KernelCall call;
    double seconds = 0;
};

/// Rate of a copy of a size; bytes read and written are both counted.
struct CopyProbe {
    double bytes = 0;
    double bytesPerSecond = 0;
};

/// What a machine needs for single ops with a given number of threads: the ground of predicted
/// times (predicted_time.h).
struct MachineProfile {
    std::string device = "cpu";
    /// Hardware and library, e.g. "AMD EPYC, OpenBLAS ZEN".
    std::string backend;
    int threads = 1;
    /// What any call costs, whatever its size.
    double overheadSeconds = 0;
    std::vector<CopyProbe> copies; // by growing size
    std::vector<OpProbe> ops;
};

/// The calls that are timed: products of six sizes, and every op of the networks of the sample
/// projects in each operator family, nearly equal sizes once.
std::vector<KernelCall> probeCalls();

/// Times all of probeCalls() and copies, within 20 s. `progress`, when given, hears the share done.
MachineProfile measureMachine(const Device& device,
                              const std::function<void(double share)>& progress = {});

/// $XDG_CACHE_HOME/inlay/machine-<cpu>-<threads>.json, ~/.cache without the variable. Devices other
/// than the CPU have their name in it too. `threads` 0: as many as the pool has.
std::string profilePath(const std::string& device, int threads);

/// The measured profile, or nothing when this machine was not measured. Throws Error when the file
/// cannot be used, with a sentence that names it and what to do.
std::optional<MachineProfile> loadProfile(const std::string& path);
/// That of the device a run with this setting takes: of "auto" the GPU's where one was measured
/// here, else the CPU's.
std::optional<MachineProfile> loadProfileFor(const std::string& device, int threads);
/// Writes under a temporary name and renames; makes the folder. Throws Error when it cannot.
void saveProfile(const MachineProfile& profile, const std::string& path);

} // namespace inlay::engine

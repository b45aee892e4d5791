#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace inlay::kernels {

/// One row of the device list.
struct DeviceEntry {
    std::string name; // "cpu", "reference", "check", "cuda:0"
    bool available = false;
    std::string reason;      // why it is not available, a sentence; empty otherwise
    std::string description; // hardware and library
    std::size_t memoryBytes = 0;
};

/// Every device this program knows, available or not. Opens the CUDA module.
std::vector<DeviceEntry> listDevices();

/// Makes the backend a name stands for: cpu, reference, check (reference against cpu), cuda:N,
/// check:cuda:N (cpu against cuda). Throws Error with a sentence that names the device, the reason
/// and what there is instead.
std::unique_ptr<Backend> openDevice(const std::string& name);

std::unique_ptr<Backend> makeReferenceBackend();
std::unique_ptr<Backend> makeCpuBackend();

/// Largest normalized mean square error that a check accepts for f32: ggml's limit.
inline constexpr double kCheckTolerance = 1e-7;

/// Runs every op on both backends and compares; results of `second` are the ones that count.
/// Throws Error naming the op, the worst index, both values and the error.
std::unique_ptr<Backend> makeCheckedBackend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second, double tolerance);

} // namespace inlay::kernels

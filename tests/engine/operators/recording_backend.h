#pragma once

#include <memory>
#include <vector>

#include "engine/operators/plan.h"
#include "kernels/backend.h"

namespace inlay::operator_cases {

/// What a recorded device writes down: the calls with the cost that follows from their operands,
/// and how many op calls there were in all, so that an op it does not know is noticed.
struct Recording {
    std::vector<engine::KernelCall> calls;
    int total = 0;
};

/// The reference backend, writing down every call into `recording`, which must outlive it.
std::unique_ptr<kernels::Backend> makeRecordingBackend(Recording& recording);

} // namespace inlay::operator_cases

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace inlay::kernels {

/// What one case of the table came to on two backends.
struct SelfcheckRow {
    std::string op;
    std::string shape; // sizes and options, e.g. "7x13x5 transposed-b gelu strided"
    std::string dtype; // of the activations
    // Of the result that is nearest to its limit, or farthest beyond: the normalized mean square
    // error, infinity for differing integers.
    double error = 0.0;
    double limit = 0.0;
    bool ok = false;
    std::string note; // what went wrong besides the error, a sentence; empty otherwise
};

/// Which cases of the table are run.
struct SelfcheckSelection {
    std::vector<std::string> ops; // by their names; all when empty
    /// Quick: a few cases of each op and dtype, none of the large ones, for slow tools.
    enum class Depth : std::uint8_t { Whole, Quick } depth = Depth::Whole;
};

using BackendMaker = std::function<std::unique_ptr<Backend>()>;

/// Runs the chosen cases that both backends compute and compares. The truth is believed: reference
/// for cpu and cuda, or cpu for cuda. Also finds writes outside a result and changed operands.
/// The truth's side runs on all threads of the pool, a backend for each case; `progress`, when
/// given, is called after each row, in the order of the table.
std::vector<SelfcheckRow>
runSelfcheck(const BackendMaker& makeTruth, Backend& candidate,
             const SelfcheckSelection& selection = {},
             const std::function<void(const SelfcheckRow&)>& progress = {});

/// The ops that have at least one case and whose name contains `filter`, sorted.
std::vector<std::string> selfcheckOps(const std::string& filter = "");

} // namespace inlay::kernels

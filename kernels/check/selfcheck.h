#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace inlay::kernels {

/// What one case of the table came to on two backends.
struct SelfcheckRow {
    std::string op;
    std::string shape; // sizes and options, e.g. "7x13x5 transposed-b gelu strided"
    std::string dtype;
    double error = 0.0; // normalized mean square error; infinity for differing integers
    double limit = 0.0;
    bool ok = false;
    std::string note; // what went wrong besides the error, a sentence; empty otherwise
};

/// Runs every case of the table whose op contains `filter` (all when empty) on both backends and
/// compares. `truth` is believed: reference for cpu, cpu for cuda. Also finds writes outside a
/// result and changed operands. `progress`, when given, is called after each row.
std::vector<SelfcheckRow>
runSelfcheck(Backend& truth, Backend& candidate, const std::string& filter = "",
             const std::function<void(const SelfcheckRow&)>& progress = {});

/// The ops that have at least one case, sorted.
std::vector<std::string> selfcheckOps();

} // namespace inlay::kernels

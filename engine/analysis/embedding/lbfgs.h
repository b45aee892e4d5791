#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace inlay::engine {

/// Fills the gradient at x and returns the value.
using SmoothFunction =
    std::function<double(const std::vector<double>& x, std::vector<double>& gradient)>;

struct LbfgsResult {
    std::vector<double> x;
    double value = 0;
    std::int64_t iterations = 0;
};

/// Limited-memory BFGS (Nocedal, Wright 2006, algorithm 7.5, 10 pairs) with backtracking, until the
/// gradient's largest entry is at most `tolerance` or no step lowers the value. `keepGoing` (may be
/// empty) is asked before each iteration.
LbfgsResult lbfgs(const SmoothFunction& function, std::vector<double> start,
                  std::int64_t iterations, double tolerance,
                  const std::function<bool()>& keepGoing = {});

} // namespace inlay::engine

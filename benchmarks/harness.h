#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace inlay::benchmarks {

/// One thing to time.
struct Candidate {
    std::string name;
    std::function<void()> run;
};

/// Seconds of one call: median and the half-width between the quartiles.
struct Timing {
    std::string name;
    double median = 0.0;
    double spread = 0.0;
    double best = 0.0;
    int samples = 0;
};

struct Settings {
    double secondsPerCase = 1.0; // over all candidates
    double secondsPerSample = 2e-3;
    int leastSamples = 9;
};

/// Times the candidates in turns (first, second, …, first, second, …), so that a change of the
/// machine's speed falls on all alike. Each is warmed up; a sample repeats short calls.
std::vector<Timing> timeInterleaved(const std::vector<Candidate>& candidates,
                                    const Settings& settings);

/// One JSON line: {"case", "name", "seconds", "spread", "best", "samples", UNIT: amount / seconds};
/// without the last when the amount is 0.
void writeLine(std::ostream& out, const std::string& benchmark, const Timing& timing,
               const std::string& unit, double amount);

} // namespace inlay::benchmarks

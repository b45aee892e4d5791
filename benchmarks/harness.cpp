#include "benchmarks/harness.h"

#include <algorithm>
#include <chrono>
#include <ostream>

namespace inlay::benchmarks {
namespace {

double secondsOf(const std::function<void()>& run, int repeats) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < repeats; ++i)
        run();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    return elapsed.count() / repeats;
}

double quantile(const std::vector<double>& sorted, double position) {
    const auto index = static_cast<std::size_t>(position * static_cast<double>(sorted.size() - 1));
    return sorted[index];
}

} // namespace

std::vector<Timing> timeInterleaved(const std::vector<Candidate>& candidates,
                                    const Settings& settings) {
    std::vector<int> repeats;
    double round = 0.0;
    for (const Candidate& candidate : candidates) {
        secondsOf(candidate.run, 2);
        const double once = secondsOf(candidate.run, 3);
        repeats.push_back(std::max(1, static_cast<int>(settings.secondsPerSample / once)));
        round += once * repeats.back();
    }
    const int rounds =
        std::max(settings.leastSamples, static_cast<int>(settings.secondsPerCase / round));
    std::vector<std::vector<double>> samples(candidates.size());
    for (int i = 0; i < rounds; ++i)
        for (std::size_t c = 0; c < candidates.size(); ++c)
            samples[c].push_back(secondsOf(candidates[c].run, repeats[c]));
    std::vector<Timing> timings;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        std::vector<double>& own = samples[c];
        std::sort(own.begin(), own.end());
        timings.push_back({candidates[c].name, quantile(own, 0.5),
                           (quantile(own, 0.75) - quantile(own, 0.25)) / 2, own.front(), rounds});
    }
    return timings;
}

void writeLine(std::ostream& out, const std::string& benchmark, const Timing& timing,
               const std::string& unit, double amount) {
    out << "{\"case\": \"" << benchmark << "\", \"name\": \"" << timing.name
        << "\", \"seconds\": " << timing.median << ", \"spread\": " << timing.spread
        << ", \"best\": " << timing.best << ", \"samples\": " << timing.samples;
    if (amount > 0)
        out << ", \"" << unit << "\": " << amount / timing.median;
    out << "}" << std::endl;
}

} // namespace inlay::benchmarks

#include "engine/analysis/predicted_time.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "engine/networks/network.h"

namespace inlay::engine {
namespace {

double squaredLogRatio(double a, double b) {
    const double ratio = std::log(std::max(1.0, a) / std::max(1.0, b));
    return ratio * ratio;
}

/// Where a call multiplies nothing its traffic is a size too: the result of a reduction says
/// nothing of what is read.
double squaredDistance(const KernelCall& a, const KernelCall& b) {
    return squaredLogRatio(double(a.batch), double(b.batch)) +
           squaredLogRatio(double(a.m), double(b.m)) + squaredLogRatio(double(a.n), double(b.n)) +
           squaredLogRatio(double(a.k), double(b.k)) +
           (a.multiplyAdds > 0 ? 0.0 : squaredLogRatio(a.bytes, b.bytes));
}

const OpProbe* nearestProbe(const MachineProfile& profile, const KernelCall& call) {
    const OpProbe* best = nullptr;
    double least = std::numeric_limits<double>::infinity();
    // A convolution's time is that of its products: their columns stay in cache.
    const bool convolves = call.op == "convolve" || call.op == "convolveBackward";
    const std::string op = convolves ? "gemm" : call.op;
    for (const OpProbe& probe : profile.ops) {
        if (probe.call.op != op || probe.call.ofColumns != call.ofColumns ||
            probe.call.sumsRows != call.sumsRows)
            continue;
        const double distance = squaredDistance(call, probe.call);
        if (distance < least) {
            least = distance;
            best = &probe;
        }
    }
    return best;
}

double secondsOf(const MachineProfile& profile, const KernelCall& call) {
    const double moving = call.bytes > 0 ? call.bytes / copyRate(profile, call.bytes) : 0.0;
    const OpProbe* probe = nearestProbe(profile, call);
    if (!probe)
        return moving + profile.overheadSeconds;
    // A probe hardly longer than the overhead still has a rate.
    const double working = std::max(probe->seconds - profile.overheadSeconds, 0.1 * probe->seconds);
    if (call.multiplyAdds > 0 && probe->call.multiplyAdds > 0) {
        const double flopRate = 2.0 * probe->call.multiplyAdds / working;
        return std::max(2.0 * call.multiplyAdds / flopRate, moving) + profile.overheadSeconds;
    }
    const double byteRate = probe->call.bytes / working;
    return call.bytes / byteRate + profile.overheadSeconds;
}

} // namespace

std::vector<KernelCall> forwardCalls(const NetworkPlan& plan) {
    std::vector<KernelCall> calls = plan.fixedForward;
    for (const LayerPlan& layer : plan.layers)
        calls.insert(calls.end(), layer.plan.forward.begin(), layer.plan.forward.end());
    for (const KernelCall& backward : plan.fixedBackward) {
        if (backward.op != "activateBackward")
            continue;
        KernelCall call = backward;
        call.op = "activate";
        call.bytes = 2.0 * 4.0 * double(call.m) * double(call.n);
        calls.push_back(std::move(call));
    }
    return calls;
}

std::vector<KernelCall> backwardCalls(const NetworkPlan& plan) {
    std::vector<KernelCall> calls = plan.fixedBackward;
    for (const LayerPlan& layer : plan.layers)
        calls.insert(calls.end(), layer.plan.backward.begin(), layer.plan.backward.end());
    return calls;
}

double copyRate(const MachineProfile& profile, double bytes) {
    assert(!profile.copies.empty());
    const std::vector<CopyProbe>& copies = profile.copies;
    if (bytes <= copies.front().bytes)
        return copies.front().bytesPerSecond;
    for (std::size_t i = 1; i < copies.size(); ++i) {
        if (bytes > copies[i].bytes)
            continue;
        const double part =
            std::log(bytes / copies[i - 1].bytes) / std::log(copies[i].bytes / copies[i - 1].bytes);
        return copies[i - 1].bytesPerSecond *
               std::pow(copies[i].bytesPerSecond / copies[i - 1].bytesPerSecond, part);
    }
    return copies.back().bytesPerSecond;
}

double predictSeconds(const MachineProfile& profile, std::span<const KernelCall> calls) {
    double seconds = 0;
    for (const KernelCall& call : calls)
        seconds += secondsOf(profile, call);
    return seconds;
}

} // namespace inlay::engine

#include "engine/analysis/machine_profile.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "engine/analysis/op_probe.h"
#include "engine/analysis/predicted_time.h"
#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/networks/network.h"
#include "engine/operators/catalog.h"
#include "engine/optimizers/optimizer_plan.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFormat = 5; // raised whenever kernels became faster or slower
constexpr double kMostSeconds = 15.0;
constexpr double kSecondsOfProbe = 0.06;

double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Sizes that differ by less than this factor in every direction are measured once.
constexpr double kSameSize = 1.35;

bool alike(std::int64_t a, std::int64_t b) {
    const double ratio =
        double(std::max<std::int64_t>(1, a)) / double(std::max<std::int64_t>(1, b));
    return ratio < kSameSize && ratio > 1.0 / kSameSize;
}

void addCall(std::vector<KernelCall>& calls, const KernelCall& call) {
    for (const KernelCall& known : calls)
        if (known.op == call.op && known.ofColumns == call.ofColumns &&
            known.sumsRows == call.sumsRows && alike(known.batch, call.batch) &&
            alike(known.m, call.m) && alike(known.n, call.n) && alike(known.k, call.k) &&
            alike(std::llround(known.bytes), std::llround(call.bytes)))
            return;
    calls.push_back(call);
}

void addNetwork(std::vector<KernelCall>& calls, const NetworkConfig& config, std::int64_t batch) {
    const NetworkPlan plan = planNetwork(config, NetworkInput{28, 28, 1, 10}, batch);
    const auto addAll = [&calls](const std::vector<KernelCall>& more) {
        for (const KernelCall& call : more)
            addCall(calls, call);
    };
    addAll(forwardCalls(plan));
    addAll(backwardCalls(plan));
    addAll(planOptimizerStep(AdamWConfig{}, plan.parameters));
    addAll(planOptimizerStep(SgdConfig{}, plan.parameters));
}

KernelCall product(std::int64_t m, std::int64_t n, std::int64_t k) {
    KernelCall call;
    call.op = "gemm";
    call.m = m;
    call.n = n;
    call.k = k;
    call.multiplyAdds = double(m) * double(n) * double(k);
    call.bytes = 4.0 * (double(m) * double(n) + double(m) * double(k) + double(k) * double(n));
    return call;
}

/// Median over repetitions, each over as many calls as the clock needs.
double timeCall(const Device& device, const std::function<void()>& run, double budget) {
    run();
    device.synchronize();
    const Clock::time_point start = Clock::now();
    run();
    device.synchronize();
    const double once = std::max(secondsSince(start), 1e-7);
    const int inner = std::clamp(static_cast<int>(2e-4 / once), 1, 1000);
    std::vector<double> samples;
    while (samples.size() < 3 || (secondsSince(start) < budget && samples.size() < 101)) {
        const Clock::time_point begin = Clock::now();
        for (int i = 0; i < inner; ++i)
            run();
        device.synchronize();
        samples.push_back(secondsSince(begin) / inner);
        if (secondsSince(start) > 10 * budget)
            break;
    }
    std::nth_element(samples.begin(), samples.begin() + std::ptrdiff_t(samples.size() / 2),
                     samples.end());
    return samples[samples.size() / 2];
}

/// Calls of a training step find their operands where the calls before them left them, behind the
/// caches of a core. A probe that came back to the same operands would find them nearer, so it goes
/// around copies of this size together.
constexpr double kOperandBytes = 16e6;
constexpr int kMostCopies = 24;

/// Empty when there is no way to run the call alone.
std::function<void()> prepareFar(const Device& device, const KernelCall& call) {
    const int copies = static_cast<int>(std::clamp(kOperandBytes / std::max(1.0, call.bytes), 1.0,
                                                   static_cast<double>(kMostCopies)));
    std::vector<std::function<void()>> runs;
    for (int i = 0; i < copies; ++i) {
        runs.push_back(prepareCall(device, call));
        if (!runs.back())
            return {};
    }
    return [runs = std::move(runs), next = std::size_t{0}]() mutable {
        runs[next]();
        next = (next + 1) % runs.size();
    };
}

CopyProbe measureCopy(const Device& device, std::size_t bytes) {
    void* source = device.allocate(bytes);
    void* target = device.allocate(bytes);
    kernels::Backend& backend = device.backend();
    backend.zero(source, bytes);
    backend.zero(target, bytes);
    const double seconds = timeCall(
        device, [&] { backend.copy(target, source, bytes); }, kSecondsOfProbe);
    device.release(source, bytes);
    device.release(target, bytes);
    return {2.0 * double(bytes), 2.0 * double(bytes) / seconds};
}

std::string processorName() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos)
            return line.substr(colon + 2);
    }
    return "unknown";
}

/// Lower case with single hyphens for everything that is no letter or digit.
std::string slug(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (keep)
            out += c;
        else if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if (!out.empty() && out.back() != '-')
            out += '-';
    }
    while (!out.empty() && out.back() == '-')
        out.pop_back();
    return out;
}

Json callJson(const KernelCall& call) {
    return {{"op", call.op},
            {"of_columns", call.ofColumns},
            {"sums_rows", call.sumsRows},
            {"batch", call.batch},
            {"m", call.m},
            {"n", call.n},
            {"k", call.k},
            {"multiply_adds", call.multiplyAdds},
            {"bytes", call.bytes}};
}

double positive(const Json& value, const char* key) {
    const double number = value.at(key).get<double>();
    if (!(number > 0) || !std::isfinite(number))
        throw Error(fmt::format("{} is {}, allowed is more than 0", key, number));
    return number;
}

MachineProfile readProfile(const Json& json) {
    MachineProfile profile;
    if (json.at("format").get<int>() != kFormat)
        throw Error("it is of another version of Inlay");
    profile.device = json.at("device").get<std::string>();
    profile.backend = json.at("backend").get<std::string>();
    profile.threads = json.at("threads").get<int>();
    profile.overheadSeconds = positive(json, "overhead_seconds");
    for (const Json& copy : json.at("copies"))
        profile.copies.push_back({positive(copy, "bytes"), positive(copy, "bytes_per_second")});
    if (profile.copies.empty())
        throw Error("copies is empty");
    for (const Json& row : json.at("ops")) {
        OpProbe probe;
        probe.call.op = row.at("op").get<std::string>();
        probe.call.ofColumns = row.at("of_columns").get<bool>();
        probe.call.sumsRows = row.at("sums_rows").get<bool>();
        probe.call.batch = row.at("batch").get<std::int64_t>();
        probe.call.m = row.at("m").get<std::int64_t>();
        probe.call.n = row.at("n").get<std::int64_t>();
        probe.call.k = row.at("k").get<std::int64_t>();
        probe.call.multiplyAdds = row.at("multiply_adds").get<double>();
        probe.call.bytes = positive(row, "bytes");
        probe.seconds = positive(row, "seconds");
        profile.ops.push_back(std::move(probe));
    }
    return profile;
}

} // namespace

std::vector<KernelCall> probeCalls() {
    std::vector<KernelCall> calls;
    for (const KernelCall& call :
         {product(2048, 96, 96), product(128, 10, 96), product(256, 1024, 784),
          product(512, 512, 512), product(1024, 1024, 1024)})
        addCall(calls, call);
    NetworkConfig config;
    for (const OperatorFamily& family : operatorCatalog()) {
        config.op = family.defaults;
        config.model = VitConfig{};
        addNetwork(calls, config, 128);
        config.model = MlpConfig{};
        addNetwork(calls, config, 128);
    }
    return calls;
}

MachineProfile measureMachine(const Device& device,
                              const std::function<void(double share)>& progress) {
    MachineProfile profile;
    profile.device = device.name();
    profile.backend = device.backend().description();
    profile.threads = kernels::threadCount();

    KernelCall nothing;
    nothing.op = "axpby";
    nothing.m = nothing.n = 1;
    profile.overheadSeconds = timeCall(device, prepareCall(device, nothing), kSecondsOfProbe);
    for (const std::size_t kilobytes : {16, 128, 1024, 8192, 65536})
        profile.copies.push_back(measureCopy(device, kilobytes * 1024));

    const std::vector<KernelCall> calls = probeCalls();
    const Clock::time_point begin = Clock::now();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (progress)
            progress(double(i) / double(calls.size()));
        const std::function<void()> run = prepareFar(device, calls[i]);
        if (!run)
            continue;
        // A slow machine gets shorter looks at each op, not a longer wait.
        const double left = kMostSeconds - secondsSince(begin);
        const double share = std::max(0.0, left) / double(calls.size() - i);
        profile.ops.push_back({calls[i], timeCall(device, run, std::min(kSecondsOfProbe, share))});
    }
    if (progress)
        progress(1.0);
    return profile;
}

std::string profilePath(const std::string& device, int threads) {
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    std::filesystem::path folder = cache ? cache : "";
    if (!folder.is_absolute())
        folder = std::filesystem::path(home ? home : "/tmp") / ".cache";
    const int used = threads > 0 ? threads : kernels::threadCount();
    const std::string where =
        device.empty() || device == "cpu" || device == "auto" ? "" : "-" + slug(device);
    return (folder / "inlay" /
            fmt::format("machine-{}{}-{}.json", slug(processorName()), where, used))
        .string();
}

std::optional<MachineProfile> loadProfile(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return std::nullopt;
    const auto damaged = [&path](const std::string& reason) {
        return Error(
            fmt::format("The measurement of this machine in {} cannot be used: {}; measure "
                        "again with \"inlay devices --measure\"",
                        path, reason));
    };
    try {
        return readProfile(readJsonFile(path));
    } catch (const Error& error) {
        throw damaged(error.what());
    } catch (const Json::exception& error) {
        throw damaged(error.what());
    }
}

std::optional<MachineProfile> loadProfileFor(const std::string& device, int threads) {
    if (device == "auto")
        if (auto profile = loadProfile(profilePath("cuda:0", threads)))
            return profile;
    return loadProfile(profilePath(device, threads));
}

void saveProfile(const MachineProfile& profile, const std::string& path) {
    Json json = {{"format", kFormat},
                 {"device", profile.device},
                 {"backend", profile.backend},
                 {"threads", profile.threads},
                 {"overhead_seconds", profile.overheadSeconds},
                 {"copies", Json::array()},
                 {"ops", Json::array()}};
    for (const CopyProbe& copy : profile.copies)
        json["copies"].push_back(
            {{"bytes", copy.bytes}, {"bytes_per_second", copy.bytesPerSecond}});
    for (const OpProbe& probe : profile.ops) {
        Json row = callJson(probe.call);
        row["seconds"] = probe.seconds;
        json["ops"].push_back(std::move(row));
    }
    const std::filesystem::path target(path);
    const std::filesystem::path partial = path + ".part";
    std::error_code failure;
    std::filesystem::create_directories(target.parent_path(), failure);
    {
        std::ofstream file(partial);
        file << dumpJsonPretty(json);
        if (!file.flush())
            throw Error(
                fmt::format("The measurement of this machine cannot be written to {}", path));
    }
    std::filesystem::rename(partial, target, failure);
    if (failure)
        throw Error(fmt::format("The measurement of this machine cannot be written to {}: {}", path,
                                failure.message()));
}

} // namespace inlay::engine

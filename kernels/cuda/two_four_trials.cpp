// The choice of a route by trial: every candidate multiplies the same operands.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "kernels/cuda/two_four_prepared.h"
#include "kernels/cuda/two_four_trial.h"
#include "kernels/error.h"

namespace inlay::kernels::cuda {
namespace {

/// Relative squared error up to which two bf16 results are the same product. Sums in another order
/// round a few elements to a neighbor, 1e-8 or so; one wrong index in a thousand is far above.
constexpr double kAgreement = 1e-5;
/// Device memory for the operands and results of a trial; larger products are tried with fewer
/// rows.
constexpr std::int64_t kTrialBytes = std::int64_t{4} << 30;

const char* nameOfKernel(TwoFourKernel kernel) {
    switch (kernel) {
    case TwoFourKernel::Mma:
        return "own kernel by mma.sp";
    case TwoFourKernel::TwoWarpgroups:
        return "own kernel by sparse wgmma, tiles of 128";
    case TwoFourKernel::ThreeWarpgroups:
        return "own kernel by sparse wgmma, tiles of 192";
    case TwoFourKernel::Tiled:
        break;
    }
    return "own kernel without tensor cores";
}

std::string microseconds(double seconds) {
    const double value = 1e6 * seconds;
    const std::string text =
        std::to_string(value < 10.0 ? std::round(10.0 * value) / 10.0 : std::round(value));
    return text.substr(0, text.find('.') + (value < 10.0 ? 2 : 0)) + " µs";
}

} // namespace

/// Operands and results of one trial.
struct TwoFourRoutes::Trial {
    ConstView dense; // W^T, m x k
    const Prepared& prepared;
    View x;
    View truth;
    View y;
    std::vector<std::pair<double, std::string>> times;
    std::vector<std::string> refusals;

    /// Takes a candidate whose result is in y.
    bool agrees(Queue& queue, const std::string& name) {
        const double error = trialError(queue, y, truth);
        if (error <= kAgreement)
            return true;
        refusals.push_back(name + ": its result is wrong, relative squared error " +
                           std::to_string(error));
        return false;
    }
};

const SparseLibrary* TwoFourRoutes::library() {
    if (libraryWanted_) {
        libraryWanted_ = false;
        queue_.stream(); // makes the device current
        library_ = SparseLibrary::open(libraryReason_);
    }
    return library_.get();
}

/// The trial has weights of its own: those of a layer may be zero, on which every kernel agrees.
std::shared_ptr<const TwoFourRoutes::Route> TwoFourRoutes::routeOf(std::int64_t m, std::int64_t n,
                                                                   std::int64_t k) {
    const auto key = std::make_tuple(m, n, k);
    const auto known = routes_.find(key);
    if (known != routes_.end())
        return known->second;
    const std::int64_t stride = roundedUp(k, 8);
    const std::int64_t rows =
        std::min(n, std::max<std::int64_t>(1024, kTrialBytes / (2 * (stride + 2 * m))));
    const DeviceBlock weights(queue_, 2 * m * k);
    const DeviceBlock inputs(queue_, 2 * rows * stride);
    const DeviceBlock truth(queue_, 2 * rows * m);
    const DeviceBlock results(queue_, 2 * rows * m);
    const View dense{weights.data(), m, k, k, DType::BF16};
    fillTrial(queue_, dense);
    fillTrial(queue_, {inputs.data(), rows, stride, stride, DType::BF16});
    Prepared prepared(queue_, dense, Transpose::Yes, n);
    prepared.words = std::make_unique<DeviceBlock>(queue_, 4 * metaExtent(m, k).words());
    refresh(dense, prepared);
    expandRows(queue_, prepared.values, prepared.meta, dense);
    Trial trial{dense,
                prepared,
                {inputs.data(), rows, k, stride, DType::BF16},
                {truth.data(), rows, m, m, DType::BF16},
                {results.data(), rows, m, m, DType::BF16},
                {},
                {}};
    const std::shared_ptr<const Route> route = tryAll(trial);
    routes_.emplace(key, route);
    return route;
}

std::shared_ptr<const TwoFourRoutes::Route> TwoFourRoutes::tryAll(Trial& trial) {
    const double dense = trialSeconds(queue_, [&] {
        backend_.gemm({.b = Transpose::Yes}, trial.x, trial.dense, trial.truth, {});
    });
    auto route = std::make_shared<Route>();
    tryOwn(trial, *route);
    tryLibrary(trial, *route);
    route->denseSeconds = dense;
    route->dense = dense < std::min(route->ownSeconds, route->librarySeconds);
    if (route->dense)
        route->product.reset();
    if (route->dense || route->product) {
        Epilogue usual;
        usual.activation = Activation::Gelu;
        usual.pre = trial.truth;
        route->epilogueSeconds =
            trialSeconds(queue_, [&] { backend_.applyEpilogue(trial.y, usual); });
    }
    trial.times.emplace_back(dense, "cuBLAS dense product of the masked weight");
    std::sort(trial.times.begin(), trial.times.end());
    std::string& reason = route->reason;
    for (const auto& [seconds, name] : trial.times)
        reason += (reason.empty() ? "" : "; ") + name + ": " + microseconds(seconds);
    for (const std::string& refusal : trial.refusals)
        reason += "; " + refusal;
    return route;
}

void TwoFourRoutes::tryOwn(Trial& trial, Route& route) {
    const Prepared& prepared = trial.prepared;
    const SparseOperand operand = prepared.operand();
    std::vector<TwoFourKernel> kernels{TwoFourKernel::Mma};
    if (canMultiplyWarpgroups(queue_))
        kernels.insert(kernels.end(),
                       {TwoFourKernel::TwoWarpgroups, TwoFourKernel::ThreeWarpgroups});
    const auto consider = [&](TwoFourKernel kernel) {
        const auto work = [&] {
            multiplyBy(kernel, queue_, trial.x, operand, prepared.meta, trial.y, {});
        };
        backend_.zero(trial.y.data, static_cast<std::size_t>(2 * trial.y.size()));
        work();
        if (!trial.agrees(queue_, nameOfKernel(kernel)))
            return;
        const double seconds = trialSeconds(queue_, work);
        trial.times.emplace_back(seconds, nameOfKernel(kernel));
        if (seconds < route.ownSeconds) {
            route.own = kernel;
            route.ownSeconds = seconds;
        }
    };
    for (const TwoFourKernel kernel : kernels)
        consider(kernel);
    if (trial.times.empty())
        consider(TwoFourKernel::Tiled);
    if (trial.times.empty())
        throw Error("no kernel for 2:4 products agrees with the dense product on this device.");
}

void TwoFourRoutes::tryLibrary(Trial& trial, Route& route) {
    const SparseLibrary* found = library();
    if (found == nullptr) {
        trial.refusals.push_back(libraryReason_);
        return;
    }
    const Prepared& prepared = trial.prepared;
    std::string refusal;
    std::unique_ptr<SparseProduct> product;
    if (trial.x.rows < prepared.rows)
        refusal = found->name() + " was not tried: the operands are too large for a trial";
    else if (!trial.x.contiguous())
        refusal = found->name() + " takes rows of whole 16 bytes only";
    else
        product = SparseProduct::make(*found, prepared.m, prepared.rows, prepared.k, refusal);
    if (!product) {
        trial.refusals.push_back(refusal);
        return;
    }
    try {
        const DeviceBlock compressed(queue_, static_cast<std::int64_t>(product->compressedBytes()));
        compressForLibrary(*product, prepared.values, prepared.meta, compressed.data());
        const auto work = [&] {
            product->multiply(compressed.data(), trial.x.data, trial.y.data,
                              queue_.scratch(product->workspaceBytes()), queue_.stream());
        };
        const bool searched =
            product->search(compressed.data(), trial.x.data, trial.y.data,
                            queue_.scratch(product->workspaceBytes()), queue_.stream());
        const std::string name = found->name() + ", algorithm " +
                                 std::to_string(product->algorithm()) +
                                 (searched ? "" : " (not searched)");
        backend_.zero(trial.y.data, static_cast<std::size_t>(2 * trial.y.size()));
        work();
        if (!trial.agrees(queue_, name))
            return;
        route.librarySeconds = trialSeconds(queue_, work);
        trial.times.emplace_back(route.librarySeconds, name);
    } catch (const Error& error) {
        trial.refusals.emplace_back(error.what());
        return;
    }
    if (route.librarySeconds >= route.ownSeconds)
        return;
    route.product = std::move(product);
}

} // namespace inlay::kernels::cuda

// Ops that move more than they compute, on activations of the base vision transformer: 64 samples
// of 196 tokens, width 768, hidden 3072. Each call takes the next of several sets of operands, so
// that a large cache does not stand in for memory.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "app/gpu_check/op_bench.h"

namespace inlay::app {
namespace {

using namespace engine;
using kernels::Accumulate;
using kernels::Activation;

/// Bytes that the sets of one case take together, several times a large cache.
constexpr double kRotated = 5e8;

struct Size {
    std::int64_t rows, cols;
};

/// As many sets of operands as fill kRotated, used in turns.
template <typename Operands>
std::function<void()> inTurns(double bytesOfOne, const std::function<Operands()>& make,
                              const std::function<void(Operands&)>& call) {
    const auto count =
        static_cast<std::size_t>(std::min(16.0, std::max(1.0, kRotated / bytesOfOne)));
    auto sets = std::make_shared<std::vector<Operands>>();
    for (std::size_t i = 0; i < count; ++i)
        sets->push_back(make());
    return [sets, call, next = std::size_t{0}]() mutable {
        call((*sets)[next]);
        next = (next + 1) % sets->size();
    };
}

struct Pair {
    Tensor in, out;
};

struct ActivationOperands {
    Tensor pre, g, y;
};

/// y = gelu(pre), or the gradient g gelu'(pre).
Prepared prepareActivation(const Device& device, Size size, bool backward) {
    const Shape shape{size.rows, size.cols};
    const double bytes = static_cast<double>(size.rows * size.cols) *
                         static_cast<double>(kernels::sizeOf(device.computeType()));
    const std::function<ActivationOperands()> make = [=] {
        return ActivationOperands{normalTensor(device, shape), normalTensor(device, shape),
                                  Tensor(device, shape, device.computeType())};
    };
    const std::function<void(ActivationOperands&)> call = [=](ActivationOperands& o) {
        kernels::Backend& backend = device.backend();
        if (backward)
            backend.activateBackward(Activation::Gelu, o.pre.view(), o.g.view(), o.y.view());
        else
            backend.activate(Activation::Gelu, o.pre.view(), o.y.view());
    };
    return {inTurns(3.0 * bytes, make, call), {0.0, (backward ? 3.0 : 2.0) * bytes}, {}};
}

struct Norm {
    Tensor x, y, g, gamma, beta, stats, dgamma, dbeta;
};

Prepared prepareNorm(const Device& device, Size size, bool backward) {
    const Shape shape{size.rows, size.cols};
    const Shape vector{size.cols};
    const DType parameters = device.parameterType();
    const double bytes = static_cast<double>(size.rows * size.cols) *
                         static_cast<double>(kernels::sizeOf(device.computeType()));
    const auto forward = [=](Norm& n) {
        device.backend().layerNorm(n.x.view(), n.gamma.view(), n.beta.view(), 1e-5, n.y.view(),
                                   n.stats.view());
    };
    const std::function<Norm()> make = [=] {
        Norm n{normalTensor(device, shape),
               normalTensor(device, shape),
               normalTensor(device, shape),
               normalTensor(device, vector, parameters),
               normalTensor(device, vector, parameters),
               Tensor(device, {size.rows, 2}, parameters),
               Tensor::zeros(device, vector, parameters),
               Tensor::zeros(device, vector, parameters)};
        forward(n);
        return n;
    };
    const std::function<void(Norm&)> call = [=](Norm& n) {
        kernels::Backend& backend = device.backend();
        if (!backward)
            return forward(n);
        const std::size_t scratch =
            backend.layerNormBackwardScratch(size.rows, size.cols, device.computeType());
        backend.layerNormBackward(n.x.view(), n.gamma.view(), n.stats.view(), n.g.view(),
                                  n.y.view(), Accumulate::Yes, n.dgamma.view(), n.dbeta.view(),
                                  device.scratch(scratch));
    };
    return {inTurns(3.0 * bytes, make, call), {0.0, (backward ? 4.0 : 2.0) * bytes}, {}};
}

Prepared prepareSumRows(const Device& device, Size size) {
    const double bytes = static_cast<double>(size.rows * size.cols) *
                         static_cast<double>(kernels::sizeOf(device.computeType()));
    const std::function<Pair()> make = [=] {
        return Pair{normalTensor(device, {size.rows, size.cols}),
                    Tensor::zeros(device, {1, size.cols}, device.parameterType())};
    };
    const std::function<void(Pair&)> call = [=](Pair& p) {
        device.backend().sumRows(p.in.view(), p.out.view(), Accumulate::Yes);
    };
    return {inTurns(bytes, make, call), {0.0, bytes}, {}};
}

/// One AdamW step of parameters like those of the base network: four numbers read, three written.
Prepared prepareAdamW(const Device& device, std::int64_t tensors, std::int64_t count) {
    struct State {
        std::vector<Tensor> kept;
        std::vector<kernels::OptimizerSlot> slots;
        Tensor rate, step, scale;
    };
    const DType dtype = device.parameterType();
    auto state = std::make_shared<State>();
    for (std::int64_t i = 0; i < tensors; ++i) {
        kernels::OptimizerSlot slot;
        const auto add = [&](Tensor tensor) {
            state->kept.push_back(std::move(tensor));
            return state->kept.back().view().data;
        };
        slot.weight = add(normalTensor(device, {count}, dtype));
        slot.gradient = add(normalTensor(device, {count}, dtype));
        slot.first = add(Tensor::zeros(device, {count}, dtype));
        slot.second = add(Tensor::zeros(device, {count}, dtype));
        slot.count = count;
        slot.dtype = dtype;
        state->slots.push_back(slot);
    }
    for (Tensor* scalar : {&state->rate, &state->step, &state->scale}) {
        *scalar = Tensor(device, {1, 1}, dtype);
        device.backend().fill(scalar->view(), scalar == &state->rate ? 1e-4 : 1.0);
    }
    const double bytes =
        7.0 * static_cast<double>(kernels::sizeOf(dtype)) * static_cast<double>(tensors * count);
    return {[device, state] {
                device.backend().adamwStep(
                    {}, {state->rate.view(), state->step.view(), state->scale.view()},
                    state->slots);
            },
            {0.0, bytes},
            {}};
}

/// A product with everything that follows it in an MLP's first layer, beside the product alone.
Prepared prepareEpilogue(const Device& device, std::int64_t rows, std::int64_t in,
                         std::int64_t out) {
    struct State {
        Tensor x, w, bias, y, pre;
    };
    auto state = std::make_shared<State>(
        State{normalTensor(device, {rows, in}), normalTensor(device, {in, out}, 0.02),
              normalTensor(device, {1, out}, device.parameterType()),
              Tensor(device, {rows, out}, device.computeType()),
              Tensor(device, {rows, out}, device.computeType())});
    auto dense = std::make_shared<DenseTwin>(device, rows, in, out);
    const double element = static_cast<double>(kernels::sizeOf(device.computeType()));
    const Cost cost{2.0 * static_cast<double>(rows) * static_cast<double>(in * out),
                    element * static_cast<double>(rows * in + in * out + 2 * rows * out)};
    return {[device, state] {
                device.backend().gemm({}, state->x.view(), state->w.view(), state->y.view(),
                                      {state->bias.view(), Activation::Gelu, state->pre.view()});
            },
            cost,
            [dense] {
                dense->forward();
            }};
}

} // namespace

void addMemoryBenches(OpBenches& benches, Scale scale) {
    const bool real = scale == Scale::Real;
    const std::int64_t rows = real ? 12544 : 24;
    const std::int64_t width = real ? 768 : 16;
    const std::int64_t hidden = 4 * width;
    const auto sized = [](const char* op, std::int64_t m, std::int64_t n, const char* options) {
        return std::string(op) + " " + std::to_string(m) + "x" + std::to_string(n) + options;
    };
    for (const bool backward : {false, true}) {
        const char* pass = backward ? " backward" : " forward";
        benches.push_back({sized("layerNorm", rows, width, pass), [=](const Device& device) {
                               return prepareNorm(device, {rows, width}, backward);
                           }});
        benches.push_back({sized("gelu", rows, hidden, pass), [=](const Device& device) {
                               return prepareActivation(device, {rows, hidden}, backward);
                           }});
    }
    benches.push_back({sized("sumRows", rows, hidden, ""), [=](const Device& device) {
                           return prepareSumRows(device, {rows, hidden});
                       }});
    const std::int64_t tensors = real ? 150 : 3;
    const std::int64_t count = real ? 576000 : 100;
    benches.push_back({sized("adamwStep", tensors, count, ""), [=](const Device& device) {
                           return prepareAdamW(device, tensors, count);
                       }});
    benches.push_back({sized("gemm", rows, hidden, "x") + std::to_string(width) + " bias gelu pre",
                       [=](const Device& device) {
                           return prepareEpilogue(device, rows, width, hidden);
                       }});
}

} // namespace inlay::app

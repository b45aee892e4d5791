#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor/device.h"
#include "engine/tensor/tensor.h"
#include "kernels/backend.h"

namespace inlay::app {

/// What one call does at least: the arithmetic that is really done, 2 operations a multiply-add,
/// and the bytes of device memory that must move, each operand once.
struct Cost {
    double flops = 0.0;
    double bytes = 0.0;
};

/// A call that enqueues work on operands of its own, and the dense product that it replaces.
struct Prepared {
    std::function<void()> call;
    Cost cost;
    std::function<void()> dense; // empty: it replaces none
};

/// Whether cases have the sizes of real layers, or sizes that a test can run.
enum class Scale { Real, Tiny };

/// A case: its name, and what makes it on a device whose precision is set.
struct OpBench {
    std::string name;
    std::function<Prepared(const engine::Device& device)> prepare;
};

using OpBenches = std::vector<OpBench>;

// The cases of each group. Every size is given in the names.
void addStlBenches(OpBenches& benches, Scale scale);
void addTwoFourBenches(OpBenches& benches, Scale scale);
void addButterflyBenches(OpBenches& benches, Scale scale);
void addAttentionBenches(OpBenches& benches, Scale scale);
void addMemoryBenches(OpBenches& benches, Scale scale);

/// The two ceilings of a device in its present precision: a large copy, in bytes read and written a
/// second, and a large dense product, in operations a second.
struct Ceilings {
    double bytesPerSecond = 0.0;
    double flopsPerSecond = 0.0;
};
Ceilings measureCeilings(const engine::Device& device, Scale scale);

/// Standard normal numbers (times `deviation`) in the device's compute type, or in `dtype`. Draws
/// differ from tensor to tensor.
engine::Tensor normalTensor(const engine::Device& device, engine::Shape shape,
                            double deviation = 1.0);
engine::Tensor normalTensor(const engine::Device& device, engine::Shape shape, engine::DType dtype,
                            double deviation = 1.0);

/// A dense layer Y = X W of rows x in x out with its backward pass, what structured ones replace.
class DenseTwin {
public:
    DenseTwin(const engine::Device& device, std::int64_t rows, std::int64_t in, std::int64_t out);

    void forward();
    /// Y, and the gradients of X and W; that of W adds to one in the parameters' type.
    void train();

private:
    engine::Device device_;
    engine::Tensor x_, w_, y_, g_, gx_, gw_;
};

} // namespace inlay::app

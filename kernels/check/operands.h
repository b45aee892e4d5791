#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/backend.h"

namespace inlay::kernels {

/// Whether the rows of a case's matrices lie next to each other or leave gaps.
enum class Spacing : std::uint8_t { Tight, Strided };

/// How the operands of a case are stored: activations, what backend.h lets be f32 beside bf16
/// activations (vectors of parameters, gradients of parameters), and the rows.
struct OperandStyle {
    DType dtype = DType::F32;
    DType parameters = DType::F32;
    Spacing spacing = Spacing::Tight;

    bool operator==(const OperandStyle&) const = default;
};

/// What the buffers of a case held before the op, in the order in which they were made.
using OperandContents = std::vector<std::vector<std::byte>>;

/// The operands of one case on one backend: filled with numbers that depend on the order of the
/// calls only, so that two backends get the same. Operands must come out of the op unchanged,
/// results are compared, and so is what lies between the rows of a strided result.
class Operands {
public:
    Operands(Backend& backend, OperandStyle style);
    /// With the contents that another backend's operands of the same case had, which saves drawing
    /// them again.
    Operands(Backend& backend, OperandStyle style, OperandContents contents);
    ~Operands();
    Operands(const Operands&) = delete;
    Operands& operator=(const Operands&) = delete;

    Backend& backend() { return backend_; }
    DType dtype() const { return style_.dtype; }
    /// Of statistics, log-sum-exp, losses and scalars: f32 beside bf16 activations.
    DType summaryType() const;

    // Operands: normal numbers, given ones, repeated indices below `bound` (rows x 1 i32), bytes 0
    // or 1. `parameter` is a normal operand that may be stored in f32 beside bf16 activations.
    View normal(std::int64_t rows, std::int64_t cols, double mean = 0.0, double deviation = 1.0);
    View parameter(std::int64_t rows, std::int64_t cols, double mean = 0.0, double deviation = 1.0);
    View values(std::int64_t rows, std::int64_t cols,
                const std::function<double(std::int64_t, std::int64_t)>& at);
    View scalar(double value, DType dtype);
    View indices(std::int64_t rows, std::int64_t bound);
    View bytes(std::int64_t rows, std::int64_t cols);
    BatchView normalBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols);

    // Results: they too start with normal numbers, so that an accumulating op has something to add
    // to and an overwriting one something to overwrite. `gradient` is a result that may be stored
    // in f32 beside bf16 activations.
    View result(std::int64_t rows, std::int64_t cols);
    View result(std::int64_t rows, std::int64_t cols, DType dtype);
    View gradient(std::int64_t rows, std::int64_t cols);
    View summary(std::int64_t rows, std::int64_t cols);
    BatchView resultBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols);
    BatchView gradientBatch(std::int64_t batch, std::int64_t rows, std::int64_t cols);
    /// A tight result with nonnegative numbers (second moments).
    View positiveResult(std::int64_t rows, std::int64_t cols);
    /// Tight vectors of parameters, for the optimizers and butterfly networks.
    View vector(std::int64_t count);
    View vectorResult(std::int64_t count);

    /// Scratch memory full of NaN bytes.
    Workspace workspace(std::size_t bytes);

    struct ResultValues {
        DType dtype;
        std::vector<double> values; // in reading order
    };
    /// Reads everything back: every result, and complaints about writes where none belong.
    struct Outcome {
        std::vector<ResultValues> results;
        std::string note;
        OperandContents contents; // as the buffers were before the op
    };
    /// Once, at the end.
    Outcome collect();

private:
    enum class Role : std::uint8_t { Operand, Result, Scratch };
    struct Buffer {
        Role role;
        BatchView batch;
        std::size_t bytes;
    };
    using Source = std::function<double(std::int64_t position)>;

    BatchView add(Role role, std::int64_t batch, std::int64_t rows, std::int64_t cols, DType dtype,
                  Spacing spacing, const Source& source);
    void fill(std::vector<std::byte>& bytes, const BatchView& batch, const Source& source) const;
    Source normalSource(double mean, double deviation) const;
    PhiloxState state() const;

    Backend& backend_;
    OperandStyle style_;
    OperandContents given_;
    OperandContents before_; // one for each buffer
    std::vector<Buffer> buffers_;
};

} // namespace inlay::kernels

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kernels/check/operands.h"

namespace inlay::kernels {

/// The limit of ggml's test-backend-ops for f32: a relative error of about 3e-4, far above what
/// rounding does and far below what a wrong term does.
inline constexpr double kDefaultLimit = 1e-7;
/// For ops that only move numbers.
inline constexpr double kExact = 0.0;
/// For activations: the tanh form of GELU, which is not the one wanted, is off by 1e-9.
inline constexpr double kActivationLimit = 1e-11;

/// For results stored in bf16. Rounding to 8 bits moves a number by 2^-9 of itself at most, 2.7e-6
/// in mean square. Both sides round the same number, up to the error of f32, so they differ where
/// it lies on the edge between two bf16 numbers only; the limit leaves room for a small result in
/// which one of few elements does.
inline constexpr double kHalfLimit = 2e-5;
/// Where a device may also round an intermediate of the op to bf16, so that its own units multiply
/// it: 2.7e-6 from the intermediate, and rounding the results of two different numbers about three
/// times as much.
inline constexpr double kHalfTwiceLimit = 5e-5;

/// Whether a device must compute in the dtype, or, as every device does for bf16 in gemm and
/// convert, read and write it.
enum class Use : std::uint8_t { Computed, Stored };
/// Large cases are there for the code that small ones never reach; a quick check leaves them out.
enum class Extent : std::uint8_t { Usual, Large };

/// One row of the table: how to build the operands and call the op, on either backend.
struct OpCase {
    std::string op;
    std::string shape;
    std::function<void(Operands&)> run;
    OperandStyle style = {};
    double limit = kDefaultLimit;  // of each result that is not stored in bf16
    double halfLimit = kHalfLimit; // of each that is; without meaning where `limit` is kExact
    Extent extent = Extent::Usual;
    Use use = Use::Computed;
};

using OpCases = std::vector<OpCase>;

void addElementwiseCases(OpCases& cases);
void addRandomCases(OpCases& cases);
void addProductCases(OpCases& cases);
void addActivationCases(OpCases& cases);
void addReductionCases(OpCases& cases);
void addNormalizationCases(OpCases& cases);
void addLossCases(OpCases& cases);
void addAttentionCases(OpCases& cases);
void addImageCases(OpCases& cases);
void addStlCases(OpCases& cases);
void addButterflyCases(OpCases& cases);
void addTwoFourCases(OpCases& cases);
void addOptimizerCases(OpCases& cases);

/// The whole table, family by family.
OpCases opCases();

/// "3x5" and the like.
std::string shapeOf(std::initializer_list<std::int64_t> sizes);

/// f32; bf16 activations with parameters in f32, as mixed precision trains them, and with
/// everything in bf16.
inline constexpr OperandStyle kFloatStyles[] = {{DType::F32, DType::F32, Spacing::Tight},
                                                {DType::F32, DType::F32, Spacing::Strided}};
inline constexpr OperandStyle kHalfStyles[] = {{DType::BF16, DType::F32, Spacing::Tight},
                                               {DType::BF16, DType::F32, Spacing::Strided},
                                               {DType::BF16, DType::BF16, Spacing::Strided}};
inline constexpr OperandStyle kAllStyles[] = {kFloatStyles[0], kFloatStyles[1], kHalfStyles[0],
                                              kHalfStyles[1], kHalfStyles[2]};

/// Those that differ for an op without parameters.
inline constexpr OperandStyle kActivationStyles[] = {kFloatStyles[0], kFloatStyles[1],
                                                     kHalfStyles[0], kHalfStyles[1]};

struct MatrixSize {
    std::int64_t rows;
    std::int64_t cols;
};

/// Empty, one, odd, prime, around the widths of vector registers, larger than one work chunk.
inline constexpr MatrixSize kMatrixSizes[] = {{0, 0},   {0, 5},    {5, 0},    {1, 1},   {1, 7},
                                              {3, 1},   {4, 8},    {7, 13},   {16, 31}, {33, 17},
                                              {65, 64}, {129, 97}, {5, 1031}, {1031, 5}};
/// The same with fewer sizes, for bf16: what depends on the size alone is seen in f32.
inline constexpr MatrixSize kFewMatrixSizes[] = {{0, 5},  {1, 1},   {3, 1},    {4, 8},
                                                 {7, 13}, {65, 64}, {129, 97}, {5, 1031}};

inline std::span<const MatrixSize> matrixSizes(const OperandStyle& style) {
    if (style.dtype == DType::BF16)
        return kFewMatrixSizes;
    return kMatrixSizes;
}

} // namespace inlay::kernels

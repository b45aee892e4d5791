#pragma once

#include <functional>
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

/// One row of the table: how to build the operands and call the op, on either backend.
struct OpCase {
    std::string op;
    std::string shape;
    std::function<void(Operands&)> run;
    DType dtype = DType::F32;
    Spacing spacing = Spacing::Tight;
    double limit = kDefaultLimit;
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
void addStlCases(OpCases& cases);
void addButterflyCases(OpCases& cases);
void addTwoFourCases(OpCases& cases);
void addOptimizerCases(OpCases& cases);

/// The whole table, family by family.
OpCases opCases();

/// "3x5" and the like.
std::string shapeOf(std::initializer_list<std::int64_t> sizes);

inline constexpr Spacing kSpacings[] = {Spacing::Tight, Spacing::Strided};

struct MatrixSize {
    std::int64_t rows;
    std::int64_t cols;
};

/// Empty, one, odd, prime, around the widths of vector registers, larger than one work chunk.
inline constexpr MatrixSize kMatrixSizes[] = {{0, 0},   {0, 5},    {5, 0},    {1, 1},   {1, 7},
                                              {3, 1},   {4, 8},    {7, 13},   {16, 31}, {33, 17},
                                              {65, 64}, {129, 97}, {5, 1031}, {1031, 5}};

} // namespace inlay::kernels

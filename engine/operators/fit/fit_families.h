#pragma once

#include "engine/operators/fit/fit.h"

// One function a family; each fills the operator's parameters. `sigma` is the mean of x x^T (in x
// in), with kMomentRidge of its mean diagonal added, so that it is regular.
namespace inlay::engine {

inline constexpr double kMomentRidge = 1e-8;

struct FitTask {
    LinearOperator& op;
    const HostMatrix& weight; // in x out
    const HostMatrix& sigma;
    const InputMoments& moments;
    const FitOptions& options;
    FitReport& report;
};

void fitDense(const FitTask& task);
void fitLowRank(const FitTask& task);
void fitBlockDiagonal(const FitTask& task, const BlockDiagonalConfig& config);
void fitMonarch(const FitTask& task, const MonarchConfig& config);
void fitBtt(const FitTask& task, const BttConfig& config);
void fitButterfly(const FitTask& task, const ButterflyConfig& config);
void fitTwoFour(const FitTask& task, const TwoFourConfig& config);
void fitStl(const FitTask& task, const StlConfig& config);

/// Squared norm of the error of an STL layer's tile map and of the exact one, plain and under the
/// moments.
struct TileErrors {
    double error = 0;
    double norm = 0;
    double weightedError = 0;
    double weightedNorm = 0;
};
TileErrors stlErrors(LinearOperator& op, const StlConfig& config, const HostMatrix& weight,
                     const InputMoments& moments);

/// The operator's parameter "<layer>/<suffix>".
Parameter& fitParameter(LinearOperator& op, const char* suffix);
void setParameter(Parameter& parameter, const std::vector<double>& values);

} // namespace inlay::engine

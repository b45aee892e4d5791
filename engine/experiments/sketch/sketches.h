#pragma once

#include <memory>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "engine/base/random.h"
#include "engine/operators/operator_config.h"
#include "engine/tensor/parameter.h"

namespace inlay::engine::sketch {

/// B, kept x coordinates, with a structure that training keeps.
class Sketch {
public:
    virtual ~Sketch() = default;
    /// A = B X, kept x columns.
    virtual Eigen::MatrixXd apply(const Eigen::MatrixXd& x) = 0;
    /// Adds the gradient of the trained numbers for that of A = B X.
    virtual void backward(const Eigen::MatrixXd& x, const Eigen::MatrixXd& gradient) = 0;
    /// Empty where nothing is trained.
    virtual std::vector<ParameterPtr> parameters() = 0;
    /// Numbers that B has, signs included.
    virtual std::int64_t numbers() const = 0;
    /// Called before the first backward() of a step and after the last.
    virtual void beginStep() {}
    virtual void endStep() {}
};

/// A butterfly network on the next power of two of which `kept` random outputs are kept.
std::unique_ptr<Sketch> makeButterflySketch(std::int64_t coordinates, std::int64_t kept,
                                            ButterflyStart start, const Device& device,
                                            const RandomStream& stream);

/// `nonzeros` numbers in each column at fixed random places, random signs at the start: with one,
/// Clarkson and Woodruff's sketch, and trained that of Indyk et al. 2019.
std::unique_ptr<Sketch> makeSparseSketch(std::int64_t coordinates, std::int64_t kept,
                                         std::int64_t nonzeros, const Device& device,
                                         const RandomStream& stream);

/// Independent normal numbers of variance 1 / kept; not trained.
std::unique_ptr<Sketch> makeGaussianSketch(std::int64_t coordinates, std::int64_t kept,
                                           const RandomStream& stream);

} // namespace inlay::engine::sketch

#include "engine/experiments/sketch/sketches.h"

#include <cmath>
#include <span>

#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/butterfly_start.h"
#include "engine/operators/butterfly/live_weights.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine::sketch {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class ButterflySketch final : public Sketch {
public:
    ButterflySketch(std::int64_t coordinates, std::int64_t kept, ButterflyStart start,
                    const Device& device, const RandomStream& stream)
        : device_(device)
        , kept_(kept) {
        while (network_.n < coordinates)
            network_.n *= 2;
        const std::vector<std::int64_t> places = stream.split("kept").sample(network_.n, kept);
        index_ = Tensor::fromHost(
            device, {kept, 1},
            std::span<const std::int32_t>(std::vector<std::int32_t>(places.begin(), places.end())));
        const LiveWeights live = liveWeights(network_.n, network_.order, places, coordinates);
        numbers_ = live.count;
        weights_ = makeButterflyParameter(
            device, "B", network_, butterflyStart(network_, start, 1.0, stream.split("weights")),
            live.mask);
    }

    Matrix apply(const Matrix& x) override {
        const Tensor rows = columnsAsRows(x);
        Tensor wide(device_, {x.cols(), network_.n}, device_.computeType());
        applyButterfly(device_, network_, rows.view(), *weights_, prepared_, wide.view());
        Tensor kept(device_, {x.cols(), kept_}, device_.computeType());
        device_.backend().gatherColumns(wide.view(), index_.view(), kept.view());
        const std::vector<double> values = kept.toDoubles();
        return Eigen::Map<const Matrix>(values.data(), kept_, x.cols());
    }

    // B's columns are never written out: the network runs on X, and A's gradient is that of its
    // kept outputs.
    void backward(const Matrix& x, const Matrix& gradient) override {
        const Tensor rows = columnsAsRows(x);
        const Tensor kept = Tensor::fromHost(
            device_, {x.cols(), kept_}, device_.computeType(),
            std::span<const double>(gradient.data(), static_cast<std::size_t>(gradient.size())));
        Tensor wide(device_, {x.cols(), network_.n}, device_.computeType());
        device_.backend().fill(wide.view(), 0.0);
        device_.backend().scatterAddColumns(kept.view(), index_.view(), wide.view());
        applyButterflyBackward(device_, network_, rows.view(), *weights_, wide.view(), {},
                               kernels::Accumulate::No);
    }

    std::vector<ParameterPtr> parameters() override { return {weights_}; }
    std::int64_t numbers() const override { return numbers_; }

private:
    /// Columns of X as rows of n' numbers, zero beyond n.
    Tensor columnsAsRows(const Matrix& x) const {
        Matrix padded = Matrix::Zero(network_.n, x.cols());
        padded.topRows(x.rows()) = x;
        return Tensor::fromHost(
            device_, {x.cols(), network_.n}, device_.computeType(),
            std::span<const double>(padded.data(), static_cast<std::size_t>(padded.size())));
    }

    Device device_;
    kernels::Butterfly network_;
    std::int64_t kept_;
    Tensor index_;
    ParameterPtr weights_;
    PreparedButterfly prepared_;
    std::int64_t numbers_ = 0;
};

class SparseSketch final : public Sketch {
public:
    SparseSketch(std::int64_t coordinates, std::int64_t kept, std::int64_t nonzeros,
                 const Device& device, const RandomStream& stream)
        : device_(device)
        , kept_(kept)
        , nonzeros_(nonzeros) {
        RandomStream places = stream.split("places");
        RandomStream signs = stream.split("signs");
        std::vector<double> values;
        for (std::int64_t c = 0; c < coordinates; ++c)
            for (const std::int64_t row : places.sample(kept, nonzeros)) {
                places_.push_back(row);
                values.push_back(signs.uniform() < 0.5 ? 1.0 : -1.0);
            }
        values_ = makeParameter(device, "values", {coordinates, nonzeros}, values);
        gradient_.assign(values.size(), 0.0);
    }

    Matrix apply(const Matrix& x) override {
        const std::vector<double> values = values_->value.toDoubles();
        Matrix a = Matrix::Zero(kept_, x.cols());
        for (std::size_t i = 0; i < values.size(); ++i)
            a.row(places_[i]) += values[i] * x.row(static_cast<std::int64_t>(i) / nonzeros_);
        return a;
    }

    void beginStep() override { gradient_.assign(gradient_.size(), 0.0); }
    void backward(const Matrix& x, const Matrix& gradient) override {
        for (std::size_t i = 0; i < gradient_.size(); ++i)
            gradient_[i] +=
                gradient.row(places_[i]).dot(x.row(static_cast<std::int64_t>(i) / nonzeros_));
    }
    void endStep() override {
        values_->grad.copyFrom(Tensor::fromHost(device_, values_->grad.shape(),
                                                values_->grad.dtype(),
                                                std::span<const double>(gradient_)));
    }

    std::vector<ParameterPtr> parameters() override { return {values_}; }
    std::int64_t numbers() const override { return static_cast<std::int64_t>(places_.size()); }

private:
    Device device_;
    std::int64_t kept_;
    std::int64_t nonzeros_;
    std::vector<std::int64_t> places_; // row of each number
    ParameterPtr values_;
    std::vector<double> gradient_;
};

class GaussianSketch final : public Sketch {
public:
    GaussianSketch(std::int64_t coordinates, std::int64_t kept, RandomStream stream)
        : matrix_(kept, coordinates) {
        for (double& value : matrix_.reshaped())
            value = stream.normal() / std::sqrt(static_cast<double>(kept));
    }

    Matrix apply(const Matrix& x) override { return matrix_ * x; }
    void backward(const Matrix&, const Matrix&) override {}
    std::vector<ParameterPtr> parameters() override { return {}; }
    std::int64_t numbers() const override { return matrix_.size(); }

private:
    Matrix matrix_;
};

} // namespace

std::unique_ptr<Sketch> makeButterflySketch(std::int64_t coordinates, std::int64_t kept,
                                            ButterflyStart start, const Device& device,
                                            const RandomStream& stream) {
    return std::make_unique<ButterflySketch>(coordinates, kept, start, device, stream);
}

std::unique_ptr<Sketch> makeSparseSketch(std::int64_t coordinates, std::int64_t kept,
                                         std::int64_t nonzeros, const Device& device,
                                         const RandomStream& stream) {
    return std::make_unique<SparseSketch>(coordinates, kept, nonzeros, device, stream);
}

std::unique_ptr<Sketch> makeGaussianSketch(std::int64_t coordinates, std::int64_t kept,
                                           const RandomStream& stream) {
    return std::make_unique<GaussianSketch>(coordinates, kept, stream);
}

} // namespace inlay::engine::sketch

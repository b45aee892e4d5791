#include "engine/analysis/embedding/linear_probe.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/analysis/embedding/lbfgs.h"
#include "engine/base/error.h"
#include "engine/tensor/device.h"
#include "kernels/backend.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

constexpr double kGradientTolerance = 1e-6;
constexpr std::int64_t kRowsOfChunk = 512;

struct Labeled {
    std::vector<float> values;
    std::vector<std::int32_t> labels;

    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

Labeled labeledOnly(const LabeledPoints& source) {
    Labeled kept;
    for (std::int64_t i = 0; i < source.points.count; ++i) {
        const std::int32_t label = source.labels[static_cast<std::size_t>(i)];
        if (label < 0)
            continue;
        kept.labels.push_back(label);
        kept.values.insert(kept.values.end(), source.points.row(i),
                           source.points.row(i) + source.points.dimension);
    }
    return kept;
}

void standardize(Labeled& training, Labeled& test, std::int64_t dims) {
    for (std::int64_t d = 0; d < dims; ++d) {
        const auto at = [&](Labeled& set, std::int64_t i) -> float& {
            return set.values[static_cast<std::size_t>(i * dims + d)];
        };
        double mean = 0;
        for (std::int64_t i = 0; i < training.count(); ++i)
            mean += static_cast<double>(at(training, i));
        mean /= static_cast<double>(training.count());
        double squares = 0;
        for (std::int64_t i = 0; i < training.count(); ++i) {
            const double apart = static_cast<double>(at(training, i)) - mean;
            squares += apart * apart;
        }
        const double deviation = std::sqrt(squares / static_cast<double>(training.count()));
        const double scale = deviation > 0 ? 1 / deviation : 1;
        for (Labeled* set : {&training, &test})
            for (std::int64_t i = 0; i < set->count(); ++i)
                at(*set, i) = static_cast<float>((static_cast<double>(at(*set, i)) - mean) * scale);
    }
}

kernels::ConstView matrix(const std::vector<float>& values, std::int64_t rows, std::int64_t cols) {
    return {values.data(), rows, cols, cols, kernels::DType::F32};
}

kernels::View writable(std::vector<float>& values, std::int64_t rows, std::int64_t cols) {
    return {values.data(), rows, cols, cols, kernels::DType::F32};
}

/// Weights (dims x classes) and then the biases as one vector of numbers.
class Classifier {
public:
    Classifier(const Labeled& training, std::int64_t dims, std::int64_t classes, double l2)
        : training_(training)
        , dims_(dims)
        , classes_(classes)
        , l2_(l2)
        , device_(Device::open("cpu")) {}

    std::size_t size() const { return static_cast<std::size_t>((dims_ + 1) * classes_); }

    std::vector<float> logits(const std::vector<float>& x, std::int64_t rows,
                              const std::vector<double>& parameters) const {
        const std::vector<float> all(parameters.begin(), parameters.end());
        std::vector<float> out(static_cast<std::size_t>(rows * classes_));
        kernels::Epilogue bias;
        bias.bias = {all.data() + dims_ * classes_, 1, classes_, classes_, kernels::DType::F32};
        device_.backend().gemm({}, matrix(x, rows, dims_), matrix(all, dims_, classes_),
                               writable(out, rows, classes_), bias);
        return out;
    }

    double operator()(const std::vector<double>& parameters, std::vector<double>& gradient) const {
        const std::int64_t n = training_.count();
        std::vector<float> residual = logits(training_.values, n, parameters);
        std::vector<double> losses(static_cast<std::size_t>(n));
        kernels::parallelFor(n, kRowsOfChunk, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                losses[static_cast<std::size_t>(i)] = softmaxRow(
                    residual.data() + i * classes_, training_.labels[static_cast<std::size_t>(i)]);
        });
        double loss = 0;
        for (const double one : losses)
            loss += one;
        loss /= static_cast<double>(n);
        std::vector<float> weights(static_cast<std::size_t>(dims_ * classes_));
        device_.backend().gemm(
            {.a = kernels::Transpose::Yes, .alpha = 1.0 / static_cast<double>(n)},
            matrix(training_.values, n, dims_), matrix(residual, n, classes_),
            writable(weights, dims_, classes_), {});
        for (std::size_t i = 0; i < weights.size(); ++i) {
            gradient[i] = static_cast<double>(weights[i]) + l2_ * parameters[i];
            loss += l2_ / 2 * parameters[i] * parameters[i];
        }
        for (std::int64_t c = 0; c < classes_; ++c) {
            double sum = 0;
            for (std::int64_t i = 0; i < n; ++i)
                sum += static_cast<double>(residual[static_cast<std::size_t>(i * classes_ + c)]);
            gradient[weights.size() + static_cast<std::size_t>(c)] = sum / static_cast<double>(n);
        }
        return loss;
    }

private:
    /// Logits become probabilities less the truth; returns the cross entropy.
    double softmaxRow(float* row, std::int32_t label) const {
        const float largest = *std::max_element(row, row + classes_);
        double sum = 0;
        for (std::int64_t c = 0; c < classes_; ++c)
            sum += std::exp(static_cast<double>(row[c] - largest));
        const double loss = std::log(sum) - static_cast<double>(row[label] - largest);
        for (std::int64_t c = 0; c < classes_; ++c)
            row[c] = static_cast<float>(std::exp(static_cast<double>(row[c] - largest)) / sum);
        row[label] -= 1;
        return loss;
    }

    const Labeled& training_;
    std::int64_t dims_;
    std::int64_t classes_;
    double l2_;
    Device device_;
};

void judge(const std::vector<std::int32_t>& labels, ProbeResult& result) {
    const std::int64_t classes = result.classes;
    result.confusion.assign(static_cast<std::size_t>(classes * classes), 0);
    for (std::size_t i = 0; i < labels.size(); ++i)
        ++result.confusion[static_cast<std::size_t>(labels[i] * classes + result.predicted[i])];
    std::int64_t right = 0;
    for (std::int64_t c = 0; c < classes; ++c) {
        const auto row = result.confusion.begin() + c * classes;
        std::int64_t all = 0;
        for (auto cell = row; cell != row + classes; ++cell)
            all += *cell;
        right += row[c];
        result.classAccuracy.push_back(all > 0
                                           ? static_cast<double>(row[c]) / static_cast<double>(all)
                                           : std::numeric_limits<double>::quiet_NaN());
    }
    if (!labels.empty())
        result.accuracy = static_cast<double>(right) / static_cast<double>(labels.size());
}

} // namespace

ProbeResult linearProbe(const LabeledPoints& training, const LabeledPoints& test,
                        const ProbeOptions& options, const KeepGoing& keepGoing) {
    const std::int64_t dims = training.points.dimension;
    if (test.points.dimension != dims)
        throw Error(fmt::format("the probe is trained on {} dimensions, the test points have {}",
                                dims, test.points.dimension));
    Labeled learned = labeledOnly(training);
    Labeled judged = labeledOnly(test);
    if (learned.labels.empty())
        throw Error("the linear probe needs labeled training points, there are none");
    standardize(learned, judged, dims);
    ProbeResult result;
    for (const auto* labels : {&learned.labels, &judged.labels})
        for (const std::int32_t label : *labels)
            result.classes = std::max<std::int64_t>(result.classes, label + 1);
    const Classifier classifier(learned, dims, result.classes, options.l2);
    const KeepGoing watched = [&] {
        result.cancelled = keepGoing && !keepGoing();
        return !result.cancelled;
    };
    const LbfgsResult fit = lbfgs(
        [&](const auto& x, auto& gradient) { return classifier(x, gradient); },
        std::vector<double>(classifier.size()), options.iterations, kGradientTolerance, watched);
    result.loss = fit.value;
    result.iterations = fit.iterations;
    const std::vector<float> logits = classifier.logits(judged.values, judged.count(), fit.x);
    for (std::int64_t i = 0; i < judged.count(); ++i) {
        const auto row = logits.begin() + i * result.classes;
        result.predicted.push_back(
            static_cast<std::int32_t>(std::max_element(row, row + result.classes) - row));
    }
    judge(judged.labels, result);
    return result;
}

} // namespace inlay::engine

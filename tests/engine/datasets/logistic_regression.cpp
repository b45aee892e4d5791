#include "logistic_regression.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/random.h"
#include "engine/datasets/batches.h"

namespace inlay::tests {
namespace {

constexpr int kEpochs = 15;
constexpr int kBatch = 100;

// Weights row-major, features x classes, then the biases; Adam's two moments beside them.
struct Model {
    explicit Model(int features, int classCount)
        : classes(classCount)
        , weights(static_cast<std::size_t>((features + 1) * classCount))
        , gradient(weights.size())
        , first(weights.size())
        , second(weights.size()) {}

    void scores(const float* x, int features, float* out) const {
        const float* bias = weights.data() + features * classes;
        std::copy(bias, bias + classes, out);
        for (int f = 0; f < features; ++f) {
            if (x[f] == 0.0f)
                continue;
            const float* row = weights.data() + f * classes;
            for (int c = 0; c < classes; ++c)
                out[c] += x[f] * row[c];
        }
    }

    void step(double rate, int count) {
        const auto size = static_cast<float>(rate * std::sqrt(1 - std::pow(0.999, count)) /
                                             (1 - std::pow(0.9, count)));
        for (std::size_t i = 0; i < weights.size(); ++i) {
            first[i] += 0.1f * (gradient[i] - first[i]);
            second[i] += 0.001f * (gradient[i] * gradient[i] - second[i]);
            weights[i] -= size * first[i] / (std::sqrt(second[i]) + 1e-8f);
            gradient[i] = 0;
        }
    }

    int classes;
    std::vector<float> weights;
    std::vector<float> gradient;
    std::vector<float> first;
    std::vector<float> second;
};

std::vector<float> pixels(const engine::Dataset& data) {
    std::vector<float> out(data.bytes.size());
    std::transform(data.bytes.begin(), data.bytes.end(), out.begin(),
                   [&](std::uint8_t byte) { return static_cast<float>(byte) * data.scale; });
    return out;
}

double accuracy(const Model& model, const std::vector<float>& x, const engine::Dataset& data) {
    const int features = static_cast<int>(data.shape.values());
    std::vector<float> scores(static_cast<std::size_t>(model.classes));
    std::int64_t right = 0;
    for (std::int64_t i = 0; i < data.count; ++i) {
        model.scores(x.data() + i * features, features, scores.data());
        const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
        right += best == data.labels[static_cast<std::size_t>(i)];
    }
    return static_cast<double>(right) / static_cast<double>(data.count);
}

void addGradient(Model& model, const float* x, int features, int label, float* p) {
    model.scores(x, features, p);
    const float highest = *std::max_element(p, p + model.classes);
    float sum = 0;
    for (int c = 0; c < model.classes; ++c)
        sum += p[c] = std::exp(p[c] - highest);
    for (int c = 0; c < model.classes; ++c)
        p[c] = (p[c] / sum - (c == label ? 1.0f : 0.0f)) / kBatch;
    for (int f = 0; f <= features; ++f) {
        const float value = f == features ? 1.0f : x[f];
        if (value == 0.0f)
            continue;
        float* row = model.gradient.data() + f * model.classes;
        for (int c = 0; c < model.classes; ++c)
            row[c] += value * p[c];
    }
}

} // namespace

double logisticRegressionAccuracy(const engine::Dataset& training, const engine::Dataset& test) {
    const int features = static_cast<int>(training.shape.values());
    const std::vector<float> x = pixels(training);
    const std::vector<float> testX = pixels(test);
    Model model(features, training.classes());
    std::vector<float> scratch(static_cast<std::size_t>(model.classes));
    engine::EpochOrder order(engine::RandomStream(1, "logistic"), training.count);
    const double steps = static_cast<double>(kEpochs * (training.count / kBatch));
    int step = 0;
    double best = 0;
    for (int epoch = 0; epoch < kEpochs; ++epoch, order.startNextEpoch()) {
        for (auto batch = order.next(kBatch); !batch.empty(); batch = order.next(kBatch)) {
            for (const std::int64_t i : batch)
                addGradient(model, x.data() + i * features, features,
                            training.labels[static_cast<std::size_t>(i)], scratch.data());
            const double rate = 2e-3 * (1 + std::cos(3.141592653589793 * step / steps));
            model.step(rate, ++step);
        }
        best = std::max(best, accuracy(model, testX, test));
    }
    return best;
}

} // namespace inlay::tests

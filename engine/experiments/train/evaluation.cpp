#include "engine/experiments/train/evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/networks/batch_feed.h"
#include "kernels/backend.h"

namespace inlay::engine::train {
namespace {

Mistake describe(std::int64_t sample, std::int32_t label, const float* logits,
                 std::int64_t classes) {
    const float* largest = std::max_element(logits, logits + classes);
    double total = 0;
    for (std::int64_t c = 0; c < classes; ++c)
        total += std::exp(static_cast<double>(logits[c]) - static_cast<double>(*largest));
    // Numbers that are none have no order to be sorted in.
    const double confidence = std::isnan(total) ? 0.0 : 1.0 / total;
    return {sample, label, static_cast<std::int32_t>(largest - logits), confidence};
}

} // namespace

Evaluation evaluate(Network& network, const Device& device, const Dataset& data,
                    const Normalization& normalization, const InputRows& rows,
                    std::int64_t batchSize, std::size_t keepMistakes,
                    const std::function<bool()>& proceed) {
    Evaluation result;
    if (data.count == 0)
        return result;
    BatchFeed feed(data, normalization, rows, device, batchSize);
    Tensor loss = Tensor::zeros(device, {1, 1}, device.parameterType());
    Tensor correct = Tensor::zeros(device, {1, 1}, DType::I32);
    std::vector<std::int64_t> samples;
    for (std::int64_t first = 0; first < data.count; first += batchSize) {
        if (!proceed()) {
            result.complete = false;
            return result;
        }
        samples.resize(static_cast<std::size_t>(std::min(batchSize, data.count - first)));
        std::iota(samples.begin(), samples.end(), first);
        const Batch batch = feed.load(samples, nullptr);
        const Tensor logits = network.forward(*batch.values, batch.rows, nullptr);
        device.backend().softmaxCrossEntropy(logits.view(), batch.labels->view(), 1.0, loss.view(),
                                             correct.view(), {});
        if (keepMistakes == 0)
            continue;
        const std::vector<float> host = logits.toFloats();
        const auto classes = static_cast<std::size_t>(logits.cols());
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const std::int32_t label = data.labels[static_cast<std::size_t>(samples[i])];
            const Mistake seen = describe(samples[i], label, &host[i * classes], logits.cols());
            if (seen.predicted != label)
                result.mistakes.push_back(seen);
        }
    }
    const auto count = static_cast<double>(data.count);
    result.loss = loss.toDoubles()[0] / count;
    result.accuracy = correct.toIntegers()[0] / count;
    std::stable_sort(
        result.mistakes.begin(), result.mistakes.end(),
        [](const Mistake& a, const Mistake& b) { return a.confidence > b.confidence; });
    if (result.mistakes.size() > keepMistakes)
        result.mistakes.resize(keepMistakes);
    return result;
}

} // namespace inlay::engine::train

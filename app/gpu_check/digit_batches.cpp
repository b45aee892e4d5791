#include "app/gpu_check/digit_batches.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/datasets/batches.h"
#include "engine/datasets/digits/digits.h"

namespace inlay::app {

using namespace engine;

namespace {
/// Losses are compared as means over so many steps.
constexpr std::size_t kWindow = 10;
} // namespace

void addDigits(Training& training, std::string_view part, int count, int total) {
    const Dataset data = makeDigits(DigitsConfig{}, part, 0, kDigitBatch * total);
    BatchAssembler assembler(data, measureNormalization(data),
                             static_cast<int>(training.inputRows().patch));
    std::vector<std::int64_t> samples(kDigitBatch);
    std::vector<float> values(static_cast<std::size_t>(assembler.size(kDigitBatch)));
    std::vector<std::int32_t> labels(kDigitBatch);
    for (int i = 0; i < count; ++i) {
        std::iota(samples.begin(), samples.end(), i * kDigitBatch);
        assembler.assemble(samples, nullptr, values.data(), labels.data());
        training.addBatch(values, labels);
    }
}

std::vector<double> lossWindows(const std::vector<double>& losses) {
    std::vector<double> means;
    for (std::size_t begin = 0; begin < losses.size(); begin += kWindow) {
        const std::size_t end = std::min(begin + kWindow, losses.size());
        const double total =
            std::accumulate(losses.begin() + static_cast<std::ptrdiff_t>(begin),
                            losses.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
        means.push_back(total / static_cast<double>(end - begin));
    }
    return means;
}

double largestDifference(const std::vector<double>& own, const std::vector<double>& wanted) {
    double largest = 0.0;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const double apart = std::abs(own[i] - wanted[i]) / wanted[i];
        if (!(apart <= largest))
            largest = apart;
    }
    return largest;
}

} // namespace inlay::app

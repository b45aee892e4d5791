#include <cmath>
#include <numbers>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {
namespace {

/// Words of one sequence; neighbors share a block.
class Words {
public:
    explicit Words(const PhiloxState& state)
        : state_(state) {}

    /// Word `index` as a number in (0, 1].
    double unit(std::int64_t index) {
        const auto position = static_cast<std::uint64_t>(index);
        if (position / 4 != held_) {
            held_ = position / 4;
            block_ = philox(state_.key, state_.stream, state_.counter + held_);
        }
        return static_cast<double>(unitInterval(block_.word[position % 4]));
    }

private:
    PhiloxState state_;
    std::uint64_t held_ = ~std::uint64_t{0};
    PhiloxBlock block_{};
};

PhiloxState advanced(PhiloxState state, ConstView counter) {
    if (counter.given()) {
        assert(counter.dtype == DType::I32 && counter.size() == 1);
        state.stream += static_cast<std::uint64_t>(*counter.as<std::int32_t>());
    }
    return state;
}

/// Fills y with draw(words, i), i the position of the element in row-major order.
template <typename Draw>
void fillWith(View y, const PhiloxState& state, Draw&& draw) {
    assert(y.dtype == DType::F32);
    if (y.size() == 0)
        return;
    parallelFor(y.size(), cpu::kSpanGrain / 4, [&](std::int64_t begin, std::int64_t end) {
        Words words(state);
        for (std::int64_t i = begin; i < end; ++i)
            cpu::rowOf(y, i / y.cols)[i % y.cols] = static_cast<float>(draw(words, i));
    });
}

} // namespace

void CpuBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                             double high) {
    fillWith(y, advanced(state, counter), [=](Words& words, std::int64_t i) {
        return low + (high - low) * (1.0 - words.unit(i));
    });
}

void CpuBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                            double deviation) {
    fillWith(y, advanced(state, counter), [=](Words& words, std::int64_t i) {
        const double radius = std::sqrt(-2.0 * std::log(words.unit(2 * i)));
        const double angle = 2.0 * std::numbers::pi * words.unit(2 * i + 1);
        return mean + deviation * radius * std::cos(angle);
    });
}

void CpuBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter, View y) {
    assert(x.rows == y.rows && x.cols == y.cols && x.dtype == DType::F32);
    assert(rate >= 0.0 && rate < 1.0);
    const auto scale = static_cast<float>(1.0 / (1.0 - rate));
    fillWith(y, advanced(state, counter), [=](Words& words, std::int64_t i) {
        const float value = cpu::rowOf(x, i / x.cols)[i % x.cols];
        return words.unit(i) > rate ? value * scale : 0.0f;
    });
}

} // namespace inlay::kernels

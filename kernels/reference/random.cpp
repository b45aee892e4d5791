#include <cmath>
#include <numbers>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// Word `index` of the sequence as a number in (0, 1].
double unit(const PhiloxState& state, std::int64_t index) {
    const auto position = static_cast<std::uint64_t>(index);
    const PhiloxBlock block = philox(state.key, state.stream, state.counter + position / 4);
    return unitInterval(block.word[position % 4]);
}

PhiloxState advanced(PhiloxState state, ConstView counter) {
    if (counter.given()) {
        assert(counter.dtype == DType::I32 && counter.size() == 1);
        state.stream += static_cast<std::uint64_t>(*counter.as<std::int32_t>());
    }
    return state;
}

} // namespace

void ReferenceBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                                   double high) {
    const PhiloxState start = advanced(state, counter);
    Array result(y.rows, y.cols);
    for (std::int64_t i = 0; i < y.size(); ++i)
        result.values[static_cast<std::size_t>(i)] = low + (high - low) * (1.0 - unit(start, i));
    write(result, y);
}

void ReferenceBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                                  double deviation) {
    const PhiloxState start = advanced(state, counter);
    Array result(y.rows, y.cols);
    for (std::int64_t i = 0; i < y.size(); ++i) {
        const double radius = std::sqrt(-2.0 * std::log(unit(start, 2 * i)));
        const double angle = 2.0 * std::numbers::pi * unit(start, 2 * i + 1);
        result.values[static_cast<std::size_t>(i)] = mean + deviation * radius * std::cos(angle);
    }
    write(result, y);
}

void ReferenceBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter,
                               View y) {
    assert(sameShape(x, y) && rate >= 0.0 && rate < 1.0);
    const PhiloxState start = advanced(state, counter);
    Array result = read(x);
    for (std::int64_t i = 0; i < y.size(); ++i) {
        double& value = result.values[static_cast<std::size_t>(i)];
        value = unit(start, i) > rate ? value / (1.0 - rate) : 0.0;
    }
    write(result, y);
}

} // namespace inlay::kernels

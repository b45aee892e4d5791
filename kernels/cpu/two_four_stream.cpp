// 2:4 weights packed for products on the CPU, systems/stl-and-24.md 2.6: one stream of kept values
// and of the places of their features, in the order in which the product uses them.

#include <vector>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

static_assert(kStreamFeatures * kStreamLanes * sizeof(float) <= 0x10000, "places have 16 bits");

class PackedTwoFour final : public PreparedWeight {
public:
    PackedTwoFour(std::int64_t inputs, std::int64_t outputs, Transpose given, const char* level)
        : in(inputs)
        , out(outputs)
        , transpose(given)
        , values(static_cast<std::size_t>(inputs * outputs / 2))
        , places(values.size())
        , level_(level) {}

    std::string route() const override {
        return "kept weights streamed past panels of " + std::to_string(kStreamLanes) + " rows (" +
               level_ + ")";
    }

    std::int64_t in;
    std::int64_t out;
    Transpose transpose;
    std::vector<float> values;
    std::vector<std::uint16_t> places;

private:
    const char* level_;
};

/// Appends the two kept of four weights, in index order: nonzeros first; where fewer are left the
/// lowest other places fill up with their zeros.
void packGroup(const float (&w)[4], std::int64_t feature, float*& values, std::uint16_t*& places) {
    const auto put = [&](std::int64_t i) {
        *values++ = w[i];
        *places++ = static_cast<std::uint16_t>((feature + i) * kStreamLanes *
                                               static_cast<std::int64_t>(sizeof(float)));
    };
    int nonzeros = 0;
    for (const float weight : w)
        nonzeros += weight != 0.0f ? 1 : 0;
    assert(nonzeros <= 2);
    int zeros = 2 - nonzeros;
    for (std::int64_t i = 0; i < 4; ++i) {
        if (w[i] == 0.0f && zeros == 0)
            continue;
        zeros -= w[i] == 0.0f ? 1 : 0;
        put(i);
    }
}

/// The stream of one block of outputs, from its first element on.
void packBlock(ConstView w, Transpose transpose, std::int64_t in, std::int64_t begin,
               std::int64_t end, float* values, std::uint16_t* places) {
    const auto* first = w.as<float>();
    for (std::int64_t f = 0; f < in; f += kStreamFeatures) {
        const std::int64_t last = std::min(in, f + kStreamFeatures);
        for (std::int64_t o = begin; o < end; ++o)
            for (std::int64_t g = f; g < last; g += 4) {
                float group[4];
                for (std::int64_t i = 0; i < 4; ++i)
                    group[i] = transpose == Transpose::Yes ? first[o * w.stride + g + i]
                                                           : first[(g + i) * w.stride + o];
                packGroup(group, g - f, values, places);
            }
    }
}

/// Panels from which on a task takes all outputs of its panel: transposing the rows again for each
/// part of the outputs would cost more than the balance is worth.
constexpr std::int64_t kManyPanels = 8;

} // namespace

std::unique_ptr<PreparedWeight> CpuBackend::prepareTwoFour(ConstView w, Transpose transpose,
                                                           std::int64_t) {
    const bool back = transpose == Transpose::Yes;
    const std::int64_t in = back ? w.cols : w.rows;
    const std::int64_t out = back ? w.rows : w.cols;
    if (in % 4 != 0 || w.dtype != DType::F32)
        return nullptr;
    auto prepared = std::make_unique<PackedTwoFour>(in, out, transpose, kernels_.name);
    refreshTwoFour(w, *prepared);
    return prepared;
}

void CpuBackend::refreshTwoFour(ConstView w, PreparedWeight& weight) {
    auto& prepared = static_cast<PackedTwoFour&>(weight);
    assert(isF32({w}) && (prepared.transpose == Transpose::Yes ? w.cols : w.rows) == prepared.in);
    const std::int64_t blocks = (prepared.out + kStreamOutputs - 1) / kStreamOutputs;
    parallelFor(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t block = begin; block < end; ++block) {
            const std::int64_t first = block * kStreamOutputs;
            const std::int64_t start = first * prepared.in / 2;
            packBlock(w, prepared.transpose, prepared.in, first,
                      std::min(prepared.out, first + kStreamOutputs),
                      prepared.values.data() + start, prepared.places.data() + start);
        }
    });
}

void CpuBackend::twoFourMultiplyPrepared(ConstView x, const PreparedWeight& weight, View y,
                                         const Epilogue& epilogue) {
    const auto& prepared = static_cast<const PackedTwoFour&>(weight);
    assert(x.cols == prepared.in && y.cols == prepared.out && x.rows == y.rows);
    assert(isF32({x, y, epilogue.bias, epilogue.pre, epilogue.residual}));
    if (y.size() == 0)
        return;
    TwoFourStream op;
    op.in = prepared.in;
    op.values = prepared.values.data();
    op.places = prepared.places.data();
    op.x = x.as<float>();
    op.xStride = x.stride;
    op.y = y.as<float>();
    op.yStride = y.stride;
    op.epilogue = rowEpilogue(epilogue);
    const std::int64_t panels = (y.rows + kStreamLanes - 1) / kStreamLanes;
    const std::int64_t part = panels >= kManyPanels ? y.cols : 4 * kStreamOutputs;
    const std::int64_t parts = (y.cols + part - 1) / part;
    parallelFor(panels * parts, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t task = begin; task < end; ++task) {
            ScratchScope scratch;
            const std::int64_t row = task / parts * kStreamLanes;
            const std::int64_t first = task % parts * part;
            kernels_.twoFourStream(op, row, std::min(kStreamLanes, y.rows - row), first,
                                   std::min(y.cols, first + part),
                                   scratch.floats(kernels_.streamScratch(op.in)));
        }
    });
}

} // namespace inlay::kernels

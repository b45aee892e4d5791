// Encoded STL weights packed for products on the CPU, systems/stl-and-24.md 1.5: the panels that
// the register-tiled product reads, plane after plane, made once for each update of the weights.

#include "kernels/cpu/blocking.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Rows of a plane that are multiplied by all panels before the next ones, where a pass of them all
/// would not stay in the second level of cache.
constexpr std::int64_t kRowsInCache = 256;
constexpr std::int64_t kLeftInCache = 192 * 1024; // floats

/// Panels of each pass of each plane, one after the other.
class PackedStl final : public PreparedWeight {
public:
    PackedStl(CpuBackend& backend, const KernelTable& kernels, const ConstBatchView& weights)
        : count(weights.batch)
        , in(weights.first.rows)
        , out(weights.first.cols)
        , passes(in)
        , planeSize(kernels.packedSize(in, out))
        , panels(static_cast<float*>(
              backend.allocate(static_cast<std::size_t>(count * planeSize) * sizeof(float))))
        , backend_(backend)
        , level_(kernels.name) {}
    ~PackedStl() override { backend_.release(panels); }

    std::string route() const override {
        return std::string("encoded weights packed in panels once per update (") + level_ + ")";
    }
    float* at(const KernelTable& kernels, std::int64_t plane, std::int64_t pass) const {
        return panels + plane * planeSize + kernels.packedSize(passes.begin(pass), out);
    }

    const std::int64_t count;
    const std::int64_t in;
    const std::int64_t out;
    const Passes passes;
    const std::int64_t planeSize;
    float* const panels;

private:
    CpuBackend& backend_;
    const char* level_;
};

} // namespace

std::unique_ptr<PreparedWeight> CpuBackend::prepareStl(ConstBatchView weights) {
    if (!isF32({weights.first}) || weights.batch * weights.first.rows * weights.first.cols == 0)
        return nullptr;
    auto prepared = std::make_unique<PackedStl>(*this, kernels_, weights);
    refreshStl(weights, *prepared);
    return prepared;
}

void CpuBackend::refreshStl(ConstBatchView weights, PreparedWeight& weight) {
    const auto& prepared = static_cast<const PackedStl&>(weight);
    assert(weights.batch == prepared.count && weights.first.rows == prepared.in &&
           weights.first.cols == prepared.out && isF32({weights.first}));
    const std::int64_t stride = weights.first.stride;
    const std::int64_t grain =
        std::max<std::int64_t>(1, kChunkWork / 16 / (prepared.in * prepared.out));
    parallelFor(prepared.count, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t l = begin; l < end; ++l) {
            const float* plane = weights.first.as<float>() + l * weights.batchStride;
            for (std::int64_t pass = 0; pass < prepared.passes.count; ++pass)
                kernels_.packB(plane + prepared.passes.begin(pass) * stride, stride, 1,
                               prepared.passes.size(pass), prepared.out,
                               prepared.at(kernels_, l, pass));
        }
    });
}

void CpuBackend::stlMultiplyPrepared(ConstBatchView planes, const PreparedWeight& weight,
                                     BatchView products) {
    const auto& prepared = static_cast<const PackedStl&>(weight);
    assert(planes.batch == prepared.count && products.batch == prepared.count &&
           planes.first.rows == products.first.rows && planes.first.cols == prepared.in &&
           products.first.cols == prepared.out && isF32({planes.first, products.first}));
    if (products.first.rows == 0)
        return;
    Product whole;
    whole.m = products.first.rows;
    whole.n = prepared.out;
    whole.k = prepared.in;
    whole.a = planes.first.as<float>();
    whole.aRow = planes.first.stride;
    whole.c = products.first.as<float>();
    whole.cStride = products.first.stride;
    whole.fetchPanels = true;
    const BatchChunks chunks(whole, prepared.count, kernels_.stripRows);
    parallelFor(prepared.count * chunks.each, chunks.grain,
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
                        const std::int64_t l = chunk / chunks.each;
                        const std::int64_t i = chunk % chunks.each * chunks.rows;
                        Product part = whole;
                        part.m = std::min(chunks.rows, whole.m - i);
                        part.c += l * products.batchStride + i * whole.cStride;
                        const float* a = whole.a + l * planes.batchStride + i * whole.aRow;
                        for (std::int64_t pass = 0; pass < prepared.passes.count; ++pass) {
                            Product block = part;
                            block.k = prepared.passes.size(pass);
                            block.b = prepared.at(kernels_, l, pass);
                            block.beta = pass == 0 ? 0.0f : 1.0f;
                            const std::int64_t rows =
                                part.m * block.k <= kLeftInCache ? part.m : kRowsInCache;
                            for (std::int64_t row = 0; row < part.m; row += rows) {
                                block.m = std::min(rows, part.m - row);
                                block.a = a + row * whole.aRow + prepared.passes.begin(pass);
                                block.c = part.c + row * whole.cStride;
                                kernels_.productPacked(block);
                            }
                        }
                    }
                });
}

} // namespace inlay::kernels

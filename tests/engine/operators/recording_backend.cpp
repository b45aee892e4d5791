#include "recording_backend.h"

#include <string_view>

#include "kernels/check/observed_backend.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::operator_cases {
namespace {

using namespace kernels;
using engine::KernelCall;

// Counts from the operands of a call, not from a plan: sizes of what it multiplies.
class RecordingBackend final : public ReferenceBackend {
public:
    explicit RecordingBackend(Recording& recording)
        : recording_(recording) {}

    void gemm(const Gemm& spec, ConstView a, ConstView b, View c,
              const Epilogue& epilogue) override {
        product("gemm", 1, spec, a, c);
        ReferenceBackend::gemm(spec, a, b, c, epilogue);
    }
    void batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) override {
        product("batchedGemm", c.batch, spec, a.first, c.first);
        ReferenceBackend::batchedGemm(spec, a, b, c);
    }
    void stlEncode(const TileLayout& layout, ConstView x, ConstView matrix, BatchView planes,
                   Workspace workspace) override {
        tiles("stlEncode", matrix, planes);
        ReferenceBackend::stlEncode(layout, x, matrix, planes, workspace);
    }
    void stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix, View y,
                   Accumulate accumulate, const Epilogue& epilogue, Workspace workspace) override {
        tiles("stlDecode", matrix, planes);
        ReferenceBackend::stlDecode(layout, planes, matrix, y, accumulate, epilogue, workspace);
    }
    void stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                           View gradient, Workspace workspace) override {
        tiles("stlMatrixGradient", gradient, planes);
        ReferenceBackend::stlMatrixGradient(layout, x, planes, gradient, workspace);
    }
    void butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                   Workspace workspace) override {
        record("butterfly", y.rows, y.cols, 2.0 * double(spec.n * spec.stages() * x.rows));
        ReferenceBackend::butterfly(spec, x, weights, y, workspace);
    }
    void butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights, ConstView g,
                           View gx, View dweights, Workspace workspace) override {
        record("butterflyBackward", g.rows, g.cols, 6.0 * double(spec.n * spec.stages() * x.rows));
        ReferenceBackend::butterflyBackward(spec, x, weights, g, gx, dweights, workspace);
    }
    void fill(View y, double value) override {
        record("fill", y.rows, y.cols, 0);
        ReferenceBackend::fill(y, value);
    }
    void convert(ConstView x, View y) override {
        record("convert", y.rows, y.cols, 0);
        ReferenceBackend::convert(x, y);
    }
    void gatherColumns(ConstView x, ConstView index, View y) override {
        record("gatherColumns", y.rows, y.cols, 0);
        ReferenceBackend::gatherColumns(x, index, y);
    }
    void scatterAddColumns(ConstView x, ConstView index, View y) override {
        record("scatterAddColumns", x.rows, x.cols, 0);
        ReferenceBackend::scatterAddColumns(x, index, y);
    }
    void applyEpilogue(View y, const Epilogue& epilogue) override {
        record("applyEpilogue", y.rows, y.cols, 0);
        ReferenceBackend::applyEpilogue(y, epilogue);
    }
    void twoFourMask(ConstView w, View mask) override {
        record("twoFourMask", w.rows, w.cols, 0);
        ReferenceBackend::twoFourMask(w, mask);
    }
    void twoFourTransposableMask(ConstView w, View mask) override {
        record("twoFourTransposableMask", w.rows, w.cols, 0);
        ReferenceBackend::twoFourTransposableMask(w, mask);
    }
    void applyMask(ConstView x, ConstView mask, View y) override {
        record("applyMask", y.rows, y.cols, 0);
        ReferenceBackend::applyMask(x, mask, y);
    }
    void twoFourDecay(ConstView w, ConstView mask, double lambda, View g) override {
        record("twoFourDecay", g.rows, g.cols, double(g.size()));
        ReferenceBackend::twoFourDecay(w, mask, lambda, g);
    }
    void twoFourCompress(ConstView w, View values, View meta) override {
        record("twoFourCompress", w.rows, w.cols, 0);
        ReferenceBackend::twoFourCompress(w, values, meta);
    }
    void twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                         const Epilogue& epilogue) override {
        record("twoFourMultiply", y.rows, y.cols, double(x.rows * values.size()));
        ReferenceBackend::twoFourMultiply(x, values, meta, y, epilogue);
    }
    void countDifferent(ConstView a, ConstView b, View out) override {
        record("countDifferent", a.rows, a.cols, 0);
        ReferenceBackend::countDifferent(a, b, out);
    }
    void nearestRows(ConstView x, ConstView centers, View index, View squared) override {
        record("nearestRows", x.rows, centers.rows, double(x.size() * centers.rows));
        ReferenceBackend::nearestRows(x, centers, index, squared);
    }

private:
    void record(const char* op, std::int64_t m, std::int64_t n, double multiplyAdds) {
        recording_.calls.push_back({op, 1, m, n, 0, multiplyAdds, 0});
    }
    void product(const char* op, std::int64_t batch, const Gemm& spec, ConstView a, ConstView c) {
        const std::int64_t k = spec.a == Transpose::No ? a.cols : a.rows;
        recording_.calls.push_back(
            {op, batch, c.rows, c.cols, k, double(batch) * double(c.rows * c.cols * k), 0});
    }
    void tiles(const char* op, ConstView matrix, ConstBatchView planes) {
        const std::int64_t count = planes.first.rows * planes.first.cols;
        record(op, count, planes.batch, double(count * matrix.size()));
    }

    Recording& recording_;
};

// The test's own way of handing over inputs and reading results.
bool isTransfer(std::string_view op) {
    return op == "copyToDevice" || op == "copyToHost";
}

} // namespace

std::unique_ptr<Backend> makeRecordingBackend(Recording& recording) {
    return std::make_unique<ObservedBackend>(
        std::make_unique<RecordingBackend>(recording),
        [&recording](const ObservedCall& call) { recording.total += isTransfer(call.op) ? 0 : 1; });
}

} // namespace inlay::operator_cases

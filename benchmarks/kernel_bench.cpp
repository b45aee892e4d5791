// Rates of the CPU backend's ops at the shapes of a small vision transformer (width 96, batch 128
// of 16 tokens) and of an MLP (784-1024-1024-10, batch 256), products beside threaded OpenBLAS.
// One JSON line a candidate on stdout.
//   kernel_bench [filter] [seconds per case]

#include <cblas.h>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "benchmarks/harness.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/parallel.h"

using namespace inlay::benchmarks;
using namespace inlay::kernels;

namespace {

class Bench {
public:
    Bench(std::string filter, double seconds)
        : filter_(std::move(filter)) {
        settings_.secondsPerCase = seconds;
    }

    View matrix(std::int64_t rows, std::int64_t cols, DType dtype = DType::F32) {
        const std::size_t bytes = static_cast<std::size_t>(rows * cols) * sizeOf(dtype);
        void* memory = cpu_.allocate(bytes);
        cpu_.zero(memory, bytes);
        const View view{memory, rows, cols, cols, dtype};
        if (dtype == DType::F32)
            cpu_.fillNormal(view, PhiloxState{1, seed_++, 0}, {}, 0.0, 1.0);
        return view;
    }

    Workspace workspace(std::size_t bytes) { return {cpu_.allocate(bytes), bytes}; }

    bool wanted(const std::string& name) const { return name.find(filter_) != std::string::npos; }

    /// `amount`: multiply-adds times two, or bytes, of one call.
    void run(const std::string& name, const std::string& unit, double amount,
             const std::vector<Candidate>& candidates) {
        for (const Timing& timing : timeInterleaved(candidates, settings_))
            writeLine(std::cout, name, timing, unit, amount * 1e-9);
    }

    void run(const std::string& name, const std::string& unit, double amount,
             const std::function<void()>& body) {
        if (wanted(name))
            run(name, unit, amount, {{"inlay", body}});
    }

    CpuBackend& cpu() { return cpu_; }

private:
    CpuBackend cpu_;
    std::string filter_;
    Settings settings_;
    std::uint64_t seed_ = 0;
};

struct Shape {
    const char* name;
    std::int64_t m;
    std::int64_t n;
    std::int64_t k;
    Transpose a;
    Transpose b;
};

void products(Bench& bench) {
    constexpr Transpose no = Transpose::No;
    constexpr Transpose yes = Transpose::Yes;
    const Shape shapes[] = {
        {"vit projection", 2048, 96, 96, no, no},
        {"vit mlp in", 2048, 192, 96, no, no},
        {"vit mlp out", 2048, 96, 192, no, no},
        {"vit embed", 2048, 96, 49, no, no},
        {"vit head", 128, 10, 96, no, no},
        {"vit projection, input gradient", 2048, 96, 96, no, yes},
        {"vit mlp in, input gradient", 2048, 96, 192, no, yes},
        {"vit mlp out, input gradient", 2048, 192, 96, no, yes},
        {"vit projection, weight gradient", 96, 96, 2048, yes, no},
        {"vit mlp in, weight gradient", 96, 192, 2048, yes, no},
        {"vit mlp out, weight gradient", 192, 96, 2048, yes, no},
        {"vit embed, weight gradient", 49, 96, 2048, yes, no},
        {"mlp first", 256, 1024, 784, no, no},
        {"mlp second", 256, 1024, 1024, no, no},
        {"mlp head", 256, 10, 1024, no, no},
        {"mlp second, input gradient", 256, 1024, 1024, no, yes},
        {"mlp first, weight gradient", 784, 1024, 256, yes, no},
        {"mlp second, weight gradient", 1024, 1024, 256, yes, no},
        {"square 1024", 1024, 1024, 1024, no, no},
    };
    for (const Shape& s : shapes) {
        const std::string name = std::string("gemm ") + s.name;
        if (!bench.wanted(name))
            continue;
        const View a = s.a == yes ? bench.matrix(s.k, s.m) : bench.matrix(s.m, s.k);
        const View b = s.b == yes ? bench.matrix(s.n, s.k) : bench.matrix(s.k, s.n);
        const View c = bench.matrix(s.m, s.n);
        const auto ours = [=, &bench] {
            bench.cpu().gemm({s.a, s.b, 1.0, 0.0}, a, b, c, {});
        };
        const auto blas = [=] {
            // The backend may call OpenBLAS itself, with one thread a worker.
            openblas_set_num_threads(threadCount());
            cblas_sgemm(CblasRowMajor, s.a == yes ? CblasTrans : CblasNoTrans,
                        s.b == yes ? CblasTrans : CblasNoTrans, static_cast<blasint>(s.m),
                        static_cast<blasint>(s.n), static_cast<blasint>(s.k), 1.0f, a.as<float>(),
                        static_cast<blasint>(a.stride), b.as<float>(),
                        static_cast<blasint>(b.stride), 0.0f, c.as<float>(),
                        static_cast<blasint>(c.stride));
            openblas_set_num_threads(1);
        };
        const double flops = 2.0 * static_cast<double>(s.m * s.n * s.k);
        bench.run(name, "gflops", flops, {{"inlay", ours}, {"openblas", blas}});
    }
}

constexpr std::int64_t kRows = 2048;
constexpr std::int64_t kWidth = 96;
constexpr double kElements = kRows * kWidth;

void fusedProduct(Bench& bench) {
    const View x = bench.matrix(kRows, kWidth);
    const View w = bench.matrix(kWidth, 192);
    const View bias = bench.matrix(1, 192);
    const View y = bench.matrix(kRows, 192);
    const View pre = bench.matrix(kRows, 192);
    bench.run("gemm vit mlp in + bias + gelu", "gflops", 2.0 * kElements * 192, [=, &bench] {
        bench.cpu().gemm({}, x, w, y, {bias, Activation::Gelu, pre});
    });
}

void elementwise(Bench& bench) {
    const View x = bench.matrix(kRows, 192);
    const View g = bench.matrix(kRows, 192);
    const View y = bench.matrix(kRows, 192);
    const double count = kRows * 192;
    bench.run("gelu", "gelements", count,
              [=, &bench] { bench.cpu().activate(Activation::Gelu, x, y); });
    bench.run("gelu backward", "gelements", count,
              [=, &bench] { bench.cpu().activateBackward(Activation::Gelu, x, g, y); });
    const View a = bench.matrix(kRows, kWidth);
    const View b = bench.matrix(kRows, kWidth);
    bench.run("add", "gbytes", 12 * kElements, [=, &bench] { bench.cpu().axpby(1.0, a, 1.0, b); });
    const View out = bench.matrix(1, kWidth);
    bench.run("sum rows", "gbytes", 4 * kElements,
              [=, &bench] { bench.cpu().sumRows(a, out, Accumulate::Yes); });
}

void normalization(Bench& bench) {
    const View x = bench.matrix(kRows, kWidth);
    const View g = bench.matrix(kRows, kWidth);
    const View y = bench.matrix(kRows, kWidth);
    const View gamma = bench.matrix(1, kWidth);
    const View beta = bench.matrix(1, kWidth);
    const View stats = bench.matrix(kRows, 2);
    const Workspace scratch =
        bench.workspace(bench.cpu().layerNormBackwardScratch(kRows, kWidth, DType::F32));
    bench.run("layer norm", "gelements", kElements,
              [=, &bench] { bench.cpu().layerNorm(x, gamma, beta, 1e-5, y, stats); });
    bench.cpu().layerNorm(x, gamma, beta, 1e-5, y, stats);
    bench.run("layer norm backward", "gelements", kElements, [=, &bench] {
        bench.cpu().layerNormBackward(x, gamma, stats, g, y, Accumulate::No, gamma, beta, scratch);
    });
}

void attentions(Bench& bench) {
    const Attention shapes[] = {{128, 16, 4, 4, 24, false, 0.2}, {4, 256, 4, 4, 64, false, 0.125}};
    for (const Attention& spec : shapes) {
        const std::int64_t rows = spec.batch * spec.tokens;
        const std::int64_t cols = spec.heads * spec.headDim;
        const View q = bench.matrix(rows, cols);
        const View k = bench.matrix(rows, cols);
        const View v = bench.matrix(rows, cols);
        const View g = bench.matrix(rows, cols);
        const View out = bench.matrix(rows, cols);
        const View dq = bench.matrix(rows, cols);
        const View dk = bench.matrix(rows, cols);
        const View dv = bench.matrix(rows, cols);
        const View lse = bench.matrix(spec.batch * spec.heads, spec.tokens);
        const double flops = 4.0 * static_cast<double>(rows * spec.tokens * cols);
        const std::string tokens = std::to_string(spec.tokens) + " tokens";
        bench.run("attention " + tokens, "gflops", flops,
                  [=, &bench] { bench.cpu().attention(spec, q, k, v, out, lse, {}); });
        bench.cpu().attention(spec, q, k, v, out, lse, {});
        bench.run("attention backward " + tokens, "gflops", 2.5 * flops, [=, &bench] {
            bench.cpu().attentionBackward(spec, q, k, v, out, lse, g, dq, dk, dv, {});
        });
    }
}

void optimizers(Bench& bench) {
    // The tensors of the transformer: 4 blocks of 4 projections and the two MLP layers.
    std::vector<OptimizerSlot> slots;
    std::int64_t count = 0;
    for (int block = 0; block < 4; ++block)
        for (const std::int64_t size : {96, 96, 96, 96, 192, 192, 1, 1, 1, 1, 2, 1}) {
            const View w = bench.matrix(size, kWidth);
            const View g = bench.matrix(size, kWidth);
            const View m = bench.matrix(size, kWidth);
            const View v = bench.matrix(size, kWidth);
            bench.cpu().fill(m, 0.0);
            bench.cpu().fill(v, 0.0);
            slots.push_back({w.data, g.data, m.data, v.data, nullptr, w.size()});
            count += w.size();
        }
    const View rate = bench.matrix(1, 1);
    bench.cpu().fill(rate, 1e-6);
    const View step = bench.matrix(1, 1);
    bench.cpu().fill(step, 10.0);
    bench.run("adamw", "gbytes", 28.0 * static_cast<double>(count), [=, &bench] {
        bench.cpu().adamwStep({}, {rate, step, {}}, slots);
    });
}

void tiles(Bench& bench) {
    constexpr std::int64_t rank = 24;
    const TileLayout layout{4, kWidth, {128, 16}, Grouping::Within};
    const std::int64_t count = layout.rowTiles() * layout.colTiles();
    const auto planes = [&](std::int64_t rows, std::int64_t cols) {
        View all = bench.matrix(rank * rows, cols);
        all.rows = rows;
        return BatchView{all, rank, rows * cols};
    };
    const View x = bench.matrix(kRows, kWidth);
    const View y = bench.matrix(kRows, kWidth);
    const View matrix = bench.matrix(rank, 16);
    const View gradient = bench.matrix(rank, 16);
    const BatchView left = planes(layout.rowTiles(), layout.colTiles());
    const BatchView weight = planes(layout.colTiles(), layout.colTiles());
    const BatchView result = planes(layout.rowTiles(), layout.colTiles());
    const Workspace scratch = bench.workspace(bench.cpu().stlScratch(layout, rank, DType::F32));
    const double encode = 2.0 * 16 * rank * static_cast<double>(count);
    bench.run("stl encode", "gflops", encode,
              [=, &bench] { bench.cpu().stlEncode(layout, x, matrix, left, scratch); });
    bench.run("stl multiply", "gflops", 2.0 * rank * static_cast<double>(count) * 24,
              [=, &bench] { bench.cpu().batchedGemm({}, left, weight, result); });
    bench.run("stl multiply, weight gradient", "gflops",
              2.0 * rank * static_cast<double>(count) * 24, [=, &bench] {
                  bench.cpu().batchedGemm({Transpose::Yes, Transpose::No, 1.0, 0.0}, left, result,
                                          weight);
              });
    bench.run("stl decode", "gflops", encode, [=, &bench] {
        bench.cpu().stlDecode(layout, result, matrix, y, Accumulate::No, {}, scratch);
    });
    bench.run("stl matrix gradient", "gflops", encode,
              [=, &bench] { bench.cpu().stlMatrixGradient(layout, x, left, gradient, scratch); });
}

void butterflies(Bench& bench) {
    for (const std::int64_t n : {128, 256, 1024}) {
        const Butterfly spec{n, ButterflyOrder::Increasing, Transpose::No};
        const View x = bench.matrix(kRows, n);
        const View g = bench.matrix(kRows, n);
        const View y = bench.matrix(kRows, n);
        const View w = bench.matrix(1, spec.weights());
        const View dw = bench.matrix(1, spec.weights());
        const Workspace scratch =
            bench.workspace(bench.cpu().butterflyBackwardScratch(spec, kRows, DType::F32));
        const double flops = 3.0 * static_cast<double>(kRows * n * spec.stages());
        const std::string size = std::to_string(n);
        bench.run("butterfly " + size, "gflops", flops,
                  [=, &bench] { bench.cpu().butterfly(spec, x, w, y, {}); });
        bench.run("butterfly backward " + size, "gflops", flops / 3.0 * 10.0,
                  [=, &bench] { bench.cpu().butterflyBackward(spec, x, w, g, y, dw, scratch); });
    }
}

void twoFour(Bench& bench) {
    const View w = bench.matrix(kWidth, 192);
    const View mask = bench.matrix(kWidth, 192, DType::U8);
    const View values = bench.matrix(192, kWidth / 2);
    const View meta = bench.matrix(192, kWidth / 4, DType::U8);
    const View x = bench.matrix(kRows, kWidth);
    const View y = bench.matrix(kRows, 192);
    const double weights = kWidth * 192;
    bench.cpu().twoFourCompress(w, values, meta);
    bench.run("2:4 multiply (dense flops)", "gflops", 2.0 * kElements * 192,
              [=, &bench] { bench.cpu().twoFourMultiply(x, values, meta, y, {}); });
    bench.run("2:4 mask", "gelements", weights, [=, &bench] { bench.cpu().twoFourMask(w, mask); });
    bench.run("2:4 transposable mask", "gelements", weights,
              [=, &bench] { bench.cpu().twoFourTransposableMask(w, mask); });
}

void dispatch(Bench& bench) {
    bench.run("parallelFor of 8 empty chunks", "", 0.0,
              [] { parallelFor(8, 1, [](std::int64_t, std::int64_t) {}); });
}

} // namespace

int main(int argc, char** argv) {
    Bench bench(argc > 1 ? argv[1] : "", argc > 2 ? std::atof(argv[2]) : 0.5);
    std::cerr << bench.cpu().description() << "\n";
    dispatch(bench);
    products(bench);
    fusedProduct(bench);
    elementwise(bench);
    normalization(bench);
    attentions(bench);
    optimizers(bench);
    tiles(bench);
    butterflies(bench);
    twoFour(bench);
    return 0;
}

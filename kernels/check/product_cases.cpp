#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct ProductSize {
    std::int64_t m, n, k;
};

constexpr ProductSize kProductSizes[] = {{0, 0, 0},    {0, 5, 3},     {4, 0, 3},     {4, 5, 0},
                                         {1, 1, 1},    {1, 17, 5},    {13, 1, 7},    {7, 13, 11},
                                         {16, 16, 16}, {31, 33, 1},   {65, 63, 129}, {128, 96, 64},
                                         {5, 300, 2},  {301, 10, 19}, {97, 193, 257}};
constexpr ProductSize kHalfSizes[] = {{0, 5, 3},     {4, 5, 0},    {1, 17, 5},
                                      {7, 13, 11},   {16, 16, 16}, {65, 63, 129},
                                      {128, 96, 64}, {5, 300, 2},  {97, 193, 257}};
/// Several tiles each way, the last of the rows nearly empty.
constexpr ProductSize kLargeSize{257, 384, 512};

View left(Operands& o, const Gemm& spec, ProductSize s) {
    return spec.a == Transpose::Yes ? o.normal(s.k, s.m) : o.normal(s.m, s.k);
}

View right(Operands& o, const Gemm& spec, ProductSize s) {
    return spec.b == Transpose::Yes ? o.normal(s.n, s.k) : o.normal(s.k, s.n);
}

std::string describe(const Gemm& spec) {
    return std::string(spec.a == Transpose::Yes ? " transposed-a" : "") +
           (spec.b == Transpose::Yes ? " transposed-b" : "") + (spec.beta != 0.0 ? " add" : "");
}

/// Where the result goes: to activations, or to the gradient of a weight.
enum class To : std::uint8_t { Activations, Gradient };

void addPlain(OpCases& cases, ProductSize s, const OperandStyle& style, To to = To::Activations,
              Extent extent = Extent::Usual) {
    for (const Transpose a : {Transpose::No, Transpose::Yes})
        for (const Transpose b : {Transpose::No, Transpose::Yes})
            for (const double beta : {0.0, 1.0, -0.5}) {
                // Fewer of them where each takes long.
                if (extent == Extent::Large && beta == -0.5)
                    continue;
                const Gemm spec{a, b, beta == 1.0 ? 1.0 : 0.75, beta};
                OpCase item{"gemm",
                            shapeOf({s.m, s.n, s.k}) + describe(spec) +
                                (to == To::Gradient ? " gradient" : ""),
                            [=](Operands& o) {
                                const View x = left(o, spec, s);
                                const View y = right(o, spec, s);
                                const View c =
                                    to == To::Gradient ? o.gradient(s.m, s.n) : o.result(s.m, s.n);
                                o.backend().gemm(spec, x, y, c, {});
                            },
                            style};
                item.extent = extent;
                cases.push_back(std::move(item));
            }
}

struct After {
    Activation activation;
    bool bias;
    bool pre;
    bool residual;
    double beta;
    const char* name;
};
constexpr After kEpilogues[] = {
    {Activation::None, true, false, false, 0.0, " bias"},
    {Activation::Relu, true, true, false, 0.0, " bias relu pre"},
    {Activation::Gelu, true, true, false, 0.0, " bias gelu pre"},
    {Activation::Gelu, false, false, false, 0.0, " gelu"},
    {Activation::Silu, true, false, false, 0.0, " bias silu"},
    {Activation::None, false, true, false, 0.0, " pre"},
    {Activation::None, false, false, true, 0.0, " residual"},
    {Activation::None, true, false, true, 0.0, " bias residual"},
    {Activation::Gelu, true, true, true, 0.0, " bias gelu pre residual"},
    {Activation::Relu, false, false, true, 0.0, " relu residual"},
    {Activation::None, false, true, true, 1.0, " add pre residual"},
};

void addWithEpilogue(OpCases& cases, ProductSize s, const OperandStyle& style,
                     Extent extent = Extent::Usual) {
    for (const After& after : kEpilogues) {
        if (extent == Extent::Large && !(after.bias && (after.pre || after.residual)))
            continue;
        OpCase item{"gemm", shapeOf({s.m, s.n, s.k}) + after.name,
                    [=](Operands& o) {
                        const View x = o.normal(s.m, s.k);
                        const View y = o.normal(s.k, s.n);
                        const View bias = after.bias ? o.parameter(1, s.n) : View{};
                        const View pre = after.pre ? o.result(s.m, s.n) : View{};
                        const View residual = after.residual ? o.normal(s.m, s.n) : View{};
                        Gemm spec;
                        spec.beta = after.beta;
                        o.backend().gemm(spec, x, y, o.result(s.m, s.n),
                                         {bias, after.activation, pre, residual});
                    },
                    style};
        item.extent = extent;
        cases.push_back(std::move(item));
    }
}

/// bf16 operands on any device; the result in bf16 or f32.
void addStored(OpCases& cases) {
    for (const DType to : {DType::F32, DType::BF16})
        for (const ProductSize s : {ProductSize{7, 13, 11}, ProductSize{65, 63, 129}}) {
            OpCase item{"gemm", shapeOf({s.m, s.n, s.k}) + " to " + nameOf(to), [=](Operands& o) {
                            const View x = o.normal(s.m, s.k);
                            const View y = o.normal(s.k, s.n);
                            o.backend().gemm({}, x, y, o.result(s.m, s.n, to), {});
                        }};
            item.style = {DType::BF16, DType::F32, Spacing::Strided};
            item.use = Use::Stored;
            cases.push_back(std::move(item));
        }
}

void addBatched(OpCases& cases, std::int64_t batch, ProductSize s, const OperandStyle& style,
                To to = To::Activations) {
    for (const Transpose a : {Transpose::No, Transpose::Yes})
        for (const Transpose b : {Transpose::No, Transpose::Yes})
            for (const double beta : {0.0, 1.0}) {
                const Gemm spec{a, b, 1.25, beta};
                cases.push_back({"batchedGemm",
                                 shapeOf({batch, s.m, s.n, s.k}) + describe(spec) +
                                     (to == To::Gradient ? " gradient" : ""),
                                 [=](Operands& o) {
                                     const BatchView x = spec.a == Transpose::Yes
                                                             ? o.normalBatch(batch, s.k, s.m)
                                                             : o.normalBatch(batch, s.m, s.k);
                                     const BatchView y = spec.b == Transpose::Yes
                                                             ? o.normalBatch(batch, s.n, s.k)
                                                             : o.normalBatch(batch, s.k, s.n);
                                     const BatchView c = to == To::Gradient
                                                             ? o.gradientBatch(batch, s.m, s.n)
                                                             : o.resultBatch(batch, s.m, s.n);
                                     o.backend().batchedGemm(spec, x, y, c);
                                 },
                                 style});
            }
}

void addHalf(OpCases& cases, const OperandStyle& style) {
    for (const ProductSize s : kHalfSizes) {
        addPlain(cases, s, style);
        addPlain(cases, s, style, To::Gradient);
        addWithEpilogue(cases, s, style);
    }
    for (const ProductSize s :
         {ProductSize{3, 2, 0}, ProductSize{5, 7, 3}, ProductSize{33, 31, 17}})
        for (const std::int64_t batch : {0, 1, 24}) {
            addBatched(cases, batch, s, style);
            addBatched(cases, batch, s, style, To::Gradient);
        }
}

} // namespace

void addProductCases(OpCases& cases) {
    for (const OperandStyle& style : kFloatStyles) {
        for (const ProductSize s : kProductSizes) {
            addPlain(cases, s, style);
            addWithEpilogue(cases, s, style);
        }
        for (const ProductSize s :
             {ProductSize{0, 3, 2}, ProductSize{3, 2, 0}, ProductSize{1, 1, 1},
              ProductSize{5, 7, 3}, ProductSize{33, 31, 17}})
            for (const std::int64_t batch : {0, 1, 3, 24})
                addBatched(cases, batch, s, style);
    }
    addStored(cases);
    addHalf(cases, kHalfStyles[0]);
    addHalf(cases, kHalfStyles[1]);
    // Nothing but a bias is a parameter there.
    for (const ProductSize s : {ProductSize{7, 13, 11}, ProductSize{128, 96, 64}})
        addWithEpilogue(cases, s, kHalfStyles[2]);
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]}) {
        addPlain(cases, kLargeSize, style, To::Activations, Extent::Large);
        addWithEpilogue(cases, kLargeSize, style, Extent::Large);
        addBatched(cases, 16, {64, 128, 128}, style);
    }
    addPlain(cases, kLargeSize, kHalfStyles[0], To::Gradient, Extent::Large);
}

} // namespace inlay::kernels

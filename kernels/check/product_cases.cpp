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

void addPlain(OpCases& cases, ProductSize s, Spacing spacing) {
    for (const Transpose a : {Transpose::No, Transpose::Yes})
        for (const Transpose b : {Transpose::No, Transpose::Yes})
            for (const double beta : {0.0, 1.0, -0.5}) {
                const Gemm spec{a, b, beta == 1.0 ? 1.0 : 0.75, beta};
                cases.push_back({"gemm", shapeOf({s.m, s.n, s.k}) + describe(spec),
                                 [=](Operands& o) {
                                     const View x = left(o, spec, s);
                                     const View y = right(o, spec, s);
                                     o.backend().gemm(spec, x, y, o.result(s.m, s.n), {});
                                 },
                                 DType::F32, spacing});
            }
}

void addWithEpilogue(OpCases& cases, ProductSize s, Spacing spacing) {
    struct Option {
        Activation activation;
        bool bias;
        bool pre;
        const char* name;
    };
    for (const Option option : {Option{Activation::None, true, false, " bias"},
                                Option{Activation::Relu, true, true, " bias relu pre"},
                                Option{Activation::Gelu, true, true, " bias gelu pre"},
                                Option{Activation::Gelu, false, false, " gelu"},
                                Option{Activation::Silu, true, false, " bias silu"},
                                Option{Activation::None, false, true, " pre"}})
        cases.push_back(
            {"gemm", shapeOf({s.m, s.n, s.k}) + option.name,
             [=](Operands& o) {
                 const View x = o.normal(s.m, s.k);
                 const View y = o.normal(s.k, s.n);
                 const View bias = option.bias ? o.normal(1, s.n) : View{};
                 const View pre = option.pre ? o.result(s.m, s.n) : View{};
                 o.backend().gemm({}, x, y, o.result(s.m, s.n), {bias, option.activation, pre});
             },
             DType::F32, spacing});
}

/// bf16 operands; the result in bf16 or f32.
void addHalf(OpCases& cases) {
    for (const DType to : {DType::F32, DType::BF16})
        for (const ProductSize s : {ProductSize{7, 13, 11}, ProductSize{65, 63, 129}}) {
            // A bf16 result may round the other way in places: one unit is 2^-8.
            const double limit = to == DType::BF16 ? 2e-5 : kDefaultLimit;
            cases.push_back({"gemm", shapeOf({s.m, s.n, s.k}) + " to " + nameOf(to),
                             [=](Operands& o) {
                                 const View x = o.normal(s.m, s.k);
                                 const View y = o.normal(s.k, s.n);
                                 o.backend().gemm({}, x, y, o.result(s.m, s.n, to), {});
                             },
                             DType::BF16, Spacing::Strided, limit});
        }
}

void addBatched(OpCases& cases, std::int64_t batch, ProductSize s, Spacing spacing) {
    for (const Transpose a : {Transpose::No, Transpose::Yes})
        for (const Transpose b : {Transpose::No, Transpose::Yes})
            for (const double beta : {0.0, 1.0}) {
                const Gemm spec{a, b, 1.25, beta};
                cases.push_back({"batchedGemm", shapeOf({batch, s.m, s.n, s.k}) + describe(spec),
                                 [=](Operands& o) {
                                     const BatchView x = spec.a == Transpose::Yes
                                                             ? o.normalBatch(batch, s.k, s.m)
                                                             : o.normalBatch(batch, s.m, s.k);
                                     const BatchView y = spec.b == Transpose::Yes
                                                             ? o.normalBatch(batch, s.n, s.k)
                                                             : o.normalBatch(batch, s.k, s.n);
                                     o.backend().batchedGemm(spec, x, y,
                                                             o.resultBatch(batch, s.m, s.n));
                                 },
                                 DType::F32, spacing});
            }
}

} // namespace

void addProductCases(OpCases& cases) {
    for (const Spacing spacing : kSpacings) {
        for (const ProductSize s : kProductSizes) {
            addPlain(cases, s, spacing);
            addWithEpilogue(cases, s, spacing);
        }
        for (const ProductSize s :
             {ProductSize{0, 3, 2}, ProductSize{3, 2, 0}, ProductSize{1, 1, 1},
              ProductSize{5, 7, 3}, ProductSize{33, 31, 17}})
            for (const std::int64_t batch : {0, 1, 3, 24})
                addBatched(cases, batch, s, spacing);
    }
    addHalf(cases);
}

} // namespace inlay::kernels

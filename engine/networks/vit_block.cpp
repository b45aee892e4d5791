#include "engine/networks/vit_block.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

using kernels::Accumulate;
using kernels::columns;

struct VitBlock::Context final : ModuleContext {
    Tensor normed; // input of q, k, v
    Tensor stats;
    Tensor qkv; // three column blocks of one matrix
    Tensor attended;
    Tensor logSumExp;
    Tensor h; // after the attention's residual
    Tensor mlpNormed;
    Tensor mlpStats;
    Tensor pre; // before the activation
    Tensor hidden;
    OperatorContextPtr q, k, v, o, mlpIn, mlpOut;
};

namespace {

kernels::Attention attentionSpec(const RowLayout& rows, std::int64_t width, std::int64_t heads) {
    kernels::Attention spec;
    spec.batch = rows.groups;
    spec.tokens = rows.rowsPerGroup;
    spec.heads = heads;
    spec.kvHeads = heads;
    spec.headDim = width / heads;
    spec.causal = rows.causal;
    spec.scale = 1.0 / std::sqrt(static_cast<double>(spec.headDim));
    return spec;
}

OperatorContextPtr* slot(OperatorContextPtr& own, bool wanted) {
    return wanted ? &own : nullptr;
}

} // namespace

VitBlock::VitBlock(const std::string& name, VitBlockLayers layers, std::int64_t heads,
                   const Device& device)
    : device_(device)
    , layers_(std::move(layers))
    , attentionNorm_(name + ".attention.norm", layers_.q->in(), device)
    , mlpNorm_(name + ".mlp.norm", layers_.mlpIn->in(), device)
    , width_(layers_.q->in())
    , heads_(heads) {
    assert(heads > 0 && width_ % heads == 0);
}

VitBlock::~VitBlock() = default;

Tensor VitBlock::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    if (saved == nullptr) {
        const Tensor h = attentionForward(x, rows, nullptr);
        return mlpForward(h, rows, nullptr);
    }
    auto context = std::make_unique<Context>();
    context->h = attentionForward(x, rows, context.get());
    Tensor y = mlpForward(context->h, rows, context.get());
    *saved = std::move(context);
    return y;
}

Tensor VitBlock::attentionForward(const Tensor& x, const RowLayout& rows, Context* context) {
    kernels::Backend& backend = device_.backend();
    const DType dtype = x.dtype();
    const std::int64_t n = rows.rows();
    Context temporary;
    const bool keep = context != nullptr;
    Context& c = keep ? *context : temporary;

    c.normed = Tensor(device_, Shape{n, width_}, dtype);
    c.stats = Tensor(device_, Shape{n, 2}, device_.parameterType());
    attentionNorm_.apply(x.view(), c.normed.view(), c.stats.view());

    c.qkv = Tensor(device_, Shape{n, 3 * width_}, dtype);
    const kernels::View q = columns(c.qkv.view(), 0, width_);
    const kernels::View k = columns(c.qkv.view(), width_, width_);
    const kernels::View v = columns(c.qkv.view(), 2 * width_, width_);
    const kernels::ConstView normed = std::as_const(c.normed).view();
    layers_.q->apply(normed, rows, q, {}, {}, slot(c.q, keep));
    layers_.k->apply(normed, rows, k, {}, {}, slot(c.k, keep));
    layers_.v->apply(normed, rows, v, {}, {}, slot(c.v, keep));

    const kernels::Attention spec = attentionSpec(rows, width_, heads_);
    c.attended = Tensor(device_, Shape{n, width_}, dtype);
    c.logSumExp =
        Tensor(device_, Shape{rows.groups * heads_, rows.rowsPerGroup}, device_.parameterType());
    backend.attention(spec, q, k, v, c.attended.view(), c.logSumExp.view(),
                      device_.scratch(backend.attentionScratch(spec, dtype)));

    Tensor h(device_, Shape{n, width_}, dtype);
    layers_.o->apply(std::as_const(c.attended).view(), rows, h.view(), {}, x.view(),
                     slot(c.o, keep));
    return h;
}

Tensor VitBlock::mlpForward(const Tensor& h, const RowLayout& rows, Context* context) {
    const DType dtype = h.dtype();
    const std::int64_t n = rows.rows();
    Context temporary;
    const bool keep = context != nullptr;
    Context& c = keep ? *context : temporary;

    c.mlpNormed = Tensor(device_, Shape{n, width_}, dtype);
    c.mlpStats = Tensor(device_, Shape{n, 2}, device_.parameterType());
    mlpNorm_.apply(h.view(), c.mlpNormed.view(), c.mlpStats.view());

    c.hidden = Tensor(device_, Shape{n, layers_.mlpIn->out()}, dtype);
    if (keep)
        c.pre = Tensor(device_, c.hidden.shape(), dtype);
    layers_.mlpIn->apply(std::as_const(c.mlpNormed).view(), rows, c.hidden.view(),
                         keep ? c.pre.view() : kernels::View{}, {}, slot(c.mlpIn, keep));

    Tensor y(device_, Shape{n, width_}, dtype);
    layers_.mlpOut->apply(std::as_const(c.hidden).view(), rows, y.view(), {}, h.view(),
                          slot(c.mlpOut, keep));
    return y;
}

Tensor VitBlock::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                          NeedInputGradient need) {
    auto& context = static_cast<Context&>(saved);
    mlpBackward(rows, g, context);
    attentionBackward(x, rows, g, context);
    if (need == NeedInputGradient::No)
        return {};
    return g;
}

void VitBlock::mlpBackward(const RowLayout& rows, Tensor& g, Context& c) {
    Tensor gHidden(device_, c.hidden.shape(), g.dtype());
    layers_.mlpOut->applyBackward(std::as_const(c.hidden).view(), rows, g.view(), gHidden.view(),
                                  Accumulate::No, c.mlpOut.get());
    c.hidden = {};
    device_.backend().activateBackward(layers_.mlpIn->activation(), std::as_const(c.pre).view(),
                                       gHidden.view(), gHidden.view());
    c.pre = {};
    Tensor gNormed(device_, c.mlpNormed.shape(), g.dtype());
    layers_.mlpIn->applyBackward(std::as_const(c.mlpNormed).view(), rows, gHidden.view(),
                                 gNormed.view(), Accumulate::No, c.mlpIn.get());
    gHidden = {};
    c.mlpNormed = {};
    mlpNorm_.applyBackward(std::as_const(c.h).view(), std::as_const(c.mlpStats).view(),
                           gNormed.view(), g.view(), Accumulate::Yes);
    c.h = {};
}

void VitBlock::attentionBackward(const Tensor& x, const RowLayout& rows, Tensor& g, Context& c) {
    kernels::Backend& backend = device_.backend();
    const DType dtype = g.dtype();
    const kernels::ConstView normed = std::as_const(c.normed).view();

    Tensor gAttended(device_, c.attended.shape(), dtype);
    layers_.o->applyBackward(std::as_const(c.attended).view(), rows, g.view(), gAttended.view(),
                             Accumulate::No, c.o.get());

    const kernels::Attention spec = attentionSpec(rows, width_, heads_);
    const kernels::ConstView qkv = std::as_const(c.qkv).view();
    // A matrix each: the products that follow read them row after row.
    Tensor gq(device_, c.normed.shape(), dtype);
    Tensor gk(device_, c.normed.shape(), dtype);
    Tensor gv(device_, c.normed.shape(), dtype);
    backend.attentionBackward(spec, columns(qkv, 0, width_), columns(qkv, width_, width_),
                              columns(qkv, 2 * width_, width_), std::as_const(c.attended).view(),
                              std::as_const(c.logSumExp).view(), gAttended.view(), gq.view(),
                              gk.view(), gv.view(),
                              device_.scratch(backend.attentionBackwardScratch(spec, dtype)));
    c.qkv = {};
    c.attended = {};
    gAttended = {};

    Tensor gNormed(device_, c.normed.shape(), dtype);
    layers_.q->applyBackward(normed, rows, gq.view(), gNormed.view(), Accumulate::No, c.q.get());
    layers_.k->applyBackward(normed, rows, gk.view(), gNormed.view(), Accumulate::Yes, c.k.get());
    layers_.v->applyBackward(normed, rows, gv.view(), gNormed.view(), Accumulate::Yes, c.v.get());
    attentionNorm_.applyBackward(x.view(), std::as_const(c.stats).view(), gNormed.view(), g.view(),
                                 Accumulate::Yes);
}

void VitBlock::collectParameters(std::vector<ParameterPtr>& into) const {
    attentionNorm_.collectParameters(into);
    for (const auto* layer : {&layers_.q, &layers_.k, &layers_.v, &layers_.o})
        (*layer)->collectParameters(into);
    mlpNorm_.collectParameters(into);
    layers_.mlpIn->collectParameters(into);
    layers_.mlpOut->collectParameters(into);
}

void VitBlock::collectOperators(std::vector<NamedOperator>& into) {
    for (auto* layer :
         {&layers_.q, &layers_.k, &layers_.v, &layers_.o, &layers_.mlpIn, &layers_.mlpOut})
        (*layer)->collectOperators(into);
}

} // namespace inlay::engine

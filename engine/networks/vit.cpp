#include "engine/networks/vit.h"

#include <cassert>
#include <utility>

namespace inlay::engine {

namespace {

struct VitContext final : ModuleContext {
    std::vector<Tensor> tokens; // input of block i at i; behind the last block at the end
    Tensor pooled;
    Tensor normed;
    ModuleContextPtr embed;
    std::vector<ModuleContextPtr> blocks;
    ModuleContextPtr pooling;
    ModuleContextPtr norm;
    ModuleContextPtr head;
};

} // namespace

Vit::Vit(VitParts parts, const Device& device)
    : parts_(std::move(parts))
    , pooling_(device) {}

RowLayout Vit::outputLayout(const RowLayout& rows) const {
    return pooling_.outputLayout(rows);
}

Tensor Vit::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    const RowLayout pooledRows = pooling_.outputLayout(rows);
    if (saved == nullptr) {
        Tensor tokens = parts_.embed->forward(x, rows, nullptr);
        for (auto& block : parts_.blocks)
            tokens = block->forward(tokens, rows, nullptr);
        const Tensor pooled = pooling_.forward(tokens, rows, nullptr);
        const Tensor normed = parts_.norm->forward(pooled, pooledRows, nullptr);
        return parts_.head->forward(normed, pooledRows, nullptr);
    }
    auto context = std::make_unique<VitContext>();
    VitContext& c = *context;
    c.blocks.resize(parts_.blocks.size());
    c.tokens.push_back(parts_.embed->forward(x, rows, &c.embed));
    for (std::size_t i = 0; i < parts_.blocks.size(); ++i)
        c.tokens.push_back(parts_.blocks[i]->forward(c.tokens[i], rows, &c.blocks[i]));
    c.pooled = pooling_.forward(c.tokens.back(), rows, &c.pooling);
    c.normed = parts_.norm->forward(c.pooled, pooledRows, &c.norm);
    Tensor logits = parts_.head->forward(c.normed, pooledRows, &c.head);
    *saved = std::move(context);
    return logits;
}

Tensor Vit::backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                     NeedInputGradient need) {
    auto& c = static_cast<VitContext&>(saved);
    const RowLayout pooledRows = pooling_.outputLayout(rows);
    constexpr auto kYes = NeedInputGradient::Yes;
    g = parts_.head->backward(c.normed, pooledRows, std::move(g), *c.head, kYes);
    g = parts_.norm->backward(c.pooled, pooledRows, std::move(g), *c.norm, kYes);
    g = pooling_.backward(c.tokens.back(), rows, std::move(g), *c.pooling, kYes);
    for (std::size_t i = parts_.blocks.size(); i-- > 0;) {
        assert(c.blocks[i]); // a context serves one backward call
        g = parts_.blocks[i]->backward(c.tokens[i], rows, std::move(g), *c.blocks[i], kYes);
        c.blocks[i].reset();
        c.tokens[i + 1] = {};
    }
    return parts_.embed->backward(x, rows, std::move(g), *c.embed, need);
}

void Vit::collectParameters(std::vector<ParameterPtr>& into) const {
    parts_.embed->collectParameters(into);
    for (const auto& block : parts_.blocks)
        block->collectParameters(into);
    parts_.norm->collectParameters(into);
    parts_.head->collectParameters(into);
}

void Vit::collectOperators(std::vector<NamedOperator>& into) {
    parts_.embed->collectOperators(into);
    for (auto& block : parts_.blocks)
        block->collectOperators(into);
    parts_.head->collectOperators(into);
}

} // namespace inlay::engine

#include "engine/networks/conv_net.h"

#include <cassert>
#include <utility>

namespace inlay::engine {

namespace {

struct ConvNetContext final : ModuleContext {
    std::vector<Tensor> inputs;     // of module i + 1 at i
    std::vector<RowLayout> layouts; // of the input of module i
    std::vector<ModuleContextPtr> saved;
};

} // namespace

ConvNet::ConvNet(std::vector<std::unique_ptr<Module>> modules)
    : modules_(std::move(modules)) {
    assert(!modules_.empty());
}

RowLayout ConvNet::outputLayout(const RowLayout& rows) const {
    RowLayout layout = rows;
    for (const auto& module : modules_)
        layout = module->outputLayout(layout);
    return layout;
}

Tensor ConvNet::forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) {
    auto context = saved != nullptr ? std::make_unique<ConvNetContext>() : nullptr;
    if (context) {
        context->inputs.reserve(modules_.size());
        context->saved.resize(modules_.size());
    }
    RowLayout layout = rows;
    Tensor current;
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const Tensor& input = i == 0 ? x : context ? context->inputs.back() : current;
        Tensor y = modules_[i]->forward(input, layout, context ? &context->saved[i] : nullptr);
        if (context)
            context->layouts.push_back(layout);
        layout = modules_[i]->outputLayout(layout);
        if (context && i + 1 < modules_.size())
            context->inputs.push_back(std::move(y));
        else
            current = std::move(y);
    }
    if (context)
        *saved = std::move(context);
    return current;
}

Tensor ConvNet::backward(const Tensor& x, const RowLayout&, Tensor g, ModuleContext& saved,
                         NeedInputGradient need) {
    auto& context = static_cast<ConvNetContext&>(saved);
    for (std::size_t i = modules_.size(); i-- > 0;)
        g = modules_[i]->backward(i == 0 ? x : std::as_const(context.inputs[i - 1]),
                                  context.layouts[i], std::move(g), *context.saved[i],
                                  i == 0 ? need : NeedInputGradient::Yes);
    return g;
}

void ConvNet::setStep(std::int64_t step) {
    for (const auto& module : modules_)
        module->setStep(step);
}

void ConvNet::collectParameters(std::vector<ParameterPtr>& into) const {
    for (const auto& module : modules_)
        module->collectParameters(into);
}

void ConvNet::collectOperators(std::vector<NamedOperator>& into) {
    for (const auto& module : modules_)
        module->collectOperators(into);
}

void ConvNet::collectState(std::vector<StateTensor>& into) {
    for (const auto& module : modules_)
        module->collectState(into);
}

} // namespace inlay::engine

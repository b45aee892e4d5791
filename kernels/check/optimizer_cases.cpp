#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct Scalars {
    View learningRate;
    View step;
    View gradientScale;
    operator StepScalars() const { return {learningRate, step, gradientScale}; }
};

Scalars scalars(Operands& o, double step) {
    return {o.scalar(0.05, o.dtype()), o.scalar(step, o.dtype()), o.scalar(0.5, o.dtype())};
}

/// Slots of several sizes; every second one has a decay mask and factors of its own.
std::vector<OptimizerSlot> slots(Operands& o, std::initializer_list<std::int64_t> counts,
                                 bool first, bool second) {
    std::vector<OptimizerSlot> made;
    for (const std::int64_t count : counts) {
        OptimizerSlot slot;
        slot.gradient = o.vector(count).data;
        slot.weight = o.vectorResult(count).data;
        slot.first = first ? o.vectorResult(count).data : nullptr;
        slot.second = second ? o.positiveResult(1, count).data : nullptr;
        if (made.size() % 2 == 1) {
            slot.decayMask = o.bytes(1, count).as<std::uint8_t>();
            slot.decay = 0.5;
            slot.learningRate = 0.1;
        }
        slot.count = count;
        slot.dtype = o.dtype();
        made.push_back(slot);
    }
    return made;
}

} // namespace

void addOptimizerCases(OpCases& cases) {
    const auto add = [&](const char* op, const char* options, std::function<void(Operands&)> run) {
        cases.push_back({op, std::string("0,1,7,64,4099 ") + options, std::move(run)});
    };
    struct SgdOption {
        Sgd spec;
        const char* name;
    };
    for (const SgdOption& option :
         {SgdOption{{0.0, false, 0.0}, "plain"}, SgdOption{{0.0, false, 0.01}, "decay"},
          SgdOption{{0.9, false, 0.01}, "momentum decay"},
          SgdOption{{0.9, true, 0.01}, "nesterov decay"}})
        add("sgdStep", option.name, [spec = option.spec](Operands& o) {
            const Scalars numbers = scalars(o, 3.0);
            const auto made = slots(o, {0, 1, 7, 64, 4099}, spec.momentum > 0.0, false);
            o.backend().sgdStep(spec, numbers, made);
        });
    for (const double step : {1.0, 2.0, 1000.0})
        for (const double decay : {0.0, 0.1})
            add("adamwStep",
                (std::string("step ") + std::to_string(static_cast<int>(step)) +
                 (decay > 0.0 ? " decay" : ""))
                    .c_str(),
                [=](Operands& o) {
                    const Scalars numbers = scalars(o, step);
                    const auto made = slots(o, {0, 1, 7, 64, 4099}, true, true);
                    o.backend().adamwStep({0.9, 0.999, 1e-8, decay}, numbers, made);
                });
}

} // namespace inlay::kernels

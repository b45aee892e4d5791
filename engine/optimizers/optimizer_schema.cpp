#include "engine/optimizers/optimizer_schema.h"

namespace inlay::engine {
namespace {

template <class Config>
void addShared(Schema<Config>& schema) {
    schema.field("weight_decay", &Config::weightDecay)
        .title("Weight decay")
        .help("Pull of the weights toward zero; biases and norms are left out.")
        .range(0, 1);
    schema.field("clip", &Config::clip)
        .title("Clip gradients")
        .help("Largest norm of all gradients of a step; 0 = off.")
        .range(0, 1e6);
}

Schema<SgdConfig> sgdSchema() {
    Schema<SgdConfig> schema;
    schema.field("momentum", &SgdConfig::momentum)
        .title("Momentum")
        .help("Share of the last step's direction that is kept.")
        .minimum(0)
        .below(1);
    addShared(schema);
    schema.field("nesterov", &SgdConfig::nesterov)
        .title("Nesterov")
        .help("Looks ahead: the gradient is added to the momentum once more.")
        .advanced();
    return schema;
}

Schema<AdamWConfig> adamWSchema() {
    Schema<AdamWConfig> schema;
    schema.field("beta1", &AdamWConfig::beta1)
        .title("β₁")
        .help("Decay of the mean of the gradients.")
        .minimum(0)
        .below(1)
        .advanced();
    schema.field("beta2", &AdamWConfig::beta2)
        .title("β₂")
        .help("Decay of the mean of their squares.")
        .minimum(0)
        .below(1)
        .advanced();
    addShared(schema);
    return schema;
}

} // namespace

std::vector<Alternative> optimizerAlternatives() {
    return {alternative<AdamWConfig>("adamw", "AdamW", "Adam with decoupled weight decay.",
                                     adamWSchema()),
            alternative<SgdConfig>("sgd", "SGD", "Stochastic gradient descent with momentum.",
                                   sgdSchema())};
}

Schema<ScheduleConfig> scheduleSchema(bool plateau) {
    Schema<ScheduleConfig> schema;
    using ScheduleChoice = EnumChoice<ScheduleKind>;
    const ScheduleChoice cosine{ScheduleKind::Cosine, "cosine", "Cosine",
                                "Falls along a half cosine."};
    const ScheduleChoice constant{ScheduleKind::Constant, "constant", "Constant",
                                  "Stays at its peak."};
    const ScheduleChoice step{ScheduleKind::Step, "step", "Steps",
                              "Falls by a factor at equal distances."};
    const ScheduleChoice cycle{
        ScheduleKind::OneCycle, "one_cycle", "One cycle",
        "Rises from 1/25 of its peak in the warm-up, then falls to almost nothing, "
        "both along half cosines."};
    auto kind = schema.field("kind", &ScheduleConfig::kind)
                    .title("Schedule")
                    .help("How the learning rate changes over the run.");
    if (plateau)
        kind.choices({cosine,
                      constant,
                      step,
                      cycle,
                      {ScheduleKind::Plateau, "plateau", "Plateau",
                       "Falls by a factor when the mean training loss of an epoch has not fallen "
                       "for some epochs."}});
    else
        kind.choices({cosine, constant, step, cycle});
    schema.field("warmup", &ScheduleConfig::warmup)
        .title("Warm-up")
        .help(
            "Share of all steps in which the rate rises to its peak (linearly but for one_cycle).")
        .range(0, 1);
    schema.field("step_every", &ScheduleConfig::stepEvery)
        .title("Drop every")
        .help("Share of all steps between two drops.")
        .above(0)
        .maximum(1)
        .enabledWhen("kind", {"step"});
    auto factor = schema.field("step_factor", &ScheduleConfig::stepFactor)
                      .title("Drop to")
                      .help("Factor on the rate at a drop.")
                      .above(0)
                      .maximum(1);
    if (plateau)
        factor.enabledWhen("kind", {"step", "plateau"});
    else
        factor.enabledWhen("kind", {"step"});
    if (plateau)
        schema.field("patience", &ScheduleConfig::patience)
            .title("Patience")
            .help("Epochs without a lower mean loss before a drop; 0 = never.")
            .unit("epochs")
            .range(0, 10000)
            .enabledWhen("kind", {"plateau"});
    schema.field("final_fraction", &ScheduleConfig::finalFraction)
        .title("Ends at")
        .help("The rate after the last step as a share of its peak.")
        .range(0, 1)
        .enabledWhen("kind", {"cosine"})
        .advanced();
    return schema;
}

} // namespace inlay::engine

#include "engine/experiments/train/train_outputs.h"

namespace inlay::engine::train {

const std::vector<OutputDeclaration>& trainOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "train/loss", "Training loss", "nats", Better::Lower, {}},
        {Series, "train/accuracy", "Training accuracy", "fraction", Better::Higher, {}},
        {Series, "validation/loss", "Validation loss", "nats", Better::Lower, {}},
        {Series, "validation/accuracy", "Validation accuracy", "fraction", Better::Higher, {}},
        {Series, "learning_rate", "Learning rate", "", Better::Neither, {}},
        {Series, "gradient_norm/{layer}", "Gradient norm", "", Better::Neither, {}},
        {Series, "operator/{layer}/{diagnostic}", "Operator diagnostic", "", Better::Neither, {}},
        {Series, "time/step_seconds", "Step time", "s", Better::Lower, {}},
        {Series, "time/samples_per_second", "Throughput", "samples/s", Better::Higher, {}},
        {Metric, "train/loss", "Training loss", "nats", Better::Lower, {}},
        {Metric, "train/accuracy", "Training accuracy", "fraction", Better::Higher, {}},
        {Metric, "validation/loss", "Validation loss", "nats", Better::Lower, {}},
        {Metric, "validation/accuracy", "Validation accuracy", "fraction", Better::Higher, {}},
        {Metric, "test/loss", "Test loss", "nats", Better::Lower, {}},
        {Metric, "test/accuracy", "Test accuracy", "fraction", Better::Higher, {}},
        {Metric,
         "conversion/accuracy_before",
         "Test accuracy before conversion",
         "fraction",
         Better::Higher,
         {}},
        {Metric,
         "conversion/accuracy_after",
         "Test accuracy after conversion",
         "fraction",
         Better::Higher,
         {}},
        {Metric, "parameters", "Parameters", "", Better::Lower, {}},
        {Metric, "multiply_adds", "Multiply-adds a sample, forward", "", Better::Lower, {}},
        {Metric, "time/step_seconds", "Median step time", "s", Better::Lower, {}},
        {Metric, "time/peak_bytes", "Peak device memory", "B", Better::Lower, {}},
        {Frame,
         "mistakes/images",
         "Validation images the network gets wrong",
         "",
         Better::Neither,
         {}},
        {Table,
         "conversion",
         "Fitted layers",
         "",
         Better::Neither,
         {"layer", "family", "parameters", "dense_parameters", "error", "weighted_error", "seconds",
          "note"}},
        {Table,
         "mistakes",
         "Mistakes",
         "",
         Better::Neither,
         {"sample", "label", "predicted", "confidence"}},
    };
    return outputs;
}

} // namespace inlay::engine::train

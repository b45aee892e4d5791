#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<TwoFourConfig> twoFourSchema() {
    Schema<TwoFourConfig> schema;
    schema.field("training", &TwoFourConfig::training)
        .title("Training")
        .help("How masks and weights change together.")
        .choices({{TwoFourTraining::Fixed, "fixed", "Fixed mask",
                   "The mask of the start values stays; other weights are zero."},
                  {TwoFourTraining::Ste, "ste", "Straight-through",
                   "The mask follows the weights; all weights take the masked gradient."},
                  {TwoFourTraining::SrSte, "sr_ste", "SR-STE",
                   "Straight-through with a decay on the pruned weights."}});
    schema.field("scores", &TwoFourConfig::scores)
        .title("Scores")
        .help("What decides which two of four weights are kept.")
        .choices({{TwoFourScores::Magnitude, "magnitude", "Magnitude", "The two largest."}})
        .advanced();
    schema.field("lambda", &TwoFourConfig::lambda)
        .title("Decay of pruned weights")
        .help("Lambda of SR-STE: pulls pruned weights to zero, so that masks settle.")
        .minimum(0)
        .logScale()
        .enabledWhen("training", {"sr_ste"});
    schema.field("lambda_on", &TwoFourConfig::lambdaOn)
        .title("Decay acts on")
        .help("Where lambda enters.")
        .choices({{TwoFourLambdaOn::Gradient, "gradient", "Gradient",
                   "Added to the gradient: the optimizer scales it."},
                  {TwoFourLambdaOn::Decoupled, "decoupled", "Weights",
                   "Taken from the weights each step, not times the learning rate."}})
        .enabledWhen("training", {"sr_ste"})
        .advanced();
    schema.field("transposable", &TwoFourConfig::transposable)
        .title("Transposable mask")
        .help("Two of four along the outputs too, so that the transposed matrix has the pattern "
              "as well.")
        .advanced();
    return schema;
}

} // namespace inlay::engine

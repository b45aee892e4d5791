#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QString>

#include "engine/store/run_record.h"
#include "widgets/plots/plot_data.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

enum class SketchNorm { Squared, Plain };

/// One kind of sketch at one size; errors are above the best approximation.
struct SketchCurve {
    QString arm; // "butterfly", "sparse1", "random_gaussian"
    std::int64_t kept = 0;
    std::int64_t numbers = 0;
    std::optional<double> squared; // of random ones the median, of learned ones at the end
    std::optional<double> plain;
    Points squaredCurve; // steps from the beginning of its training; empty for random ones
    Points plainCurve;

    std::optional<double> end(SketchNorm norm) const {
        return norm == SketchNorm::Squared ? squared : plain;
    }
    const Points& curve(SketchNorm norm) const {
        return norm == SketchNorm::Squared ? squaredCurve : plainCurve;
    }
};

/// Squared lengths of a unit vector under random butterflies.
struct SketchLengths {
    std::int64_t kept = 0;
    std::int64_t draws = 0;
    double mean = 0;
    double variance = 0;
    double exactVariance = 0;
    std::vector<float> drawn;
};

struct SketchFits {
    std::vector<SketchCurve> curves;
    std::vector<SketchLengths> lengths;

    std::vector<std::int64_t> sizes() const; // rising
    std::vector<QString> arms() const;       // in their order
    const SketchCurve* find(const QString& arm, std::int64_t kept) const;
};

/// What a run of kind sketch has recorded so far.
SketchFits readSketchFits(engine::RunStore& store, engine::RunId run);

/// "butterfly, learned", "sparse, 1 a column"
QString sketchTitle(const QString& arm);
/// Its place in seriesStyle(); the same in every run.
int sketchStyle(const QString& arm);

} // namespace inlay::widgets

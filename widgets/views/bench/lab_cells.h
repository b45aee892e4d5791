#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QString>
#include <QStringList>

#include "engine/base/json.h"
#include "engine/store/run_record.h"
#include "widgets/theme/series_style.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

enum class LabPass { Forward, Train };

/// One cell of an operator lab: a layer of a family at a size in a pass. Times in seconds; those
/// that are measured are 0 in a cell that is only planned.
struct LabCell {
    QString label;
    QString family;
    std::int64_t rows = 0, in = 0, out = 0;
    LabPass pass = LabPass::Forward;
    int threads = 1;
    double seconds = 0, denseSeconds = 0;
    double spread = 0;
    double speedup = 0;
    double multiplyAdds = 0, denseMultiplyAdds = 0;
    double bytes = 0;
    std::optional<double> rooflineShare;
    std::optional<double> predictedSeconds;
    std::optional<double> predictedDenseSeconds; // of planned cells
    std::int64_t parameters = 0;
    std::int64_t rankCap = 0;
    QString exactness;
    QString note;
    QString kernel;

    bool isMeasured() const { return seconds > 0; }
    /// Of the predicted times; what a layer that was not measured promises.
    std::optional<double> predictedSpeedup() const {
        if (!predictedSeconds || !predictedDenseSeconds || *predictedSeconds <= 0)
            return std::nullopt;
        return *predictedDenseSeconds / *predictedSeconds;
    }
};

struct LabBreakEven {
    QString label;
    std::optional<std::int64_t> size;
    std::int64_t searchedUpTo = 0;
};

/// What a layer is: the matrix of a small one, or the encoder of a Strassen-Tile layer.
struct LabPicture {
    QString label;
    int rows = 0;
    int columns = 0;
    std::vector<float> values;
    std::vector<double> singularValues; // of a matrix, largest first; empty for an encoder
    // A butterfly network as engine::bench::LayerPicture has it.
    int stages = 0;
    std::vector<float> wiring;
};

struct Lab {
    std::vector<LabCell> cells;
    std::vector<LabPicture> pictures;
    std::vector<LabBreakEven> breakEvens;

    /// Labels in the order they were measured, with one style each.
    QStringList labels() const;
    SeriesStyle styleOf(const QString& label) const;
    const LabBreakEven* breakEvenOf(const QString& label) const;
    /// Of a label and pass, by growing size.
    std::vector<const LabCell*> curve(const QString& label, LabPass pass) const;
    bool has(LabPass pass) const;
    bool isMeasured() const; // in all its cells
};

/// A cell of a row of the table "bench", or of a planned one.
LabCell labCell(const engine::Json& row);

/// What the run has measured so far.
Lab readLab(engine::RunStore& store, engine::RunId run);

} // namespace inlay::widgets

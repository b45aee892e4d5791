#pragma once

#include "widgets/views/butterfly/sketch_fits.h"
#include "widgets/views/view.h"

class QComboBox;
class QTableWidget;

namespace inlay::widgets {

class CurvePlot;
class ElidedLabel;
class TrainingHeader;

/// Learned sketches: their test error while they are trained beside random ones, error by size in
/// either norm, and squared lengths under random butterflies beside their exact moments. Follows a
/// live run.
class SketchView : public View {
    Q_OBJECT

public:
    SketchView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

private:
    void build();
    void updateRun();
    void ask();
    void showFits();
    void showCurves(std::int64_t kept, SketchNorm norm);
    void showBySize(SketchNorm norm);
    void showTable(std::int64_t kept, SketchNorm norm);
    void showLengths(std::int64_t kept);
    QString errorTitle(SketchNorm norm) const;

    TrainingHeader* header_ = nullptr;
    QComboBox* sizes_ = nullptr;
    QComboBox* norms_ = nullptr;
    ElidedLabel* moments_ = nullptr;
    CurvePlot* curves_ = nullptr;
    CurvePlot* bySize_ = nullptr;
    CurvePlot* lengths_ = nullptr;
    QTableWidget* table_ = nullptr;
    SketchFits fits_;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool asking_ = false;
    bool askAgain_ = false;
};

} // namespace inlay::widgets

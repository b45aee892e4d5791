#pragma once

#include "widgets/views/bench/amm_fits.h"
#include "widgets/views/view.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace inlay::widgets {

class CurvePlot;
class HeatMap;
class TrainingHeader;

/// Approximate products: the error of each start while it is fitted, by rank, beside 2:4 pruning
/// and keeping r products; the best fit's encoders and decoder. Follows a live run.
class AmmView : public View {
    Q_OBJECT

public:
    AmmView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

private:
    void build();
    void updateRun();
    void ask();
    void showFits();
    void showCurves(std::int64_t rank);
    void showByRank();
    void showTriple(std::int64_t rank);
    void showSaved(std::int64_t rank);

    TrainingHeader* header_ = nullptr;
    QComboBox* ranks_ = nullptr;
    QComboBox* starts_ = nullptr;
    QLabel* savedWords_ = nullptr;
    QPushButton* use_ = nullptr;
    CurvePlot* curves_ = nullptr;
    CurvePlot* byRank_ = nullptr;
    std::vector<HeatMap*> factors_;
    AmmFits fits_;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool asking_ = false;
    bool askAgain_ = false;
};

} // namespace inlay::widgets

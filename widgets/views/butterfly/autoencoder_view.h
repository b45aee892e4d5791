#pragma once

#include "widgets/views/butterfly/autoencoder_fits.h"
#include "widgets/views/view.h"

class QComboBox;
class QTableWidget;
class QToolButton;

namespace inlay::widgets {

class CurvePlot;
class ElidedLabel;
class TrainingHeader;

/// Encoder-decoder butterflies: the loss of both phases and of the control while they train, with
/// PCA, (1 + epsilon) PCA, the optimum of the fixed butterfly and critical levels as lines; loss by
/// rank; figures in a table. Follows a live run.
class AutoencoderView : public View {
    Q_OBJECT

public:
    AutoencoderView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

private:
    void build();
    void updateRun();
    void ask();
    void showFits();
    void showCurves(const AutoencoderFit* fit);
    void showByRank();
    void showTable();
    /// Of the butterfly that is not trained, followed by PCA.
    QString fixedName() const;

    TrainingHeader* header_ = nullptr;
    QComboBox* ranks_ = nullptr;
    QToolButton* levels_ = nullptr;
    ElidedLabel* sizes_ = nullptr;
    CurvePlot* curves_ = nullptr;
    CurvePlot* byRank_ = nullptr;
    QTableWidget* table_ = nullptr;
    AutoencoderFits fits_;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool followsNewest_ = true; // until a person chooses a rank
    bool asking_ = false;
    bool askAgain_ = false;
};

} // namespace inlay::widgets

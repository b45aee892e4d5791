#pragma once

#include <memory>

#include "widgets/views/ranking/online_moment.h"
#include "widgets/views/train/series_book.h"
#include "widgets/views/view.h"

class QComboBox;
class QPushButton;
class QStackedWidget;
class QTabWidget;
class QTimer;

namespace inlay::widgets {

class BumpChart;
class CurvePlot;
class EmptyState;
class FigureList;
class HeatMap;
class TrainingHeader;
class Transport;

/// A run of kind "online_ranking", live or stored: regret of each algorithm with its band and
/// bound; one time cursor through the curves, the places of the leading items, the law of pairs,
/// the figures of the round and where one item may stand.
class OnlineView : public View {
    Q_OBJECT

public:
    OnlineView(ViewContext context, QWidget* parent);
    ~OnlineView() override;

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

    CurvePlot* regret() const { return regret_; }
    BumpChart* bump() const { return bump_; }
    HeatMap* pairs() const { return pairs_; }
    FigureList* figures() const { return figures_; }
    CurvePlot* positions() const { return positions_; }
    RidgePlot* ridges() const { return ridges_; }
    Transport* transport() const { return transport_; }

private:
    enum Scale { Log, Linear, Normalized };

    void build();
    QWidget* buildControls(QWidget* page);
    QWidget* buildTransport(QWidget* page);
    const engine::RunRecord* record() const;
    void updateRun();
    void showEmpty();
    void follow(engine::RunId run);
    void askForFilm();
    void takeFilm(std::shared_ptr<const OnlineFilm> film);
    void updateCurves();
    void updateCursor();
    void askForMoment();
    void showMoment();
    void updateFigures();
    void exportRanking();
    std::size_t algorithm() const;
    double currentRound() const;
    /// The last value of a series at or before the current round.
    std::optional<double> valueNow(const QString& name) const;

    engine::RunId wanted_ = 0;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    SeriesBook book_;
    std::shared_ptr<const OnlineFilm> film_;
    bool filmAsking_ = false;
    bool momentAsking_ = false;
    bool momentStale_ = false;
    std::optional<OnlineMoment> moment_;
    std::int64_t item_ = -1;

    QStackedWidget* pages_ = nullptr;
    EmptyState* empty_ = nullptr;
    TrainingHeader* header_ = nullptr;
    Transport* transport_ = nullptr;
    QComboBox* algorithms_ = nullptr;
    QComboBox* scale_ = nullptr;
    QPushButton* export_ = nullptr;
    CurvePlot* regret_ = nullptr;
    BumpChart* bump_ = nullptr;
    HeatMap* pairs_ = nullptr;
    FigureList* figures_ = nullptr;
    QTabWidget* places_ = nullptr;
    RidgePlot* ridges_ = nullptr;
    CurvePlot* positions_ = nullptr;
    QTimer* soon_ = nullptr;
};

} // namespace inlay::widgets

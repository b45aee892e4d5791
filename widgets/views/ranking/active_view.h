#pragma once

#include "widgets/views/ranking/active_reader.h"
#include "widgets/views/view.h"

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTableWidget;
class QTimer;

namespace inlay::widgets {

class AskPanel;
class CurvePlot;
class EmptyState;
class HeatMap;
class RankingHeader;
class Transport;

/// A run of kind "active_ranking", live or stored: what each strategy reaches for its labels, the
/// pairs it asked, the ranking at any moment; and, when a person answers, the questions.
class ActiveView : public View {
    Q_OBJECT

public:
    ActiveView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

    AskPanel* askPanel() const { return ask_; }
    CurvePlot* curves() const { return curves_; }
    HeatMap* pairs() const { return pairs_; }
    Transport* transport() const { return transport_; }
    QTableWidget* ranking() const { return ranking_; }
    QTableWidget* results() const { return results_; }

private:
    void build();
    QTableWidget* makeTable(const QStringList& headers, const QString& name);
    void updateRun();
    void showEmpty();
    void read();
    void take(ActiveRun active);
    void showCurves();
    void showFilm();
    void showMoment();
    void showRanking(const ActiveMoment& moment);
    void showResults();
    void exportRanking();
    const engine::RunRecord* record() const;
    QString words() const;
    std::string filmed() const;

    engine::RunId wanted_ = 0;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool reading_ = false;
    ActiveRun active_;

    QTimer* soon_;
    QStackedWidget* pages_;
    EmptyState* empty_;
    RankingHeader* header_;
    Transport* transport_;
    QComboBox* strategy_;
    CurvePlot* curves_;
    HeatMap* pairs_;
    QSplitter* bottom_;
    QWidget* resultsPane_;
    QTableWidget* results_;
    QTableWidget* ranking_;
    QLabel* rankingTitle_;
    QLabel* doubt_;
    AskPanel* ask_;
};

} // namespace inlay::widgets

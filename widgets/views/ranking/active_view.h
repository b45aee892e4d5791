#pragma once

#include "widgets/views/ranking/active_moment.h"
#include "widgets/views/view.h"

class QComboBox;
class QLabel;
class QSplitter;
class QStackedWidget;
class QTabWidget;
class QTableWidget;
class QTimer;

namespace inlay::widgets {

class AskPanel;
class BumpChart;
class CurvePlot;
class EmptyState;
class HeatMap;
class RankingHeader;
class Transport;

/// A run of kind "active_ranking", live or stored: what each strategy reaches for its labels; at
/// any moment the places of the leading items, the pairs asked, the ranking with how sure it is,
/// pairs in doubt, circles, blocks and scores; and, when a person answers, the questions.
class ActiveView : public View {
    Q_OBJECT

public:
    ActiveView(ViewContext context, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId) override {}

    AskPanel* askPanel() const { return ask_; }
    CurvePlot* curves() const { return curves_; }
    BumpChart* bump() const { return bump_; }
    HeatMap* pairs() const { return pairs_; }
    Transport* transport() const { return transport_; }
    QTableWidget* ranking() const { return ranking_; }
    QTableWidget* results() const { return results_; }
    QTableWidget* doubt() const { return doubt_; }
    QTableWidget* cycles() const { return cycles_; }
    QTableWidget* blocks() const { return blocks_; }
    QTableWidget* annotators() const { return annotators_; }
    QTableWidget* models() const { return models_; }
    CurvePlot* scores() const { return scores_; }
    QTabWidget* tabs() const { return tabs_; }

private:
    void build();
    QWidget* buildTop(QWidget* parent);
    QWidget* buildBottom(QWidget* parent);
    QTableWidget* makeTable(const QStringList& headers, const QString& name);
    void updateRun();
    void showEmpty();
    void read();
    void take(ActiveRun active);
    void showCurves();
    void showFilm();
    void showMoment();
    void askForDetail();
    void takeDetail(ActiveDetail detail);
    void showRanking();
    void showDoubt();
    void showCycles();
    void showBlocks();
    void showScores();
    void showModels();
    void showAnnotators();
    void showResults();
    void showTab(QWidget* page, const QString& title, bool isWanted);
    void chooseItem(std::int64_t item);
    void exportRanking();
    void write(const QString& path, const std::string& text);
    const engine::RunRecord* record() const;
    QString words() const;
    std::string filmed() const;
    /// The film that is shown and its moment; null without one.
    const ActiveFilm* film() const;

    engine::RunId wanted_ = 0;
    engine::RunId run_ = 0;
    std::int64_t changed_ = -1;
    bool reading_ = false;
    std::shared_ptr<const ActiveRun> active_ = std::make_shared<ActiveRun>();
    ActiveDetail detail_;
    bool detailAsking_ = false;
    bool detailStale_ = false;
    std::int64_t item_ = -1;

    QTimer* soon_;
    QStackedWidget* pages_;
    EmptyState* empty_;
    RankingHeader* header_;
    Transport* transport_;
    QComboBox* strategy_;
    CurvePlot* curves_;
    BumpChart* bump_;
    HeatMap* pairs_;
    QSplitter* rows_;
    QSplitter* bottom_;
    QWidget* resultsPane_;
    QTableWidget* results_;
    QTabWidget* tabs_;
    QTableWidget* ranking_;
    QTableWidget* doubt_;
    QTableWidget* cycles_;
    QTableWidget* blocks_;
    QTableWidget* annotators_;
    QTableWidget* models_;
    CurvePlot* scores_;
    QLabel* summary_;
    AskPanel* ask_;
};

} // namespace inlay::widgets

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <QImage>
#include <QString>

#include "engine/store/run_record.h"
#include "widgets/plots/plot_data.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// One recorded moment of a strategy: its ranking after so many labels.
struct ActiveMoment {
    std::int64_t labels = 0;         // of a person: the answer
    std::vector<std::int32_t> order; // best first
    /// Of a person: (preferred, other) of all pairs decided by then.
    std::vector<std::pair<std::int32_t, std::int32_t>> decided;
};

/// The film of one strategy (of the first replicate).
struct ActiveFilm {
    std::vector<ActiveMoment> moments;
    /// (preferred, other) in the order they were bought; empty for a person.
    std::vector<std::pair<std::int32_t, std::int32_t>> bought;
    bool isPerson = false;

    /// (preferred, other) of the labels known at a moment.
    std::span<const std::pair<std::int32_t, std::int32_t>> labelsAt(std::size_t moment) const;
};

/// Places [first, last) of the final ranking.
struct ActiveBlock {
    int first = 0;
    int last = 0;
    bool isChaotic = false;
};

/// Points of one strategy over the replicates: mean where all have one, least and largest.
struct ActiveCurve {
    Points mean;
    BandPoints band;
};

/// A line of the result table: means over the replicates so far.
struct ActiveResult {
    double labels = 0;
    double loss = 0;
    double regret = 0;
    int replicates = 0;
};

struct RankedItem {
    int item = 0;
    QString name;
    double confidence = 0;
    int low = 0;
    int high = 0;
};

struct DoubtfulItems {
    QString above;
    QString below;
    double probability = 0;
};

/// What a card shows of a recorded run beside its name.
struct RunCardFacts {
    std::vector<std::pair<QString, QString>> lines; // title, value
    QString curveTitle;
    Points curve;
};

/// A thing that is compared.
struct ActiveItem {
    QString name;
    QString file; // of a picture; read by whoever shows it
    QImage image; // of an IDX image
    std::optional<RunCardFacts> run;
};

/// How one annotator stands to the ranking; shares are NaN where nothing can be counted.
struct AnnotatorLine {
    QString name;
    int answers = 0;
    double consensus = 0;
    double leaveOneOut = 0;
    double tauWithout = 0;
};

/// All that the view shows of a run, read on the store's worker thread.
struct ActiveRun {
    engine::RunId run = 0;
    bool byPerson = false;
    int items = 0;
    QString noise; // words for the noise model
    int replicates = 1;
    std::vector<std::string> strategies;
    std::map<std::string, ActiveCurve> curves;
    std::map<std::string, ActiveFilm> films;
    std::map<std::string, std::vector<ActiveBlock>> blocks;
    std::map<std::string, ActiveResult> results;
    Points contradictions; // of a person, by answer
    std::vector<ActiveItem> things;
    /// Of a person, at the newest moment; repeats are in the noise they are computed with.
    std::vector<RankedItem> ranking;
    std::vector<DoubtfulItems> doubt;
    std::vector<AnnotatorLine> annotators;

    QString itemName(std::int64_t item) const;
};

ActiveRun readActiveRun(engine::RunStore& store, engine::RunId run);

/// "ActiveRing" for "active_ring".
QString strategyTitle(const std::string& strategy);

} // namespace inlay::widgets

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/store/run_record.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/views/embeddings/embedding_film.h"
#include "widgets/views/train/series_book.h"

namespace inlay::widgets {

/// Whether the view draws this series.
bool isEmbeddingSeries(const std::string& name);

/// A run whose curves are drawn; the second of a comparison is a reference, dashed.
struct CurveRun {
    engine::RunId id = 0;
    QString name;
    bool isReference = false;
};

/// Recall, MAP@R and neighbor accuracy in percent.
std::vector<CurveSeries> retrievalCurves(const SeriesBook& book, const std::vector<CurveRun>& runs);
/// Share of the triplets in the wrong order, in percent.
std::vector<CurveSeries> tripletCurves(const SeriesBook& book, const std::vector<CurveRun>& runs);
/// The losses, and that of guessing (ln N of spatial contrasting) as a dashed line.
std::vector<CurveSeries> lossCurves(const SeriesBook& book, const std::vector<CurveRun>& runs);
/// The losses of fine-tuning, one curve an arm, each from its own start.
std::vector<CurveSeries> fineTuneCurves(const SeriesBook& book, const std::vector<CurveRun>& runs);
/// Both histograms of a snapshot, with those of the first one dotted behind. `names` of the near
/// pairs and of the others.
std::vector<CurveSeries> distanceCurves(const PairDistances& shown, const PairDistances* first,
                                        const std::pair<QString, QString>& names);

} // namespace inlay::widgets

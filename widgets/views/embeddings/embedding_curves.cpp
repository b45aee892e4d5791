#include "widgets/views/embeddings/embedding_curves.h"

#include <algorithm>
#include <numeric>

#include <QCoreApplication>

namespace inlay::widgets {
namespace {

QString curveText(const char* text) {
    return QCoreApplication::translate("EmbeddingCurves", text);
}

struct Look {
    const char* name;
    const char* title;
    int style;
};

// In the order of the plot's labels; recall@k beyond 1 is found by its prefix.
constexpr Look kRetrieval[] = {
    {"test/knn5_accuracy", QT_TRANSLATE_NOOP("EmbeddingCurves", "5-NN"), 5},
    {"test/recall@1", QT_TRANSLATE_NOOP("EmbeddingCurves", "recall@1"), 3},
    {"test/map@r", QT_TRANSLATE_NOOP("EmbeddingCurves", "MAP@R"), 7},
    {"train/own_nearest", QT_TRANSLATE_NOOP("EmbeddingCurves", "own view nearest"), 5},
};
constexpr Look kTriplets[] = {
    {"triplet/violation", QT_TRANSLATE_NOOP("EmbeddingCurves", "violated"), 6},
};
constexpr Look kChance = {"train/chance", QT_TRANSLATE_NOOP("EmbeddingCurves", "ln N, guessing"),
                          0};
constexpr const char* kFineTune = "fine_tune/loss/";
constexpr Look kLoss[] = {
    {"train/loss", QT_TRANSLATE_NOOP("EmbeddingCurves", "train"), 5},
    {"validation/loss", QT_TRANSLATE_NOOP("EmbeddingCurves", "validation"), 6},
    {"test/loss", QT_TRANSLATE_NOOP("EmbeddingCurves", "test"), 3},
    {"layout/cost", QT_TRANSLATE_NOOP("EmbeddingCurves", "layout"), 5},
    {"cost", QT_TRANSLATE_NOOP("EmbeddingCurves", "layout"), 5},
};

/// The style of a color of the palette, with the dash and marker that belong to it.
SeriesStyle styleOf(int color) {
    switch (color) {
    case 2:
        return {2, {7, 3}, Marker::TriangleUp, MarkerFill::Filled};
    case 3:
        return {3, {2, 2}, Marker::TriangleUp, MarkerFill::Filled};
    case 6:
        return {6, {6, 2, 1, 2}, Marker::Plus, MarkerFill::Filled};
    case 7:
        return {7, {2, 2}, Marker::TriangleDown, MarkerFill::Filled};
    default:
        return {color, {}, Marker::Square, MarkerFill::Filled};
    }
}

void add(std::vector<CurveSeries>& all, const SeriesBook& book, const CurveRun& run,
         const Look& look, double factor, bool isChosen) {
    const auto points = book.find(run.id, QString::fromLatin1(look.name));
    if (!points || points->size() == 0)
        return;
    CurveSeries series;
    series.id = QStringLiteral("%1/%2").arg(run.id).arg(QString::fromLatin1(look.name));
    series.name = curveText(look.title);
    series.style = styleOf(look.style);
    series.emphasis = run.isReference ? Emphasis::Reference
                      : isChosen      ? Emphasis::Chosen
                                      : Emphasis::Normal;
    if (isChosen && !run.isReference)
        series.style.dash.clear();
    if (run.isReference) {
        series.name = curveText("%1, %2").arg(series.name, run.name);
        series.label = EndLabel::None;
        series.style.dash = {3, 3};
    }
    series.marks = points->size() == 1 ? PointMarks::Shown : PointMarks::None;
    series.points.x = points->steps;
    series.points.y = points->values;
    for (double& value : series.points.y)
        value *= factor;
    all.push_back(std::move(series));
}

/// Dashes are lost in a noisy curve: where a run has one curve, two runs have two colors.
Look inItsColor(Look look, const CurveRun& run) {
    constexpr int kSecond = 3;
    if (run.isReference)
        look.style = kSecond;
    return look;
}

/// Arms are recorded one behind the other: each counts from its own start. Points are the ends of
/// epochs, so that the first one lies an epoch behind it.
void fromItsStart(std::vector<double>& steps) {
    if (steps.empty())
        return;
    const double epoch = steps.size() > 1 ? steps[1] - steps[0] : 1;
    const double start = steps[0] - epoch;
    for (double& step : steps)
        step -= start;
}

} // namespace

bool isEmbeddingSeries(const std::string& name) {
    if (name.starts_with("test/recall@") || name.starts_with(kFineTune) || name == kChance.name)
        return true;
    const auto has = [&](const auto& looks) {
        return std::any_of(std::begin(looks), std::end(looks),
                           [&](const Look& look) { return name == look.name; });
    };
    return has(kRetrieval) || has(kTriplets) || has(kLoss);
}

std::vector<CurveSeries> retrievalCurves(const SeriesBook& book,
                                         const std::vector<CurveRun>& runs) {
    std::vector<CurveSeries> all;
    for (const CurveRun& run : runs) {
        // Of the recalls beyond 1 the last is enough: the others lie between.
        QString most;
        int k = 1;
        for (const QString& name : book.names(run.id, QStringLiteral("test/recall@")))
            if (const int its = name.mid(12).toInt(); its > k) {
                k = its;
                most = name;
            }
        if (!most.isEmpty()) {
            const QByteArray name = most.toLatin1();
            const QByteArray title = most.mid(5).toLatin1();
            add(all, book, run, {name.constData(), title.constData(), 2}, 100, false);
        }
        for (const Look& look : kRetrieval)
            add(all, book, run, look, 100, look.style == 5);
    }
    return all;
}

std::vector<CurveSeries> tripletCurves(const SeriesBook& book, const std::vector<CurveRun>& runs) {
    std::vector<CurveSeries> all;
    for (const CurveRun& run : runs)
        for (const Look& look : kTriplets)
            add(all, book, run, inItsColor(look, run), 100, true);
    return all;
}

std::vector<CurveSeries> lossCurves(const SeriesBook& book, const std::vector<CurveRun>& runs) {
    std::vector<CurveSeries> all;
    for (const CurveRun& run : runs) {
        for (const Look& look : kLoss)
            add(all, book, run, inItsColor(look, run), 1, look.style == 5);
        const std::size_t before = all.size();
        if (!run.isReference)
            add(all, book, run, kChance, 1, false);
        if (all.size() > before) {
            all.back().style = baselineStyle();
            all.back().emphasis = Emphasis::Reference;
        }
    }
    return all;
}

std::vector<CurveSeries> fineTuneCurves(const SeriesBook& book, const std::vector<CurveRun>& runs) {
    std::vector<CurveSeries> all;
    for (const CurveRun& run : runs)
        for (const QString& name : book.names(run.id, QString::fromLatin1(kFineTune))) {
            const QByteArray id = name.toLatin1();
            const bool isScratch = name.endsWith(QLatin1String("/scratch"));
            const QByteArray title =
                isScratch ? QByteArray("from scratch") : QByteArray("pre-trained");
            const std::size_t before = all.size();
            add(all, book, run, {id.constData(), title.constData(), isScratch ? 0 : 5}, 1,
                !isScratch);
            if (all.size() > before)
                fromItsStart(all.back().points.x);
        }
    return all;
}

std::vector<CurveSeries> distanceCurves(const PairDistances& shown, const PairDistances* first,
                                        const std::pair<QString, QString>& names) {
    std::vector<CurveSeries> all;
    const auto addOne = [&](const PairDistances& of, const std::vector<float>& counts,
                            const QString& id, const QString& name, int color, bool isFirst) {
        const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
        if (total <= 0)
            return;
        CurveSeries series;
        series.id = id;
        series.name = name;
        series.style = styleOf(color);
        series.style.dash = isFirst ? QList<qreal>{2, 3} : QList<qreal>{};
        series.label = isFirst ? EndLabel::None : EndLabel::Name;
        series.emphasis = isFirst ? Emphasis::Normal : Emphasis::Chosen;
        // Middles of the bins; without a known range bins are numbered.
        const double width = (of.range > 0 ? of.range : static_cast<double>(counts.size())) /
                             static_cast<double>(counts.size());
        for (std::size_t i = 0; i < counts.size(); ++i) {
            series.points.x.push_back((static_cast<double>(i) + 0.5) * width);
            series.points.y.push_back(100 * counts[i] / total);
        }
        if (!isFirst) {
            series.band.x = series.points.x;
            series.band.high = series.points.y;
            series.band.low.assign(series.points.x.size(), 0);
        }
        all.push_back(std::move(series));
    };
    if (first != nullptr) {
        addOne(*first, first->same, QStringLiteral("first same"),
               curveText("%1, first snapshot").arg(names.first), 3, true);
        addOne(*first, first->other, QStringLiteral("first other"),
               curveText("%1, first snapshot").arg(names.second), 6, true);
    }
    addOne(shown, shown.same, QStringLiteral("same"), names.first, 3, false);
    addOne(shown, shown.other, QStringLiteral("other"), names.second, 6, false);
    return all;
}

} // namespace inlay::widgets

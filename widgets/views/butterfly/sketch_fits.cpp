#include "widgets/views/butterfly/sketch_fits.h"

#include <algorithm>
#include <cstring>

#include <QCoreApplication>
#include <QStringList>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

constexpr QLatin1String kSparse("sparse");

SketchCurve& curveOf(SketchFits& fits, const QString& arm, std::int64_t kept) {
    for (SketchCurve& curve : fits.curves)
        if (curve.arm == arm && curve.kept == kept)
            return curve;
    fits.curves.push_back({});
    fits.curves.back().arm = arm;
    fits.curves.back().kept = kept;
    return fits.curves.back();
}

} // namespace

std::vector<std::int64_t> SketchFits::sizes() const {
    std::vector<std::int64_t> sizes;
    for (const SketchCurve& curve : curves)
        if (std::find(sizes.begin(), sizes.end(), curve.kept) == sizes.end())
            sizes.push_back(curve.kept);
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

std::vector<QString> SketchFits::arms() const {
    std::vector<QString> arms;
    for (const SketchCurve& curve : curves)
        if (std::find(arms.begin(), arms.end(), curve.arm) == arms.end())
            arms.push_back(curve.arm);
    std::stable_sort(arms.begin(), arms.end(), [](const QString& a, const QString& b) {
        return sketchStyle(a) < sketchStyle(b);
    });
    return arms;
}

const SketchCurve* SketchFits::find(const QString& arm, std::int64_t kept) const {
    for (const SketchCurve& curve : curves)
        if (curve.arm == arm && curve.kept == kept)
            return &curve;
    return nullptr;
}

SketchFits readSketchFits(engine::RunStore& store, engine::RunId run) {
    SketchFits fits;
    for (const engine::ResultRow& stored : store.resultRows(run, "sketches")) {
        const engine::Json row = engine::parseJson(stored.data, "a row of sketches");
        SketchCurve& curve = curveOf(fits, QString::fromStdString(row.at("arm")),
                                     row.at("kept").get<std::int64_t>());
        curve.numbers = row.at("numbers").get<std::int64_t>();
        curve.squared = engine::numberFromJson(row.at("error"));
        curve.plain = engine::numberFromJson(row.at("plain_error"));
    }
    engine::SeriesReader reader(store);
    for (const engine::SeriesInfo& info : reader.list(run)) {
        // error/<arm>/l<kept>
        const QStringList parts = QString::fromStdString(info.name).split(QLatin1Char('/'));
        if (parts.size() != 3)
            continue;
        SketchCurve& curve = curveOf(fits, parts[1], parts[2].mid(1).toLongLong());
        engine::SeriesData data = reader.read(info.id);
        Points& points = parts[0] == QLatin1String("error") ? curve.squaredCurve : curve.plainCurve;
        for (const std::int64_t step : data.steps)
            points.x.push_back(static_cast<double>(step - data.steps.front()));
        points.y = std::move(data.values);
    }
    for (const engine::ResultRow& stored : store.resultRows(run, "lengths")) {
        const engine::Json row = engine::parseJson(stored.data, "a row of lengths");
        fits.lengths.push_back({row.at("kept").get<std::int64_t>(),
                                row.at("draws").get<std::int64_t>(),
                                engine::numberFromJson(row.at("mean")).value_or(0),
                                engine::numberFromJson(row.at("variance")).value_or(0),
                                engine::numberFromJson(row.at("exact_variance")).value_or(0),
                                {}});
        SketchLengths& one = fits.lengths.back();
        const std::string name = QStringLiteral("lengths/l%1").arg(one.kept).toStdString();
        const std::vector<engine::FrameRecord> headers = store.frames(run, name);
        if (headers.empty())
            continue;
        const auto frame = store.frame(run, name, headers.back().attempt, headers.back().step);
        if (!frame || frame->type != engine::FrameType::F32)
            continue;
        one.drawn.resize(frame->data.size() / sizeof(float));
        std::memcpy(one.drawn.data(), frame->data.data(), one.drawn.size() * sizeof(float));
    }
    return fits;
}

QString sketchTitle(const QString& arm) {
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("SketchView", text);
    };
    if (arm == QLatin1String("butterfly"))
        return tr("butterfly");
    if (arm == QLatin1String("random_butterfly"))
        return tr("butterfly, random");
    if (arm == QLatin1String("random_sparse"))
        return tr("sparse, random");
    if (arm == QLatin1String("random_gaussian"))
        return tr("Gaussian");
    if (arm.startsWith(kSparse))
        return tr("sparse %1").arg(arm.mid(kSparse.size()));
    return arm;
}

int sketchStyle(const QString& arm) {
    static const QStringList order = {
        QStringLiteral("butterfly"), QStringLiteral("sparse1"), QStringLiteral("random_butterfly"),
        QStringLiteral("random_sparse"), QStringLiteral("random_gaussian")};
    const auto place = static_cast<int>(order.indexOf(arm));
    if (place >= 0)
        return place;
    const int nonzeros = arm.mid(kSparse.size()).toInt();
    const int color = nonzeros <= 2 ? 0 : nonzeros <= 4 ? 1 : 2;
    return static_cast<int>(order.size()) + color;
}

} // namespace inlay::widgets

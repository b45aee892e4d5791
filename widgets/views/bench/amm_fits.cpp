#include "widgets/views/bench/amm_fits.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <QCoreApplication>
#include <QStringList>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

AmmCurve& curveOf(AmmFits& fits, const QString& start, std::int64_t rank) {
    for (AmmCurve& curve : fits.curves)
        if (curve.start == start && curve.rank == rank)
            return curve;
    fits.curves.push_back({});
    fits.curves.back().start = start;
    fits.curves.back().rank = rank;
    return fits.curves.back();
}

std::vector<double> asDoubles(const std::vector<std::int64_t>& steps) {
    return {steps.begin(), steps.end()};
}

void readTriple(engine::RunStore& store, engine::RunId run, AmmCurve& curve) {
    const std::string name =
        QStringLiteral("triple/%1/r%2").arg(curve.start).arg(curve.rank).toStdString();
    const std::vector<engine::FrameRecord> headers = store.frames(run, name);
    if (headers.empty())
        return;
    const auto frame = store.frame(run, name, headers.back().attempt, headers.back().step);
    if (!frame || frame->type != engine::FrameType::F32 || frame->shape.size() != 3)
        return;
    curve.elements = static_cast<int>(frame->shape[2]);
    curve.triple.resize(frame->data.size() / sizeof(float));
    std::memcpy(curve.triple.data(), frame->data.data(), frame->data.size());
}

} // namespace

std::vector<std::int64_t> AmmFits::ranks() const {
    std::vector<std::int64_t> ranks;
    for (const AmmCurve& curve : curves)
        if (std::find(ranks.begin(), ranks.end(), curve.rank) == ranks.end())
            ranks.push_back(curve.rank);
    std::sort(ranks.begin(), ranks.end());
    return ranks;
}

const AmmCurve* AmmFits::find(const QString& start, std::int64_t rank) const {
    for (const AmmCurve& curve : curves)
        if (curve.start == start && curve.rank == rank)
            return &curve;
    return nullptr;
}

const SavedTriple* AmmFits::savedOf(std::int64_t rank) const {
    for (const SavedTriple& one : saved)
        if (one.rank == rank)
            return &one;
    return nullptr;
}

AmmFits readAmmFits(engine::RunStore& store, engine::RunId run) {
    AmmFits fits;
    engine::SeriesReader reader(store);
    for (const engine::SeriesInfo& info : reader.list(run)) {
        // error/<start>/r<rank>/<statistic>
        const QStringList parts = QString::fromStdString(info.name).split(QLatin1Char('/'));
        if (parts.size() != 4 || parts[0] != QLatin1String("error"))
            continue;
        AmmCurve& curve = curveOf(fits, parts[1], parts[2].mid(1).toLongLong());
        engine::SeriesData data = reader.read(info.id);
        if (parts[3] == QLatin1String("median")) {
            curve.median = {asDoubles(data.steps), std::move(data.values)};
        } else {
            curve.band.x = asDoubles(data.steps);
            (parts[3] == QLatin1String("best") ? curve.band.low : curve.band.high) =
                std::move(data.values);
        }
    }
    for (AmmCurve& curve : fits.curves) {
        // The three series of a live run may be a commit apart.
        const std::size_t count =
            std::min({curve.band.x.size(), curve.band.low.size(), curve.band.high.size()});
        curve.band.x.resize(count);
        curve.band.low.resize(count);
        curve.band.high.resize(count);
        readTriple(store, run, curve);
        if (curve.elements > 0)
            fits.tile = static_cast<int>(std::lround(std::sqrt(curve.elements)));
    }
    for (const engine::ResultRow& row : store.resultRows(run, "references")) {
        const engine::Json data = engine::parseJson(row.data, "a row of references");
        const auto name = data.value("name", std::string());
        const std::optional<double> error = engine::numberFromJson(data.at("error"));
        constexpr std::string_view kLowRank = "low_rank/r";
        if (name.starts_with(kLowRank) && error)
            fits.lowRank[std::stoll(name.substr(kLowRank.size()))] = *error;
        if (name == "two_four/rows")
            fits.twoFour = error;
        else if (name == "two_four/transposable")
            fits.twoFourTransposable = error;
    }
    for (const engine::ResultRow& row : store.resultRows(run, "triples")) {
        const engine::Json data = engine::parseJson(row.data, "a row of triples");
        fits.saved.push_back({data.at("rank").get<std::int64_t>(),
                              QString::fromStdString(data.at("start").get<std::string>()),
                              engine::numberFromJson(data.at("error")).value_or(0),
                              QString::fromStdString(data.at("artifact").get<std::string>())});
    }
    return fits;
}

QString startTitle(const QString& start) {
    const auto tr = [](const char* text) {
        return QCoreApplication::translate("AmmView", text);
    };
    if (start == QLatin1String("theory"))
        return tr("Strassen");
    if (start == QLatin1String("random"))
        return tr("random");
    if (start == QLatin1String("alternating"))
        return tr("alternating");
    if (start == QLatin1String("naive"))
        return tr("subset");
    if (start == QLatin1String("polynomial"))
        return tr("polynomials (exp.)");
    if (start == QLatin1String("cyclic"))
        return tr("cyclic group (exp.)");
    return start;
}

int startStyle(const QString& start) {
    static const QStringList order = {QStringLiteral("theory"),      QStringLiteral("random"),
                                      QStringLiteral("alternating"), QStringLiteral("naive"),
                                      QStringLiteral("polynomial"),  QStringLiteral("cyclic")};
    return static_cast<int>(std::max<qsizetype>(0, order.indexOf(start)));
}

} // namespace inlay::widgets

#include "widgets/views/butterfly/autoencoder_fits.h"

#include <QString>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

double number(const engine::Json& row, const char* key) {
    return engine::numberFromJson(row.at(key)).value_or(0);
}

Points curve(engine::RunStore& store, engine::RunId run, const char* arm, std::int64_t rank,
             std::int64_t firstStep, double energy) {
    engine::SeriesReader reader(store);
    Points points;
    const auto info = reader.find(
        run, QStringLiteral("loss/%1/k%2").arg(QLatin1String(arm)).arg(rank).toStdString());
    if (!info)
        return points;
    const engine::SeriesData data = reader.read(info->id);
    for (std::size_t i = 0; i < data.size(); ++i) {
        points.x.push_back(static_cast<double>(data.steps[i] - firstStep));
        points.y.push_back(data.values[i] / energy);
    }
    return points;
}

} // namespace

AutoencoderFit* AutoencoderFits::find(std::int64_t rank) {
    for (AutoencoderFit& fit : fits)
        if (fit.rank == rank)
            return &fit;
    return nullptr;
}

AutoencoderFits readAutoencoderFits(engine::RunStore& store, engine::RunId run) {
    AutoencoderFits all;
    if (const auto record = store.run(run)) {
        const engine::Json config = engine::parseJson(record->config, "the run's configuration");
        all.phase1Steps = config.value("phase1_steps", std::int64_t{0});
        all.fjlt = config.value("start", std::string("fjlt")) == "fjlt";
        all.bounded = all.fjlt && config.value("kept", std::int64_t{0}) == 0;
    }
    for (const engine::ResultRow& stored : store.resultRows(run, "cases")) {
        const engine::Json row = engine::parseJson(stored.data, "a row of cases");
        all.energy = number(row, "energy");
        if (!(all.energy > 0))
            continue;
        AutoencoderFit fit;
        fit.rank = row.at("rank").get<std::int64_t>();
        fit.kept = row.at("kept").get<std::int64_t>();
        fit.liveWeights = row.at("live_weights").get<std::int64_t>();
        fit.encoderNumbers = row.at("encoder_numbers").get<std::int64_t>();
        fit.denseEncoderNumbers = row.at("dense_encoder_numbers").get<std::int64_t>();
        fit.pca = number(row, "pca") / all.energy;
        fit.bound = number(row, "bound") / all.energy;
        fit.fixed = number(row, "fjlt_pca") / all.energy;
        fit.twoPhase = curve(store, run, "two_phase", fit.rank,
                             row.at("first_step").get<std::int64_t>(), all.energy);
        fit.together = curve(store, run, "together", fit.rank,
                             row.at("first_step_together").get<std::int64_t>(), all.energy);
        all.fits.push_back(std::move(fit));
    }
    const auto fitOf = [&](const engine::Json& row) {
        return all.find(row.at("rank").get<std::int64_t>());
    };
    for (const engine::ResultRow& stored : store.resultRows(run, "levels")) {
        const engine::Json row = engine::parseJson(stored.data, "a row of levels");
        if (AutoencoderFit* fit = fitOf(row))
            fit->levels.push_back(number(row, "loss") / all.energy);
    }
    for (const engine::ResultRow& stored : store.resultRows(run, "results")) {
        const engine::Json row = engine::parseJson(stored.data, "a row of results");
        AutoencoderFit* fit = fitOf(row);
        if (fit == nullptr)
            continue;
        fit->phase1 = number(row, "phase1") / all.energy;
        fit->phase2 = number(row, "phase2") / all.energy;
        if (row.contains("together"))
            fit->togetherEnd = number(row, "together") / all.energy;
    }
    return all;
}

} // namespace inlay::widgets

#include "widgets/views/clustering/stream_film.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

struct Matrix {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

// The newest frame of a name, of numbers.
Matrix newest(engine::RunStore& store, engine::RunId run, const char* name) {
    const std::vector<engine::FrameRecord> headers = store.frames(run, name);
    Matrix matrix;
    if (headers.empty())
        return matrix;
    const auto last =
        std::max_element(headers.begin(), headers.end(), [](const auto& a, const auto& b) {
            return std::pair(a.attempt, a.step) < std::pair(b.attempt, b.step);
        });
    const auto frame = store.frame(run, name, last->attempt, last->step);
    if (!frame || frame->type != engine::FrameType::F32)
        return matrix;
    matrix.shape = frame->shape;
    matrix.values.resize(frame->data.size() / sizeof(float));
    std::memcpy(matrix.values.data(), frame->data.data(), matrix.values.size() * sizeof(float));
    return matrix;
}

// Rows of the newest attempt.
std::vector<engine::Json> rowsOf(engine::RunStore& store, engine::RunId run, const char* table) {
    std::vector<engine::Json> rows;
    const std::vector<engine::ResultRow> stored = store.resultRows(run, table);
    int attempt = 0;
    for (const engine::ResultRow& row : stored)
        attempt = std::max(attempt, row.attempt);
    for (const engine::ResultRow& row : stored)
        if (row.attempt == attempt)
            rows.push_back(engine::parseJson(row.data, "a row of a clustering run"));
    return rows;
}

double numberOf(const engine::Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() ? 0 : engine::numberFromJson(*found).value_or(0);
}

void readMoments(engine::RunStore& store, engine::RunId run, StreamFilm& film) {
    const Matrix states = newest(store, run, "history/state");
    const Matrix centers = newest(store, run, "history/centers");
    if (states.shape.size() != 2 || states.shape[1] < 5)
        return;
    const auto width = static_cast<std::size_t>(states.shape[1]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(states.shape[0]); ++i) {
        const float* row = states.values.data() + i * width;
        StreamMoment moment{row[0], row[1], row[2], row[3], row[4], {}, {}};
        for (std::size_t level = 5; level < width; ++level)
            moment.used.push_back(row[level]);
        // Frames are written one after the other: a reader may see the older of the two.
        if (centers.shape.size() == 3 && i < static_cast<std::size_t>(centers.shape[0])) {
            const auto k = static_cast<std::size_t>(centers.shape[1]);
            for (std::size_t c = 0; c < k; ++c) {
                const float* one = centers.values.data() + (i * k + c) * 3;
                if (std::isfinite(one[0]))
                    moment.centers.push_back({one[0], one[1], one[2]});
            }
        }
        film.moments.push_back(std::move(moment));
    }
}

void readBaselines(engine::RunStore& store, engine::RunId run, StreamFilm& film) {
    engine::SeriesReader reader(store);
    for (const char* id : {"lloyd", "plus_plus", "online", "mini_batch"}) {
        const std::string name = id;
        const auto cost = reader.find(run, "baseline/" + name + "/cost");
        const auto seconds = reader.find(run, "time/baseline/" + name + "/seconds");
        if (!cost || !seconds)
            continue;
        const engine::SeriesData costs = reader.read(cost->id);
        const engine::SeriesData times = reader.read(seconds->id);
        std::map<std::int64_t, double> at;
        for (std::size_t i = 0; i < times.size(); ++i)
            at[times.steps[i]] = times.values[i];
        StreamBaseline baseline{QString::fromLatin1(id), {}, {}};
        for (std::size_t i = 0; i < costs.size(); ++i) {
            const auto found = at.find(costs.steps[i]);
            if (found == at.end())
                continue;
            baseline.seconds.push_back(found->second);
            baseline.cost.push_back(costs.values[i]);
        }
        film.baselines.push_back(std::move(baseline));
    }
}

} // namespace

StreamFilm readStreamFilm(engine::RunStore& store, engine::RunId run) {
    StreamFilm film;
    const auto record = store.run(run);
    if (!record)
        return film;
    const engine::Json config = engine::parseJson(record->config, "a configuration");
    film.algorithm = QString::fromStdString(config.value("algorithm", std::string()));
    film.k = config.value("k", std::int64_t{0});
    readMoments(store, run, film);
    const Matrix points = newest(store, run, "points");
    if (points.shape.size() == 2 && points.shape[1] == 4)
        for (std::size_t i = 0; i < static_cast<std::size_t>(points.shape[0]); ++i) {
            const float* row = points.values.data() + 4 * i;
            film.points.push_back({row[0], row[1], row[2], static_cast<int>(row[3])});
        }
    for (const engine::Json& row : rowsOf(store, run, "levels"))
        film.levels.push_back({numberOf(row, "capacity"),
                               QString::fromStdString(row.value("algorithm", std::string())),
                               static_cast<int>(numberOf(row, "repetitions"))});
    for (const engine::Json& row : rowsOf(store, run, "plane")) {
        film.projected = row.value("projected", false);
        film.planeShare = numberOf(row, "share");
        film.dims = static_cast<std::int64_t>(numberOf(row, "dims"));
    }
    for (const engine::Json& row : rowsOf(store, run, "clusters"))
        film.clusters.push_back({static_cast<int>(numberOf(row, "cluster")), numberOf(row, "size"),
                                 numberOf(row, "cost_share"), numberOf(row, "radius"),
                                 static_cast<int>(numberOf(row, "nearest")),
                                 numberOf(row, "nearest_distance"), numberOf(row, "silhouette")});
    readBaselines(store, run, film);
    for (const engine::EventRecord& event : store.events(run))
        if (event.level != engine::EventLevel::Info)
            film.events << QString::fromStdString(event.text);
    return film;
}

} // namespace inlay::widgets

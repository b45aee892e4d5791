#include "widgets/views/embeddings/embedding_film.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <QFloat16>

#include "engine/base/json.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

namespace inlay::widgets {
namespace {

using engine::FrameRecord;
using engine::FrameType;
using engine::Json;

constexpr int kMostClassNames = 4000;

double number(const Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() ? 0 : engine::numberFromJson(*found).value_or(0);
}

/// Frames of the effective run: those of an attempt below the step where the next one began.
std::vector<FrameKey> effectiveKeys(engine::RunStore& store, engine::RunId run, const char* name,
                                    const std::vector<engine::AttemptRecord>& attempts) {
    std::vector<FrameKey> keys;
    for (const FrameRecord& header : store.frames(run, name)) {
        const bool isSuperseded =
            std::any_of(attempts.begin(), attempts.end(), [&](const engine::AttemptRecord& later) {
                return later.n > header.attempt && later.fromStep <= header.step;
            });
        if (!isSuperseded)
            keys.push_back({header.attempt, header.step});
    }
    std::sort(keys.begin(), keys.end(),
              [](const FrameKey& a, const FrameKey& b) { return a.step < b.step; });
    return keys;
}

template <class T>
std::vector<T> numbersOf(const FrameRecord& frame) {
    std::vector<T> values(frame.data.size() / sizeof(T));
    std::memcpy(values.data(), frame.data.data(), values.size() * sizeof(T));
    return values;
}

std::vector<float> floatsOf(const FrameRecord& frame) {
    if (frame.type == FrameType::F32)
        return numbersOf<float>(frame);
    std::vector<float> values;
    if (frame.type == FrameType::F16) {
        values.resize(frame.data.size() / 2);
        qFloatFromFloat16(values.data(), reinterpret_cast<const qfloat16*>(frame.data.data()),
                          static_cast<qsizetype>(values.size()));
    }
    return values;
}

std::optional<FrameRecord> newest(engine::RunStore& store, engine::RunId run, const char* name) {
    const std::vector<FrameRecord> headers = store.frames(run, name);
    if (headers.empty())
        return std::nullopt;
    const auto last =
        std::max_element(headers.begin(), headers.end(), [](const auto& a, const auto& b) {
            return std::pair(a.attempt, a.step) < std::pair(b.attempt, b.step);
        });
    return store.frame(run, name, last->attempt, last->step);
}

std::shared_ptr<const ThumbnailSheet> readPictures(engine::RunStore& store, engine::RunId run,
                                                   const char* name) {
    auto sheet = std::make_shared<ThumbnailSheet>();
    auto frame = newest(store, run, name);
    if (!frame || frame->type != FrameType::U8 || frame->shape.size() < 3 ||
        frame->shape.size() > 4 || (frame->shape.size() == 4 && frame->shape[3] != 3))
        return sheet;
    sheet->count = frame->shape[0];
    sheet->height = static_cast<int>(frame->shape[1]);
    sheet->width = static_cast<int>(frame->shape[2]);
    sheet->channels = frame->shape.size() == 4 ? 3 : 1;
    sheet->bytes = numbersOf<std::uint8_t>(*frame);
    return sheet;
}

QStringList readClassNames(engine::RunStore& store, engine::RunId run,
                           const std::vector<std::int32_t>& labels) {
    QStringList names;
    const std::int32_t last = labels.empty() ? -1 : *std::max_element(labels.begin(), labels.end());
    for (std::int32_t i = 0; i <= std::min(last, kMostClassNames - 1); ++i)
        names << QString::number(i);
    for (const engine::ResultRow& row : store.resultRows(run, "classes")) {
        const Json data = engine::parseJson(row.data, "a row of classes");
        const auto label = static_cast<qsizetype>(number(data, "label"));
        const auto name = data.find("name");
        if (label >= 0 && label < names.size() && name != data.end() && name->is_string())
            names[label] = QString::fromStdString(name->get<std::string>());
    }
    return names;
}

std::vector<HardTriplet> readTriplets(engine::RunStore& store, engine::RunId run,
                                      std::int64_t count) {
    std::vector<HardTriplet> triplets;
    const std::vector<engine::ResultRow> rows = store.resultRows(run, "hardest_triplets");
    int attempt = 0;
    for (const engine::ResultRow& row : rows)
        attempt = std::max(attempt, row.attempt);
    for (const engine::ResultRow& row : rows) {
        if (row.attempt != attempt)
            continue;
        const Json data = engine::parseJson(row.data, "a row of hardest triplets");
        HardTriplet one;
        one.anchor = static_cast<std::int64_t>(number(data, "anchor"));
        one.same = static_cast<std::int64_t>(number(data, "positive"));
        one.other = static_cast<std::int64_t>(number(data, "negative"));
        one.toSame = number(data, "d_positive");
        one.toOther = number(data, "d_negative");
        if (std::min({one.anchor, one.same, one.other}) >= 0 &&
            std::max({one.anchor, one.same, one.other}) < count)
            triplets.push_back(one);
    }
    return triplets;
}

/// The end of the bins at each step; the last one before it serves where there is none.
struct RangeSeries {
    std::vector<std::int64_t> steps;
    std::vector<double> values;

    double at(std::int64_t step) const {
        const auto after = std::upper_bound(steps.begin(), steps.end(), step);
        if (after == steps.begin())
            return values.empty() ? 0 : values.front();
        return values[static_cast<std::size_t>(after - steps.begin()) - 1];
    }
};

RangeSeries readRanges(engine::RunStore& store, engine::RunId run) {
    engine::SeriesReader reader(store);
    const auto info = reader.find(run, "distance_range");
    if (!info)
        return {};
    engine::SeriesData data = reader.read(info->id);
    return {std::move(data.steps), std::move(data.values)};
}

} // namespace

std::shared_ptr<const EmbeddingFilm> readEmbeddingFilm(engine::RunStore& store, engine::RunId run,
                                                       const EmbeddingFilm* before) {
    auto film = std::make_shared<EmbeddingFilm>();
    const std::vector<engine::AttemptRecord> attempts = store.attempts(run);
    film->snapshots = effectiveKeys(store, run, "embedding", attempts);
    film->layouts = effectiveKeys(store, run, "layout", attempts);
    if (const auto record = store.run(run)) {
        film->config = record->config;
        const Json values = engine::parseJson(film->config, "the configuration");
        const Json* kind = engine::findPath(values, "projection.kind");
        if (kind != nullptr && kind->is_string())
            film->layoutMethod = QString::fromStdString(kind->get<std::string>());
    }
    for (const FrameRecord& header : store.frames(run, "embedding"))
        if (header.shape.size() >= 2) {
            film->count = header.shape[0];
            film->dimension = 1;
            for (std::size_t d = 1; d < header.shape.size(); ++d)
                film->dimension *= header.shape[d];
        }
    for (const FrameRecord& header : store.frames(run, "layout"))
        if (header.shape.size() == 2) {
            film->layoutDimension = static_cast<int>(header.shape[1]);
            if (film->count == 0)
                film->count = header.shape[0];
        }
    film->pairs = effectiveKeys(store, run, "pair_distances", attempts);
    if (film->count == 0)
        for (const FrameRecord& header : store.frames(run, "pair_distances"))
            film->count = header.shape.empty() ? 0 : header.shape.front();
    const bool isKnown = before != nullptr && before->count == film->count && film->count > 0;
    if (isKnown && !before->labels.empty()) {
        film->labels = before->labels;
    } else if (const auto frame = newest(store, run, "labels");
               frame && frame->type == FrameType::I32) {
        film->labels = numbersOf<std::int32_t>(*frame);
        if (film->labels.size() != static_cast<std::size_t>(film->count))
            film->labels.clear();
    }
    if (isKnown && !before->parts.empty()) {
        film->parts = before->parts;
    } else if (const auto frame = newest(store, run, "split");
               frame && frame->type == FrameType::I32 && frame->shape == std::vector{film->count}) {
        film->parts = numbersOf<std::int32_t>(*frame);
    }
    film->hasLosses = !store.frames(run, "point/loss").empty();
    film->classNames = readClassNames(store, run, film->labels);
    const auto pictures = [&](const char* name,
                              std::shared_ptr<const ThumbnailSheet> EmbeddingFilm::*sheet) {
        film.get()->*sheet = isKnown && !(before->*sheet)->isEmpty()
                                 ? before->*sheet
                                 : readPictures(store, run, name);
    };
    pictures("thumbnails", &EmbeddingFilm::thumbnails);
    pictures("window_images", &EmbeddingFilm::windowImages);
    film->triplets = readTriplets(store, run, film->count);
    const RangeSeries ranges = readRanges(store, run);
    for (const FrameKey& key : effectiveKeys(store, run, "distances", attempts)) {
        if (before != nullptr) {
            const auto known = std::find_if(before->distances.begin(), before->distances.end(),
                                            [&](const auto& one) { return one.first == key; });
            if (known != before->distances.end() && known->second.range > 0) {
                film->distances.push_back(*known);
                continue;
            }
        }
        const auto frame = store.frame(run, "distances", key.attempt, key.step);
        if (!frame || frame->type != FrameType::F32 || frame->shape.size() != 2 ||
            frame->shape[0] != 2)
            continue;
        const std::vector<float> values = floatsOf(*frame);
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(frame->shape[1]);
        film->distances.push_back(
            {key, {{values.begin(), middle}, {middle, values.end()}, ranges.at(key.step)}});
    }
    for (const engine::EventRecord& event : store.events(run))
        // What was done to the points is told by these words of the kinds' events.
        if (event.level != engine::EventLevel::Info ||
            event.text.find("educed") != std::string::npos ||
            event.text.find("principal components") != std::string::npos)
            film->notes << QString::fromStdString(event.text);
    return film;
}

std::shared_ptr<const Snapshot> readSnapshot(engine::RunStore& store, engine::RunId run,
                                             const char* name, const FrameKey& key) {
    const auto frame = store.frame(run, name, key.attempt, key.step);
    if (!frame || frame->shape.size() < 2 || frame->shape[0] < 1)
        return nullptr;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->key = key;
    snapshot->count = frame->shape[0];
    snapshot->values = floatsOf(*frame);
    if (snapshot->values.empty())
        return nullptr;
    snapshot->dimension = static_cast<std::int64_t>(snapshot->values.size()) / snapshot->count;
    return snapshot;
}

SnapshotExtras readExtras(engine::RunStore& store, engine::RunId run, const FrameKey& key,
                          std::int64_t count) {
    SnapshotExtras extras;
    if (const auto frame = store.frame(run, "predicted", key.attempt, key.step);
        frame && frame->type == FrameType::I32 && frame->shape == std::vector{count})
        extras.predicted = numbersOf<std::int32_t>(*frame);
    if (const auto frame = store.frame(run, "point/loss", key.attempt, key.step);
        frame && frame->type == FrameType::F32 && frame->shape == std::vector{count})
        extras.losses = numbersOf<float>(*frame);
    if (const auto frame = store.frame(run, "filters", key.attempt, key.step);
        frame && frame->shape.size() == 3) {
        extras.filters = {static_cast<int>(frame->shape[0]), static_cast<int>(frame->shape[1]),
                          static_cast<int>(frame->shape[2]), floatsOf(*frame)};
        if (extras.filters.values.empty())
            extras.filters = {};
    }
    if (const auto frame = store.frame(run, "pair_distances", key.attempt, key.step);
        frame && frame->shape.size() == 2 && frame->shape[0] == frame->shape[1]) {
        extras.pairs = frame->shape[0];
        extras.pairDistances = floatsOf(*frame);
    }
    if (const auto frame = store.frame(run, "windows", key.attempt, key.step);
        frame && frame->type == FrameType::I32 && frame->shape.size() == 2 &&
        frame->shape[1] == 5) {
        extras.windows.resize(static_cast<std::size_t>(frame->shape[0]));
        std::memcpy(extras.windows.data(), frame->data.data(), frame->data.size());
    }
    return extras;
}

} // namespace inlay::widgets

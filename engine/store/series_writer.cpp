#include "engine/store/series_writer.h"

#include <cassert>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/store/run_store.h"
#include "engine/store/series_scan.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

/// Above the first size a commit tries to empty the write-ahead log; above the second it insists,
/// which slows writers that never pause down to what the disk takes.
constexpr std::int64_t kLongLog = 16ll << 20;
constexpr std::int64_t kTooLongLog = 40ll << 20;
constexpr int kShortWaitMs = 50;
constexpr int kLongWaitMs = 2000;

/// One series of the writer. The open points are those not in a chunk yet; the first `committed`
/// of them are rows of `tail` already.
struct OpenSeries {
    std::string name;
    std::string unit;
    SeriesId id = 0;
    bool hasPoints = false;
    std::int64_t lastStep = 0;
    SeriesStats sealed;
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    std::vector<std::int64_t> wallMs;
    std::size_t committed = 0;

    std::size_t pending() const { return steps.size() - committed; }
};

/// What a commit did to a series; applied to it only when the transaction has succeeded.
struct Outcome {
    SeriesId id = 0;
    SeriesStats sealed;
    std::size_t sealedPoints = 0;
};

void insertChunk(Database& database, SeriesId series, int attempt, const EncodedChunk& chunk) {
    const SeriesStats& stats = chunk.stats;
    const auto stepIf = [](bool known, std::int64_t step) {
        return known ? std::optional(step) : std::nullopt;
    };
    database.run(
        "INSERT INTO chunk(series, attempt, first_step, last_step, n, vmin, vmax, min_step, "
        "max_step, first_nonfinite_step, first_bits, last_bits, codec, crc32c, data) VALUES(?, ?, "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        series, attempt, stats.firstStep, stats.lastStep, stats.count, stats.minimum, stats.maximum,
        stepIf(stats.minimum.has_value(), stats.minimumStep),
        stepIf(stats.maximum.has_value(), stats.maximumStep), stats.firstNonFiniteStep,
        detail::bitsOf(stats.firstValue), detail::bitsOf(stats.lastValue),
        static_cast<int>(chunk.codec), std::int64_t{chunk.crc32c},
        std::span<const std::byte>(chunk.data));
}

} // namespace

struct SeriesWriter::Private {
    Private(Database& database_, RunId run_, int attempt_)
        : database(database_)
        , run(run_)
        , attempt(attempt_)
        , limits(database_, run_) {}

    enum class Seal { FullChunks, Everything };

    Outcome write(const OpenSeries& series, Seal seal);
    void load(OpenSeries& series);
    void commit(const std::function<void()>& alsoWrite, Seal seal);

    Database& database;
    RunId run;
    int attempt;
    detail::AttemptLimits limits;
    std::vector<OpenSeries> all;
    std::unordered_map<std::string, int> handles;
    std::size_t pendingPoints = 0;
};

/// Takes up a series that exists already: what is sealed, and the open points of this attempt.
void SeriesWriter::Private::load(OpenSeries& series) {
    {
        Statement row = database.prepare("SELECT id FROM series WHERE run = ? AND name = ?");
        if (!row.bindAll(run, series.name).step())
            return;
        series.id = row.integer(0);
    }
    series.sealed =
        detail::effectiveStats(database, series.id, limits, attempt, detail::NewestTail::Exclude);
    SeriesData open;
    detail::readTail(database, series.id, attempt, std::numeric_limits<std::int64_t>::min(),
                     std::numeric_limits<std::int64_t>::max(), open);
    series.steps = std::move(open.steps);
    series.values = std::move(open.values);
    series.wallMs = std::move(open.wallMs);
    series.committed = series.steps.size();
    if (series.committed > 0) {
        series.hasPoints = true;
        series.lastStep = series.steps.back();
    } else {
        Statement row =
            database.prepare("SELECT max(last_step) FROM chunk WHERE series = ? AND attempt = ?");
        row.bindAll(series.id, attempt).step();
        series.hasPoints = !row.isNull(0);
        series.lastStep = row.integer(0);
    }
}

Outcome SeriesWriter::Private::write(const OpenSeries& series, Seal seal) {
    Outcome outcome{series.id, series.sealed, 0};
    if (outcome.id == 0) {
        database.run("INSERT INTO series(run, name, unit, attempt, n, first_step, last_step) "
                     "VALUES(?, ?, ?, ?, 0, 0, 0)",
                     run, series.name, series.unit, attempt);
        outcome.id = database.lastInsertId();
    }
    const std::size_t total = series.steps.size();
    const std::size_t chunk = kChunkPoints;
    // The newest point stays open: an equal step may still replace it.
    while (total - outcome.sealedPoints > (seal == Seal::Everything ? 0 : chunk)) {
        const std::size_t first = outcome.sealedPoints;
        const std::size_t n = std::min(chunk, total - first);
        const EncodedChunk encoded = encodeChunk(std::span(series.steps).subspan(first, n),
                                                 std::span(series.values).subspan(first, n),
                                                 std::span(series.wallMs).subspan(first, n));
        insertChunk(database, outcome.id, attempt, encoded);
        outcome.sealed.append(encoded.stats);
        outcome.sealedPoints += n;
    }
    if (outcome.sealedPoints > 0 && series.committed > 0)
        database.run("DELETE FROM tail WHERE series = ? AND attempt = ? AND step <= ?", outcome.id,
                     attempt, series.steps[outcome.sealedPoints - 1]);
    Statement insert = database.prepare("INSERT OR REPLACE INTO tail(series, attempt, step, bits, "
                                        "wall_ms) VALUES(?, ?, ?, ?, ?)");
    for (std::size_t i = std::max(series.committed, outcome.sealedPoints); i < total; ++i)
        insert
            .bindAll(outcome.id, attempt, series.steps[i], detail::bitsOf(series.values[i]),
                     series.wallMs[i])
            .run();
    SeriesStats stats = outcome.sealed;
    for (std::size_t i = outcome.sealedPoints; i < total; ++i)
        stats.add(series.steps[i], series.values[i]);
    detail::writeSeriesRow(database, outcome.id, attempt, stats);
    return outcome;
}

void SeriesWriter::Private::commit(const std::function<void()>& alsoWrite, Seal seal) {
    std::vector<std::pair<int, Outcome>> outcomes;
    Transaction transaction(database);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const OpenSeries& series = all[i];
        if (series.pending() > 0 || (seal == Seal::Everything && !series.steps.empty()))
            outcomes.emplace_back(static_cast<int>(i), write(series, seal));
    }
    if (alsoWrite)
        alsoWrite();
    if (!outcomes.empty())
        detail::touchRun(database, run);
    transaction.commit();
    for (auto& [index, outcome] : outcomes) {
        OpenSeries& series = all[static_cast<std::size_t>(index)];
        series.id = outcome.id;
        series.sealed = outcome.sealed;
        const auto cut = static_cast<std::ptrdiff_t>(outcome.sealedPoints);
        series.steps.erase(series.steps.begin(), series.steps.begin() + cut);
        series.values.erase(series.values.begin(), series.values.begin() + cut);
        series.wallMs.erase(series.wallMs.begin(), series.wallMs.begin() + cut);
        series.committed = series.steps.size();
    }
    pendingPoints = 0;
    // Writers that never pause keep SQLite's own checkpoints from reaching the end of the log.
    const std::int64_t log = database.inTransaction() ? 0 : database.walBytes();
    if (log > kLongLog)
        database.truncateWal(log > kTooLongLog ? kLongWaitMs : kShortWaitMs);
}

SeriesWriter::SeriesWriter(RunStore& store, RunId run, int attempt)
    : d_(std::make_unique<Private>(store.database(), run, attempt)) {}

SeriesWriter::~SeriesWriter() = default;

int SeriesWriter::series(const std::string& name, const std::string& unit) {
    if (const auto found = d_->handles.find(name); found != d_->handles.end())
        return found->second;
    OpenSeries series;
    series.name = name;
    series.unit = unit;
    d_->load(series);
    const int handle = static_cast<int>(d_->all.size());
    d_->all.push_back(std::move(series));
    d_->handles.emplace(name, handle);
    return handle;
}

void SeriesWriter::add(int series, std::int64_t step, double value, std::int64_t wallMs) {
    OpenSeries& open = d_->all.at(static_cast<std::size_t>(series));
    if (open.hasPoints && step <= open.lastStep) {
        if (step < open.lastStep || open.steps.empty())
            throw Error(fmt::format("series {}: step {} comes after step {}; steps must increase",
                                    open.name, step, open.lastStep));
        open.values.back() = value;
        open.wallMs.back() = wallMs;
        if (open.committed == open.steps.size()) {
            --open.committed;
            ++d_->pendingPoints;
        }
        return;
    }
    open.hasPoints = true;
    open.lastStep = step;
    open.steps.push_back(step);
    open.values.push_back(value);
    open.wallMs.push_back(wallMs);
    ++d_->pendingPoints;
}

void SeriesWriter::add(const std::string& name, std::int64_t step, double value,
                       std::int64_t wallMs) {
    add(series(name), step, value, wallMs);
}

std::size_t SeriesWriter::pendingPoints() const {
    return d_->pendingPoints;
}

std::size_t SeriesWriter::pendingBytes() const {
    return d_->pendingPoints * (2 * sizeof(std::int64_t) + sizeof(double));
}

void SeriesWriter::commit(const std::function<void()>& alsoWrite) {
    d_->commit(alsoWrite, Private::Seal::FullChunks);
}

void SeriesWriter::seal() {
    d_->commit({}, Private::Seal::Everything);
}

} // namespace inlay::engine

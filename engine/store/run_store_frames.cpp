#include <fmt/format.h>

#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

FrameType frameTypeFrom(std::string_view text) {
    for (const FrameType type :
         {FrameType::U8, FrameType::F16, FrameType::Bf16, FrameType::F32, FrameType::I32}) {
        if (text == nameOf(type))
            return type;
    }
    throw Error(fmt::format("the frame has the unknown element type {}", text));
}

/// Type and shape from the columns after `first`.
void readHeader(const Statement& row, int first, FrameRecord& frame) {
    frame.type = frameTypeFrom(row.textView(first));
    frame.shape =
        parseJson(row.textView(first + 1), "frame.shape").get<std::vector<std::int64_t>>();
}

void checkFrame(const FrameRecord& frame) {
    std::size_t bytes = frameTypeSize(frame.type);
    for (const std::int64_t extent : frame.shape)
        bytes *= static_cast<std::size_t>(extent);
    if (bytes != frame.data.size())
        throw Error(fmt::format("frame {}: {} bytes do not fill {} elements of {}", frame.name,
                                frame.data.size(), fmt::join(frame.shape, " x "),
                                nameOf(frame.type)));
    if (bytes > RunStore::kMaxFrameBytes)
        throw Error(fmt::format("frame {}: {} bytes are more than the {} a frame may have; reduce "
                                "it or write an artifact",
                                frame.name, bytes, RunStore::kMaxFrameBytes));
}

/// Keeps the oldest, then every second one, and the newest.
void thinOut(Database& database, RunId run, const std::string& name) {
    std::vector<std::int64_t> ids;
    {
        Statement row = database.prepare(
            "SELECT id FROM frame WHERE run = ? AND name = ? ORDER BY attempt, step");
        row.bindAll(run, name);
        while (row.step())
            ids.push_back(row.integer(0));
    }
    if (ids.size() <= static_cast<std::size_t>(RunStore::kMaxFramesPerName))
        return;
    for (std::size_t i = 1; i + 1 < ids.size(); i += 2)
        database.run("DELETE FROM frame WHERE id = ?", ids[i]);
}

} // namespace

void RunStore::insertFrame(RunId run, const FrameRecord& frame) {
    checkFrame(frame);
    Transaction transaction(*database_);
    database_->run("INSERT OR REPLACE INTO frame(run, name, attempt, step, dtype, shape, codec, "
                   "data) VALUES(?, ?, ?, ?, ?, ?, 0, ?)",
                   run, frame.name, frame.attempt, frame.step, nameOf(frame.type),
                   dumpJson(Json(frame.shape)), std::span<const std::byte>(frame.data));
    thinOut(*database_, run, frame.name);
    transaction.commit();
}

std::vector<std::string> RunStore::frameNames(RunId run) {
    std::vector<std::string> names;
    Statement row =
        database_->prepare("SELECT DISTINCT name FROM frame WHERE run = ? ORDER BY name");
    row.bindAll(run);
    while (row.step())
        names.push_back(row.text(0));
    return names;
}

std::vector<FrameRecord> RunStore::frames(RunId run, const std::string& name) {
    std::vector<FrameRecord> frames;
    Statement row = database_->prepare("SELECT attempt, step, dtype, shape FROM frame WHERE "
                                       "run = ? AND name = ? ORDER BY attempt, step");
    row.bindAll(run, name);
    while (row.step()) {
        FrameRecord frame;
        frame.name = name;
        frame.attempt = static_cast<int>(row.integer(0));
        frame.step = row.integer(1);
        readHeader(row, 2, frame);
        frames.push_back(std::move(frame));
    }
    return frames;
}

std::optional<FrameRecord> RunStore::frame(RunId run, const std::string& name, int attempt,
                                           std::int64_t step) {
    Statement row = database_->prepare("SELECT dtype, shape, data FROM frame WHERE run = ? AND "
                                       "name = ? AND attempt = ? AND step = ?");
    if (!row.bindAll(run, name, attempt, step).step())
        return std::nullopt;
    FrameRecord frame;
    frame.name = name;
    frame.attempt = attempt;
    frame.step = step;
    readHeader(row, 0, frame);
    const auto data = row.blob(2);
    frame.data.assign(data.begin(), data.end());
    return frame;
}

void RunStore::insertResultRow(RunId run, const std::string& name, const ResultRow& row) {
    Transaction transaction(*database_);
    database_->run("INSERT OR REPLACE INTO result_row(run, name, attempt, row, data) "
                   "VALUES(?, ?, ?, ?, ?)",
                   run, name, row.attempt, row.row, row.data);
    transaction.commit();
}

std::vector<std::string> RunStore::resultNames(RunId run) {
    std::vector<std::string> names;
    Statement row =
        database_->prepare("SELECT DISTINCT name FROM result_row WHERE run = ? ORDER BY name");
    row.bindAll(run);
    while (row.step())
        names.push_back(row.text(0));
    return names;
}

std::vector<ResultRow> RunStore::resultRows(RunId run, const std::string& name) {
    std::vector<ResultRow> rows;
    Statement row = database_->prepare("SELECT attempt, row, data FROM result_row WHERE run = ? "
                                       "AND name = ? ORDER BY attempt, row");
    row.bindAll(run, name);
    while (row.step())
        rows.push_back({static_cast<int>(row.integer(0)), row.integer(1), row.text(2)});
    return rows;
}

} // namespace inlay::engine

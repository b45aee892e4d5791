#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "engine/store/run_record.h"

namespace inlay::engine {

class RunStore;

/// Writes the series of one run and attempt. add() only buffers; commit() writes what was buffered
/// in one transaction, sealing full chunks of 1,024 points and updating the latest values. When
/// commit() throws (disk full, locked) nothing is lost: the buffer is kept and commit() may be
/// called again.
class SeriesWriter {
public:
    static constexpr int kChunkPoints = 1024;

    SeriesWriter(RunStore& store, RunId run, int attempt);
    ~SeriesWriter();
    SeriesWriter(const SeriesWriter&) = delete;
    SeriesWriter& operator=(const SeriesWriter&) = delete;

    /// Handle of a series for add(); the row is made at the next commit that has points for it.
    int series(const std::string& name, const std::string& unit = {});
    /// Steps of one series must not decrease; an equal step replaces the value.
    void add(int series, std::int64_t step, double value, std::int64_t wallMs);
    void add(const std::string& name, std::int64_t step, double value, std::int64_t wallMs);
    std::size_t pendingPoints() const;
    std::size_t pendingBytes() const;

    /// `alsoWrite` joins the transaction (frames, progress).
    void commit(const std::function<void()>& alsoWrite = {});
    /// Commits, then packs the open tails into chunks: for the end of an attempt.
    void seal();

private:
    struct Private;
    std::unique_ptr<Private> d_;
};

} // namespace inlay::engine

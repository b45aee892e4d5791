#pragma once

#include <unordered_map>

#include "engine/store/run_table.h"

namespace inlay::engine {

class Database;
class Statement;

/// Brings a RunTable up to date; one refresh() each.
class RunTableLoader {
public:
    RunTableLoader(RunTable& table, Database& database);

    /// `version` is the change number the table will stand at.
    void load(std::int64_t version);

private:
    using Source = RunColumn::Source;

    std::vector<RunId> liveIds();
    /// Lays the rows out anew for `ids`; rows that were there before keep their cells.
    void layOut(const std::vector<RunId>& ids);
    void loadRecords(std::int64_t since);
    void loadTags(RunRecord& run);
    void loadParams();
    void clearMetrics();
    void loadMetrics();
    void readParam(const Statement& row, std::size_t index);
    RunColumn& column(Source source, std::string_view key);
    RunColumn& keyColumn(Source source, std::int64_t key);
    std::int32_t textIndex(std::string_view text);
    void store();

    RunTable& table_;
    Database& database_;
    std::vector<RunId> ids_;
    /// Rows that are new, and rows whose record has changed (new ones included).
    std::vector<std::size_t> added_;
    std::vector<std::size_t> changed_;
    std::vector<std::shared_ptr<RunColumn>> columns_;
    std::unordered_map<std::string_view, std::size_t> byKey_[2];
    std::vector<RunColumn*> byKeyId_[2];
    std::vector<std::string> keyNames_;
    std::shared_ptr<const RunTable::Texts> texts_;
    /// A copy of texts_ made when the first new text comes.
    std::shared_ptr<RunTable::Texts> newTexts_;
};

} // namespace inlay::engine

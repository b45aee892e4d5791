#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/store/run_query.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

class RunStore;

/// One parameter or metric over all rows of a RunTable.
struct RunColumn {
    enum class Source { Parameter, Metric };
    enum class Cell : std::uint8_t { Missing, Number, Boolean, Text };

    std::string key;
    Source source = Source::Parameter;
    /// All have one entry per row; `texts` index RunTable::text() and are -1 for numbers.
    std::vector<Cell> cells;
    std::vector<double> numbers;
    std::vector<std::int32_t> texts;
};

/// A snapshot of all runs outside the bin as a column store: what the run table shows, sorts and
/// filters without a query. Columns are shared between copies (a copy is cheap), so a worker may
/// refresh one copy while the window draws another.
class RunTable {
public:
    /// What a row has besides its columns; `config` and `environment` are left empty.
    const RunRecord& row(std::size_t index) const { return *rows_[index]; }
    std::size_t rowCount() const { return rows_.size(); }
    /// Row of a run, or -1.
    std::ptrdiff_t indexOf(RunId run) const;
    /// Parameters, then metrics, each by key.
    const std::vector<std::shared_ptr<const RunColumn>>& columns() const { return columns_; }
    /// Parameters and metrics may share a key; nullptr when there is none.
    const RunColumn* column(RunColumn::Source source, std::string_view key) const;
    const std::string& text(std::int32_t index) const {
        return texts_->all[static_cast<std::size_t>(index)];
    }
    /// Change number this snapshot stands at; -1 = nothing read yet.
    std::int64_t version() const { return version_; }

    /// Reads everything the first time, then only what changed. Rows are in order of id, oldest
    /// first. A metric is the run's final one or, while there is none, the last value of its
    /// series. True when anything changed.
    bool refresh(RunStore& store);
    /// Rows that match, in row order.
    std::vector<std::uint32_t> select(const RunQuery& query) const;

private:
    friend class RunTableLoader;

    struct Texts {
        std::vector<std::string> all;
        std::unordered_map<std::string, std::int32_t> indices;
    };

    std::vector<std::shared_ptr<const RunRecord>> rows_;
    std::vector<std::shared_ptr<const RunColumn>> columns_;
    std::shared_ptr<const Texts> texts_;
    std::int64_t version_ = -1;
};

} // namespace inlay::engine

#include "engine/store/run_table_loader.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "engine/store/database.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

/// Above this many rows one scan of a whole table is cheaper than a search for each.
constexpr std::size_t kScanFrom = 200;

RunColumn emptyColumn(RunColumn::Source source, std::string key, std::size_t rows) {
    RunColumn column;
    column.key = std::move(key);
    column.source = source;
    column.cells.resize(rows, RunColumn::Cell::Missing);
    column.numbers.resize(rows, std::numeric_limits<double>::quiet_NaN());
    column.texts.resize(rows, -1);
    return column;
}

} // namespace

RunTableLoader::RunTableLoader(RunTable& table, Database& database)
    : table_(table)
    , database_(database)
    , texts_(table.texts_ ? table.texts_ : std::make_shared<const RunTable::Texts>()) {
    // Columns are made by this class as non-const objects; while a copy of the table shares one it
    // is cloned before the first write (column()).
    for (const auto& column : table_.columns_)
        columns_.push_back(std::const_pointer_cast<RunColumn>(column));
    table_.columns_.clear();
}

void RunTableLoader::load(std::int64_t version) {
    ids_ = liveIds();
    const std::int64_t since = table_.version_;
    const bool sameRows = ids_.size() == table_.rows_.size() &&
                          std::equal(ids_.begin(), ids_.end(), table_.rows_.begin(),
                                     [](RunId id, const std::shared_ptr<const RunRecord>& run) {
                                         return run->id == id;
                                     });
    if (!sameRows)
        layOut(ids_);
    for (std::size_t i = 0; i < columns_.size(); ++i)
        byKey_[static_cast<std::size_t>(columns_[i]->source)].emplace(columns_[i]->key, i);
    {
        Statement row = database_.prepare("SELECT id, name FROM key");
        while (row.step()) {
            const auto id = static_cast<std::size_t>(row.integer(0));
            if (keyNames_.size() <= id)
                keyNames_.resize(id + 1);
            keyNames_[id] = row.text(1);
        }
    }
    for (auto& columns : byKeyId_)
        columns.assign(keyNames_.size(), nullptr);
    loadRecords(since);
    clearMetrics();
    loadParams();
    loadMetrics();
    store();
    table_.version_ = version;
}

std::vector<RunId> RunTableLoader::liveIds() {
    std::vector<RunId> ids;
    Statement row = database_.prepare("SELECT id FROM run WHERE deleted_ms IS NULL ORDER BY id");
    while (row.step())
        ids.push_back(row.integer(0));
    return ids;
}

void RunTableLoader::layOut(const std::vector<RunId>& ids) {
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> oldRow(ids.size(), kNone);
    std::vector<std::shared_ptr<const RunRecord>> rows(ids.size());
    std::size_t old = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        while (old < table_.rows_.size() && table_.rows_[old]->id < ids[i])
            ++old;
        if (old < table_.rows_.size() && table_.rows_[old]->id == ids[i]) {
            oldRow[i] = old;
            rows[i] = table_.rows_[old];
        } else {
            added_.push_back(i);
        }
    }
    for (auto& column : columns_) {
        RunColumn moved = emptyColumn(column->source, column->key, ids.size());
        for (std::size_t i = 0; i < ids.size(); ++i) {
            if (oldRow[i] == kNone)
                continue;
            moved.cells[i] = column->cells[oldRow[i]];
            moved.numbers[i] = column->numbers[oldRow[i]];
            moved.texts[i] = column->texts[oldRow[i]];
        }
        column = std::make_shared<RunColumn>(std::move(moved));
    }
    table_.rows_ = std::move(rows);
}

void RunTableLoader::loadRecords(std::int64_t since) {
    const auto put = [this](std::size_t index, RunRecord&& run) {
        loadTags(run);
        table_.rows_[index] = std::make_shared<const RunRecord>(std::move(run));
        changed_.push_back(index);
    };
    static const std::string sql = fmt::format(
        "SELECT {} FROM run r WHERE r.changed > ? AND r.deleted_ms IS NULL ORDER BY r.id",
        detail::kRunColumnsBrief);
    Statement row = database_.prepare(sql.c_str());
    row.bindAll(since);
    while (row.step()) {
        const auto found = std::lower_bound(ids_.begin(), ids_.end(), row.integer(0));
        put(static_cast<std::size_t>(found - ids_.begin()), detail::runFromRow(row));
    }
}

void RunTableLoader::loadTags(RunRecord& run) {
    Statement row = database_.prepare("SELECT tag FROM tag WHERE run = ? ORDER BY tag");
    row.bindAll(run.id);
    while (row.step())
        run.tags.push_back(row.text(0));
}

void RunTableLoader::readParam(const Statement& row, std::size_t index) {
    RunColumn& column = keyColumn(Source::Parameter, row.integer(1));
    switch (static_cast<ParamType>(row.integer(2))) {
    case ParamType::Number:
        column.cells[index] = RunColumn::Cell::Number;
        column.numbers[index] = row.real(3);
        break;
    case ParamType::Boolean:
        column.cells[index] = RunColumn::Cell::Boolean;
        column.numbers[index] = row.real(3);
        break;
    case ParamType::Text:
    case ParamType::Structure:
        column.cells[index] = RunColumn::Cell::Text;
        column.texts[index] = textIndex(row.textView(4));
        break;
    }
}

void RunTableLoader::loadParams() {
    if (added_.size() >= kScanFrom) {
        std::vector<bool> isNew(ids_.size(), false);
        for (const std::size_t index : added_)
            isNew[index] = true;
        Statement row =
            database_.prepare("SELECT run, key, type, num, text FROM param ORDER BY run, key");
        std::size_t index = 0;
        while (row.step()) {
            const RunId run = row.integer(0);
            while (index < ids_.size() && ids_[index] < run)
                ++index;
            if (index < ids_.size() && ids_[index] == run && isNew[index])
                readParam(row, index);
        }
        return;
    }
    for (const std::size_t index : added_) {
        Statement row =
            database_.prepare("SELECT run, key, type, num, text FROM param WHERE run = ?");
        row.bindAll(ids_[index]);
        while (row.step())
            readParam(row, index);
    }
}

/// A resumed run has lost its final metrics, so what a changed row had before goes first.
void RunTableLoader::clearMetrics() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i]->source != Source::Metric)
            continue;
        for (const std::size_t index : changed_) {
            if (columns_[i]->cells[index] != RunColumn::Cell::Missing)
                column(Source::Metric, columns_[i]->key).cells[index] = RunColumn::Cell::Missing;
        }
    }
}

void RunTableLoader::loadMetrics() {
    const auto set = [](RunColumn& column, std::size_t index, double value) {
        column.cells[index] = RunColumn::Cell::Number;
        column.numbers[index] = value;
    };
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    if (changed_.size() >= kScanFrom) {
        std::vector<bool> isChanged(ids_.size(), false);
        for (const std::size_t index : changed_)
            isChanged[index] = true;
        const auto indexOf = [&](RunId run) {
            const auto found = std::lower_bound(ids_.begin(), ids_.end(), run);
            const bool wanted = found != ids_.end() && *found == run &&
                                isChanged[static_cast<std::size_t>(found - ids_.begin())];
            return wanted ? found - ids_.begin() : std::ptrdiff_t{-1};
        };
        Statement last = database_.prepare("SELECT run, name, last_value FROM series WHERE n > 0");
        while (last.step()) {
            if (const auto index = indexOf(last.integer(0)); index >= 0)
                set(column(Source::Metric, last.textView(1)), static_cast<std::size_t>(index),
                    last.optionalReal(2).value_or(kNaN));
        }
        Statement metric = database_.prepare("SELECT run, key, bits FROM metric ORDER BY run, key");
        while (metric.step()) {
            if (const auto index = indexOf(metric.integer(0)); index >= 0)
                set(keyColumn(Source::Metric, metric.integer(1)), static_cast<std::size_t>(index),
                    detail::valueOfBits(metric.integer(2)));
        }
        return;
    }
    for (const std::size_t index : changed_) {
        Statement last =
            database_.prepare("SELECT name, last_value FROM series WHERE run = ? AND n > 0");
        last.bindAll(ids_[index]);
        while (last.step())
            set(column(Source::Metric, last.textView(0)), index,
                last.optionalReal(1).value_or(kNaN));
        Statement metric = database_.prepare("SELECT key, bits FROM metric WHERE run = ?");
        metric.bindAll(ids_[index]);
        while (metric.step())
            set(keyColumn(Source::Metric, metric.integer(0)), index,
                detail::valueOfBits(metric.integer(1)));
    }
}

RunColumn& RunTableLoader::column(Source source, std::string_view key) {
    auto& byKey = byKey_[static_cast<std::size_t>(source)];
    const auto found = byKey.find(key);
    if (found == byKey.end()) {
        auto made = std::make_shared<RunColumn>(emptyColumn(source, std::string(key), ids_.size()));
        byKey.emplace(made->key, columns_.size());
        columns_.push_back(std::move(made));
        return *columns_.back();
    }
    std::shared_ptr<RunColumn>& column = columns_[found->second];
    if (column.use_count() > 1) {
        const std::size_t index = found->second;
        byKey.erase(found);
        column = std::make_shared<RunColumn>(*column);
        byKey.emplace(column->key, index);
    }
    return *column;
}

RunColumn& RunTableLoader::keyColumn(Source source, std::int64_t key) {
    RunColumn*& known = byKeyId_[static_cast<std::size_t>(source)][static_cast<std::size_t>(key)];
    if (!known)
        known = &column(source, keyNames_[static_cast<std::size_t>(key)]);
    return *known;
}

std::int32_t RunTableLoader::textIndex(std::string_view text) {
    std::string key(text);
    const auto& known = newTexts_ ? *newTexts_ : *texts_;
    if (const auto found = known.indices.find(key); found != known.indices.end())
        return found->second;
    if (!newTexts_)
        newTexts_ = std::make_shared<RunTable::Texts>(*texts_);
    const auto index = static_cast<std::int32_t>(newTexts_->all.size());
    newTexts_->all.push_back(key);
    newTexts_->indices.emplace(std::move(key), index);
    return index;
}

void RunTableLoader::store() {
    std::sort(columns_.begin(), columns_.end(), [](const auto& a, const auto& b) {
        return std::pair(a->source, std::string_view(a->key)) <
               std::pair(b->source, std::string_view(b->key));
    });
    table_.columns_.assign(columns_.begin(), columns_.end());
    table_.texts_ = newTexts_ ? std::move(newTexts_) : std::move(texts_);
}

} // namespace inlay::engine

#include "engine/store/run_table.h"

#include <algorithm>

#include "engine/store/database.h"
#include "engine/store/run_store.h"
#include "engine/store/run_table_filter.h"
#include "engine/store/run_table_loader.h"

namespace inlay::engine {

std::ptrdiff_t RunTable::indexOf(RunId run) const {
    const auto found =
        std::lower_bound(rows_.begin(), rows_.end(), run,
                         [](const auto& row, RunId wanted) { return row->id < wanted; });
    return found != rows_.end() && (*found)->id == run ? found - rows_.begin() : -1;
}

const RunColumn* RunTable::column(RunColumn::Source source, std::string_view key) const {
    const auto found = std::lower_bound(
        columns_.begin(), columns_.end(), std::pair(source, key), [](const auto& c, const auto& k) {
            return std::pair(c->source, std::string_view(c->key)) < k;
        });
    const bool matches =
        found != columns_.end() && (*found)->source == source && (*found)->key == key;
    return matches ? found->get() : nullptr;
}

bool RunTable::refresh(RunStore& store) {
    const ReadScope scope(store.database());
    const std::int64_t version = store.changeNumber();
    if (version == version_)
        return false;
    // On failure this table stays as it was.
    RunTable next = *this;
    RunTableLoader(next, store.database()).load(version);
    *this = std::move(next);
    return true;
}

std::vector<std::uint32_t> RunTable::select(const RunQuery& query) const {
    const RunTableFilter filter(*this, query);
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (filter.matches(i))
            rows.push_back(static_cast<std::uint32_t>(i));
    }
    return rows;
}

} // namespace inlay::engine

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/store/run_query.h"

namespace inlay::engine {

class Statement;

/// A query as an SQL condition on a table `run` aliased r.
struct SqlCondition {
    std::string where;
    std::vector<std::variant<double, std::string>> values;

    /// Binds the values from parameter `first` on; they must outlive the statement.
    void bindTo(Statement& statement, int first) const;
};

/// "1" for an empty query.
SqlCondition sqlCondition(const RunQuery& query);

} // namespace inlay::engine

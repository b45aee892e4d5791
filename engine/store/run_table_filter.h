#pragma once

#include "engine/store/run_table.h"

namespace inlay::engine {

/// A query prepared for the rows of one RunTable; answers as sqlCondition() does.
class RunTableFilter {
public:
    /// Both must outlive the filter.
    RunTableFilter(const RunTable& table, const RunQuery& query);

    bool matches(std::size_t row) const;

private:
    struct Term {
        const QueryTerm* query;
        /// Of operator:, dataset: and comparisons.
        std::vector<const RunColumn*> parameters;
        /// Of operator: only: lists of per-layer operators.
        std::vector<const RunColumn*> layerLists;
        const RunColumn* metric = nullptr;
    };

    bool matches(const Term& term, std::size_t row) const;
    bool matchesText(const Term& term, const std::string& text, std::size_t row) const;
    bool matchesValue(const Term& term, std::size_t row) const;
    bool matchesColumn(const QueryTerm& term, const RunRecord& run) const;

    const RunTable& table_;
    std::vector<Term> terms_;
};

} // namespace inlay::engine

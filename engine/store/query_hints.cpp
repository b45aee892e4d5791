#include "engine/store/query_hints.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/schema/nearest.h"
#include "engine/store/run_query.h"

namespace inlay::engine {
namespace {

using Field = QueryTerm::Field;

constexpr std::size_t kMostNames = 20;

bool isMet(RunStore& store, const QueryTerm& term, RunFilter::Bin bin) {
    RunFilter filter;
    filter.bin = bin;
    filter.query = RunQuery::of(term);
    filter.limit = 1;
    filter.detail = RunFilter::Detail::Brief;
    return !store.listRuns(filter).empty();
}

template <class NamesOf>
std::string namesThere(RunStore& store, RunFilter::Bin bin, NamesOf namesOf) {
    RunFilter filter;
    filter.bin = bin;
    filter.detail = RunFilter::Detail::Brief;
    std::set<std::string> names;
    for (const RunRecord& run : store.listRuns(filter))
        for (const std::string& name : namesOf(run))
            names.insert(name);
    if (names.empty())
        return {};
    const std::size_t shown = std::min(names.size(), kMostNames);
    const auto end = std::next(names.begin(), static_cast<std::ptrdiff_t>(shown));
    return fmt::format("; there are {}{}", fmt::join(names.begin(), end, ", "),
                       shown < names.size() ? " and more" : "");
}

/// The key that was meant, where one is near enough.
std::string meantBy(const std::string& key, const std::vector<std::string>& keys) {
    const std::string near = nearestKey(key, keys);
    const bool isNear = near.ends_with(key) || editDistance(key, near) <= key.size() / 2;
    return near.empty() || !isNear ? "" : fmt::format("; near it is {}", near);
}

std::string hint(RunStore& store, const QueryTerm& term, RunFilter::Bin bin) {
    const std::string texts = fmt::format("{}", fmt::join(term.texts, " or "));
    switch (term.field) {
    case Field::Kind:
        return fmt::format(
            "no run is of the kind {}{}", texts,
            namesThere(store, bin, [](const RunRecord& run) { return std::vector{run.kind}; }));
    case Field::Tag:
        return fmt::format("no run has the tag {}{}", texts,
                           namesThere(store, bin, [](const RunRecord& run) { return run.tags; }));
    case Field::Operator:
        return fmt::format("no run has a layer of the operator {}", texts);
    case Field::Dataset:
        return fmt::format("no run has the dataset {}", texts);
    case Field::State:
        return fmt::format("no run is {}", texts);
    case Field::Word:
        return fmt::format("no run has \"{}\" in its name or notes", texts);
    case Field::Column:
        return fmt::format("no run has such a value of {}", term.key);
    case Field::Value:
        break;
    }
    const std::string unknown = keyHint(store, term.key, term.parametersOnly);
    return unknown.empty() ? fmt::format("no run has such a value of {}", term.key) : unknown;
}

} // namespace

std::string keyHint(RunStore& store, const std::string& key, bool parametersOnly) {
    std::vector<std::string> keys = store.paramKeys();
    if (!parametersOnly) {
        const std::vector<std::string> results = store.metricKeys();
        keys.insert(keys.end(), results.begin(), results.end());
    }
    if (std::find(keys.begin(), keys.end(), key) != keys.end())
        return {};
    return fmt::format("no run has a {} {}{}", parametersOnly ? "parameter" : "parameter or result",
                       key, meantBy(key, keys));
}

std::vector<std::string> queryHints(RunStore& store, const RunQuery& query, RunFilter::Bin bin) {
    std::vector<std::string> hints;
    for (const QueryTerm& term : query.terms())
        if (!term.negated && !isMet(store, term, bin))
            hints.push_back(hint(store, term, bin));
    return hints;
}

} // namespace inlay::engine

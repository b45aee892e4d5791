#include "engine/store/run_table_filter.h"

#include <algorithm>
#include <cmath>

namespace inlay::engine {
namespace {

using Cell = RunColumn::Cell;
using Field = QueryTerm::Field;
using Op = QueryTerm::Op;
using Source = RunColumn::Source;

bool isKeyOrEndsWith(const std::string& key, std::string_view name) {
    if (key == name)
        return true;
    return key.size() > name.size() && key.ends_with(name) &&
           key[key.size() - name.size() - 1] == '.';
}

/// Whether `text`, in lower case, holds `part`, without making the lower-case copy.
bool containsLower(std::string_view text, std::string_view part) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [&](char a, char b) { return lower(a) == b; }) != text.end();
}

} // namespace

RunTableFilter::RunTableFilter(const RunTable& table, const RunQuery& query)
    : table_(table) {
    for (const QueryTerm& wanted : query.terms()) {
        Term term{&wanted, {}, {}, nullptr};
        if (wanted.field == Field::Value) {
            if (const RunColumn* column = table.column(Source::Parameter, wanted.key))
                term.parameters.push_back(column);
            if (!wanted.parametersOnly)
                term.metric = table.column(Source::Metric, wanted.key);
        }
        for (const auto& column : table.columns()) {
            if (column->source != Source::Parameter)
                continue;
            if (wanted.field == Field::Dataset && isKeyOrEndsWith(column->key, "dataset.kind"))
                term.parameters.push_back(column.get());
            if (wanted.field == Field::Operator && isKeyOrEndsWith(column->key, "operator.kind"))
                term.parameters.push_back(column.get());
            if (wanted.field == Field::Operator && column->key.ends_with(".layers"))
                term.layerLists.push_back(column.get());
        }
        terms_.push_back(std::move(term));
    }
}

bool RunTableFilter::matches(std::size_t row) const {
    return std::all_of(terms_.begin(), terms_.end(),
                       [&](const Term& term) { return matches(term, row) != term.query->negated; });
}

bool RunTableFilter::matches(const Term& term, std::size_t row) const {
    if (term.query->field == Field::Value)
        return matchesValue(term, row);
    if (term.query->field == Field::Column)
        return matchesColumn(*term.query, table_.row(row));
    return std::any_of(term.query->texts.begin(), term.query->texts.end(),
                       [&](const std::string& text) { return matchesText(term, text, row); });
}

bool RunTableFilter::matchesText(const Term& term, const std::string& text, std::size_t row) const {
    const RunRecord& run = table_.row(row);
    switch (term.query->field) {
    case Field::Kind:
        return lowerCase(run.kind) == text;
    case Field::State:
        return nameOf(run.status) == text;
    case Field::Tag:
        return std::any_of(run.tags.begin(), run.tags.end(),
                           [&](const std::string& tag) { return lowerCase(tag) == text; });
    case Field::Word:
        return containsLower(run.name, text) || containsLower(run.notes, text);
    case Field::Operator:
    case Field::Dataset: {
        const auto textOf = [&](const RunColumn* column) -> std::string_view {
            return column->cells[row] == Cell::Text
                       ? std::string_view(table_.text(column->texts[row]))
                       : std::string_view();
        };
        const auto isText = [&](const RunColumn* column) {
            return lowerCase(textOf(column)) == text;
        };
        const std::string inList = "\"kind\":\"" + text + "\"";
        return std::any_of(term.parameters.begin(), term.parameters.end(), isText) ||
               std::any_of(
                   term.layerLists.begin(), term.layerLists.end(),
                   [&](const RunColumn* column) { return containsLower(textOf(column), inList); });
    }
    case Field::Value:
    case Field::Column:
        break;
    }
    return false;
}

bool RunTableFilter::matchesValue(const Term& term, std::size_t row) const {
    const QueryTerm& query = *term.query;
    for (const RunColumn* column : term.parameters) {
        const Cell cell = column->cells[row];
        if (cell == Cell::Number || cell == Cell::Boolean) {
            if (query.number && !std::isnan(*query.number) &&
                compareNumbers(column->numbers[row], query.op, *query.number))
                return true;
        } else if (cell == Cell::Text && (query.op == Op::Equal || query.op == Op::NotEqual)) {
            const bool equal = lowerCase(table_.text(column->texts[row])) == query.texts.front();
            if (equal == (query.op == Op::Equal))
                return true;
        }
    }
    return term.metric && query.number && term.metric->cells[row] == Cell::Number &&
           compareNumbers(term.metric->numbers[row], query.op, *query.number);
}

bool RunTableFilter::matchesColumn(const QueryTerm& term, const RunRecord& run) const {
    std::int64_t stored = run.id;
    if (term.key == "seed")
        stored = static_cast<std::int64_t>(run.seed);
    else if (term.key == "step")
        stored = run.step;
    else if (term.key == "threads")
        stored = run.threads;
    return compareNumbers(static_cast<double>(stored), term.op, *term.number);
}

} // namespace inlay::engine

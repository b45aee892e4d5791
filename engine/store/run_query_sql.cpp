#include "engine/store/run_query_sql.h"

#include <cmath>

#include <fmt/format.h>

#include "engine/store/database.h"

namespace inlay::engine {
namespace {

using Field = QueryTerm::Field;
using Op = QueryTerm::Op;

std::string_view sqlOp(Op op) {
    switch (op) {
    case Op::Equal:
        return "=";
    case Op::NotEqual:
        return "<>";
    case Op::Less:
        return "<";
    case Op::LessEqual:
        return "<=";
    case Op::Greater:
        return ">";
    case Op::GreaterEqual:
        return ">=";
    }
    return "=";
}

struct Builder {
    SqlCondition condition;

    void put(std::string_view sql) { condition.where += sql; }
    void put(std::string_view sql, const std::string& value) {
        condition.where += sql;
        condition.values.emplace_back(value);
    }
    void put(std::string_view sql, double value) {
        condition.where += sql;
        condition.values.emplace_back(value);
    }

    /// A number column that holds NULL for NaN, as compareNumbers() does it.
    void numberTest(const std::string& column, const QueryTerm& term) {
        const double wanted = *term.number;
        if (std::isnan(wanted))
            put(fmt::format("{} IS {}NULL", column, term.op == Op::Equal ? "" : "NOT "));
        else if (term.op == Op::NotEqual)
            put(fmt::format("{} IS NOT ?", column), wanted);
        else
            put(fmt::format("{} {} ?", column, sqlOp(term.op)), wanted);
    }

    void value(const QueryTerm& term) {
        put("(EXISTS(SELECT 1 FROM param p WHERE p.run = r.id AND p.key = (SELECT id FROM key "
            "WHERE name = ?) AND ",
            term.key);
        const bool ordered = term.op != Op::Equal && term.op != Op::NotEqual;
        if (term.number && !std::isnan(*term.number)) {
            put(fmt::format("(p.num {} ?", sqlOp(term.op)), *term.number);
            if (!ordered)
                put(fmt::format(" OR (p.num IS NULL AND lower(p.text) {} ?)", sqlOp(term.op)),
                    term.texts.front());
            put(")");
        } else {
            put(fmt::format("p.num IS NULL AND lower(p.text) {} ?", sqlOp(term.op)),
                term.texts.front());
        }
        put(")");
        if (!term.parametersOnly && term.number) {
            put(" OR EXISTS(SELECT 1 FROM metric m WHERE m.run = r.id AND m.key = (SELECT id FROM "
                "key WHERE name = ?) AND ",
                term.key);
            numberTest("m.num", term);
            put(") OR (NOT EXISTS(SELECT 1 FROM metric m WHERE m.run = r.id AND m.key = (SELECT id "
                "FROM key WHERE name = ?)) AND ",
                term.key);
            put("EXISTS(SELECT 1 FROM series s WHERE s.run = r.id AND s.n > 0 AND s.name = ? AND ",
                term.key);
            numberTest("s.last_value", term);
            put("))");
        }
        put(")");
    }

    void oneText(const QueryTerm& term, const std::string& text) {
        switch (term.field) {
        case Field::Kind:
            put("lower(r.kind) = ?", text);
            break;
        case Field::State:
            put("r.status = ?", text);
            break;
        case Field::Tag:
            put("EXISTS(SELECT 1 FROM tag t WHERE t.run = r.id AND lower(t.tag) = ?)", text);
            break;
        case Field::Dataset:
            put("EXISTS(SELECT 1 FROM param p WHERE p.run = r.id AND p.key IN (SELECT id FROM key "
                "WHERE name = 'dataset.kind' OR name LIKE '%.dataset.kind') AND lower(p.text) = ?)",
                text);
            break;
        case Field::Operator:
            put("EXISTS(SELECT 1 FROM param p WHERE p.run = r.id AND p.key IN (SELECT id FROM key "
                "WHERE name = 'operator.kind' OR name LIKE '%.operator.kind') AND lower(p.text) = "
                "?)",
                text);
            put(" OR EXISTS(SELECT 1 FROM param p WHERE p.run = r.id AND p.key IN (SELECT id FROM "
                "key WHERE name LIKE '%.layers') AND instr(lower(p.text), ?) > 0)",
                fmt::format("\"kind\":\"{}\"", text));
            break;
        case Field::Word:
            put("(instr(lower(r.name), ?) > 0", text);
            put(" OR instr(lower(r.notes), ?) > 0)", text);
            break;
        case Field::Value:
            value(term);
            break;
        case Field::Column:
            // The key is one of the four names the parser knows, each a column of `run`.
            numberTest("r." + term.key, term);
            break;
        }
    }
};

} // namespace

void SqlCondition::bindTo(Statement& statement, int first) const {
    for (const auto& value : values)
        std::visit([&](const auto& item) { statement.bind(first++, item); }, value);
}

SqlCondition sqlCondition(const RunQuery& query) {
    Builder builder;
    builder.put("1");
    for (const QueryTerm& term : query.terms()) {
        builder.put(term.negated ? " AND NOT (" : " AND (");
        bool isFirst = true;
        for (const std::string& text : term.texts) {
            if (!isFirst)
                builder.put(" OR ");
            isFirst = false;
            builder.oneText(term, text);
        }
        builder.put(")");
    }
    return std::move(builder.condition);
}

} // namespace inlay::engine

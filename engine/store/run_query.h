#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// One condition of a query.
struct QueryTerm {
    enum class Field {
        Kind,
        Operator, ///< the operator of the network or of one of its layers
        Dataset,
        Tag,
        State,
        Word,  ///< free word: in name or notes, any case
        Value, ///< `key OP value`: a parameter or a metric (final, else the series' last value)
        Column ///< `key OP value` with key id, seed, step or threads
    };
    enum class Op { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };

    Field field = Field::Word;
    /// Of Value and Column.
    std::string key;
    /// Set when the key was written "config.KEY".
    bool parametersOnly = false;
    Op op = Op::Equal;
    /// What is looked for, in lower case; several (after a colon) mean "or".
    std::vector<std::string> texts;
    /// Of Value and Column, when the text is a number ("true" and "false" are 1 and 0).
    std::optional<double> number;
    bool negated = false;
};

/// `text OP number` for stored numbers; NaN equals NaN and nothing else.
bool compareNumbers(double stored, QueryTerm::Op op, double wanted);
/// Lower case of ASCII letters, as SQLite's lower().
std::string lowerCase(std::string_view text);

/// The language of the window's query bar and of `runs list --query`. Terms are ANDed:
/// `kind:train operator:stl dataset:digits tag:paper state:finished`, `key OP number`
/// (`test/accuracy>0.95`, `network.width>=96`, `config.epochs=20`, `optimizer.kind=adamw`),
/// free words, "quoted text"; `-` in front of a term negates it; `a,b` after a colon means or.
class RunQuery {
public:
    const std::vector<QueryTerm>& terms() const { return terms_; }
    bool isEmpty() const { return terms_.empty(); }
    /// The query of one condition.
    static RunQuery of(QueryTerm term);

private:
    friend struct QueryParser;
    std::vector<QueryTerm> terms_;
};

struct QueryIssue {
    /// Zero-based position in the text, in bytes.
    std::size_t position = 0;
    /// A sentence that names the position (counted from 1) and what is allowed.
    std::string message;
};

struct ParsedQuery {
    RunQuery query;
    std::vector<QueryIssue> issues;
};

/// All issues at once; `query` holds the terms that are sound.
ParsedQuery parseRunQuery(std::string_view text);

} // namespace inlay::engine

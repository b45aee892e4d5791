#include "engine/store/run_query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "engine/store/run_record.h"

namespace inlay::engine {
namespace {

using Field = QueryTerm::Field;
using Op = QueryTerm::Op;

struct FieldName {
    std::string_view name;
    Field field;
};
constexpr std::array<FieldName, 5> kFields = {{{"kind", Field::Kind},
                                               {"operator", Field::Operator},
                                               {"dataset", Field::Dataset},
                                               {"tag", Field::Tag},
                                               {"state", Field::State}}};
constexpr std::array<std::string_view, 4> kColumns = {"id", "seed", "step", "threads"};

struct OpName {
    std::string_view name;
    Op op;
};
/// Longer ones first.
constexpr std::array<OpName, 7> kOps = {{{"==", Op::Equal},
                                         {"!=", Op::NotEqual},
                                         {"<=", Op::LessEqual},
                                         {">=", Op::GreaterEqual},
                                         {"=", Op::Equal},
                                         {"<", Op::Less},
                                         {">", Op::Greater}}};

bool isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::optional<double> numberFrom(std::string_view text) {
    if (text == "true")
        return 1.0;
    if (text == "false")
        return 0.0;
    if (!text.empty() && text.front() == '+')
        text.remove_prefix(1);
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace

struct QueryParser {
    explicit QueryParser(std::string_view text_)
        : text(text_) {}

    std::string_view text;
    std::size_t at = 0;
    ParsedQuery result;

    bool atEnd() const { return at >= text.size(); }
    bool startsOperator(std::size_t i) const {
        return i < text.size() && (text[i] == '=' || text[i] == '<' || text[i] == '>' ||
                                   (text[i] == '!' && i + 1 < text.size() && text[i + 1] == '='));
    }
    void skipSpaces() {
        while (!atEnd() && isSpace(text[at]))
            ++at;
    }
    void skipTerm() {
        while (!atEnd() && !isSpace(text[at]))
            ++at;
    }
    void issue(std::size_t position, const std::string& sentence) {
        result.issues.push_back({position, fmt::format("position {}: {}", position + 1, sentence)});
    }

    /// "text" with the quotes taken off; nullopt after an issue.
    std::optional<std::string> quoted() {
        const std::size_t start = at++;
        const std::size_t end = text.find('"', at);
        if (end == std::string_view::npos) {
            issue(start, "the quotation mark is not closed");
            at = text.size();
            return std::nullopt;
        }
        const std::string inside(text.substr(at, end - at));
        at = end + 1;
        return inside;
    }

    std::optional<std::string> value() {
        if (!atEnd() && text[at] == '"')
            return quoted();
        const std::size_t start = at;
        skipTerm();
        return std::string(text.substr(start, at - start));
    }

    void parse() {
        for (skipSpaces(); !atEnd(); skipSpaces())
            term();
    }

    void term() {
        QueryTerm term;
        const std::size_t start = at;
        if (text[at] == '-') {
            term.negated = true;
            ++at;
            if (atEnd() || isSpace(text[at])) {
                issue(start, "a term is missing after '-'");
                return;
            }
        }
        if (text[at] == '"') {
            if (const auto words = quoted())
                add(term, Field::Word, {lowerCase(*words)});
            return;
        }
        const std::size_t keyStart = at;
        while (!atEnd() && !isSpace(text[at]) && text[at] != ':' && text[at] != '"' &&
               !startsOperator(at))
            ++at;
        const std::string key(text.substr(keyStart, at - keyStart));
        if (!atEnd() && text[at] == ':') {
            colonTerm(term, key, keyStart);
            return;
        }
        const std::size_t keyEnd = at;
        skipSpaces();
        if (startsOperator(at)) {
            comparison(term, key, keyStart);
            return;
        }
        at = keyEnd;
        if (key.empty() || (!atEnd() && text[at] == '"')) {
            issue(at, "a quotation mark may only begin a word or a value");
            at = text.size();
            return;
        }
        add(term, Field::Word, {lowerCase(key)});
    }

    void colonTerm(QueryTerm term, const std::string& key, std::size_t keyStart) {
        const auto found = std::find_if(kFields.begin(), kFields.end(), [&](const FieldName& f) {
            return f.name == lowerCase(key);
        });
        if (found == kFields.end()) {
            issue(keyStart,
                  fmt::format("'{}:' is not a field; allowed are kind:, operator:, dataset:, tag:, "
                              "state:, comparisons such as test/accuracy>0.95, and words (put "
                              "words with a colon in quotation marks)",
                              key));
            skipTerm();
            return;
        }
        ++at;
        const std::size_t valueStart = at;
        const auto text_ = value();
        if (!text_)
            return;
        std::vector<std::string> texts;
        std::size_t begin = 0;
        const std::string lower = lowerCase(*text_);
        for (;;) {
            const std::size_t comma = lower.find(',', begin);
            const std::string part = lower.substr(begin, comma - begin);
            if (part.empty()) {
                issue(valueStart + begin, fmt::format("a value is missing after '{}:'", key));
                return;
            }
            if (found->field == Field::State && !runStatusFromString(part)) {
                std::vector<std::string_view> names;
                for (const RunStatus status : allRunStatuses())
                    names.push_back(nameOf(status));
                issue(valueStart + begin, fmt::format("'{}' is not a state; allowed are {}", part,
                                                      fmt::join(names, ", ")));
                return;
            }
            texts.push_back(part);
            if (comma == std::string::npos)
                break;
            begin = comma + 1;
        }
        add(term, found->field, std::move(texts));
    }

    void comparison(QueryTerm term, const std::string& key, std::size_t keyStart) {
        const std::size_t opStart = at;
        const auto op = std::find_if(kOps.begin(), kOps.end(), [&](const OpName& o) {
            return text.substr(at, o.name.size()) == o.name;
        });
        at += op->name.size();
        if (key.empty()) {
            issue(keyStart, fmt::format("the name of a parameter or metric is missing before '{}'",
                                        op->name));
            skipTerm();
            return;
        }
        if (startsOperator(at)) {
            issue(opStart, fmt::format("'{}{}' is not an operator; allowed are = != < <= > >=",
                                       op->name, text[at]));
            skipTerm();
            return;
        }
        skipSpaces();
        const std::size_t valueStart = at;
        const auto wanted = value();
        if (!wanted)
            return;
        if (wanted->empty()) {
            issue(valueStart, fmt::format("a value is missing after '{}'", op->name));
            return;
        }
        term.op = op->op;
        term.key = key;
        term.number = numberFrom(lowerCase(*wanted));
        const bool isColumn = std::find(kColumns.begin(), kColumns.end(), key) != kColumns.end();
        const bool ordered = op->op != Op::Equal && op->op != Op::NotEqual;
        if ((!term.number || std::isnan(*term.number)) && (ordered || isColumn)) {
            issue(valueStart, fmt::format("'{}' is not a number; {} needs one", *wanted,
                                          isColumn ? key : std::string(op->name)));
            return;
        }
        if (key.rfind("config.", 0) == 0) {
            term.key = key.substr(7);
            term.parametersOnly = true;
        }
        add(term, isColumn ? Field::Column : Field::Value, {lowerCase(*wanted)});
    }

    void add(QueryTerm term, Field field, std::vector<std::string> texts) {
        term.field = field;
        term.texts = std::move(texts);
        result.query.terms_.push_back(std::move(term));
    }
};

RunQuery RunQuery::of(QueryTerm term) {
    RunQuery query;
    query.terms_.push_back(std::move(term));
    return query;
}

bool compareNumbers(double stored, Op op, double wanted) {
    if (std::isnan(stored) || std::isnan(wanted))
        return op == Op::Equal ? std::isnan(stored) && std::isnan(wanted)
                               : op == Op::NotEqual && std::isnan(stored) != std::isnan(wanted);
    switch (op) {
    case Op::Equal:
        return stored == wanted;
    case Op::NotEqual:
        return stored != wanted;
    case Op::Less:
        return stored < wanted;
    case Op::LessEqual:
        return stored <= wanted;
    case Op::Greater:
        return stored > wanted;
    case Op::GreaterEqual:
        return stored >= wanted;
    }
    return false;
}

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

ParsedQuery parseRunQuery(std::string_view text) {
    QueryParser parser(text);
    parser.parse();
    return std::move(parser.result);
}

} // namespace inlay::engine

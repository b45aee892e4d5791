#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

struct Token {
    enum class Type { End, Word, Text, Open, Close };
    Type type = Type::End;
    std::string_view text;
    std::int64_t line = 0;
};

/// Words, quoted texts and brackets; '#' at the start of a line opens a comment.
class GmlLexer {
public:
    GmlLexer(const std::string& path, std::string_view text)
        : path_(path)
        , text_(text) {}

    Token next() {
        skipBlanks();
        if (at_ >= text_.size())
            return {Token::Type::End, {}, line_};
        const std::size_t begin = at_;
        const char c = text_[at_];
        if (c == '[' || c == ']') {
            ++at_;
            return {c == '[' ? Token::Type::Open : Token::Type::Close, text_.substr(begin, 1),
                    line_};
        }
        if (c == '"') {
            const std::int64_t line = line_;
            const std::size_t end = text_.find('"', begin + 1);
            if (end == std::string_view::npos)
                throw Error(fmt::format("{}, line {}: a quote is not closed.", path_, line));
            const std::string_view quoted = text_.substr(begin + 1, end - begin - 1);
            line_ += std::count(quoted.begin(), quoted.end(), '\n');
            at_ = end + 1;
            return {Token::Type::Text, quoted, line};
        }
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n[]\"").find(text_[at_]) == std::string_view::npos)
            ++at_;
        return {Token::Type::Word, text_.substr(begin, at_ - begin), line_};
    }

private:
    void skipBlanks() {
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\n')
                ++line_;
            else if (c == '#')
                at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
            else if (c != ' ' && c != '\t' && c != '\r')
                return;
        }
    }

    const std::string& path_;
    std::string_view text_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
};

class GmlReader {
public:
    explicit GmlReader(const std::string& path)
        : path_(path)
        , text_(readTextFile(path))
        , lexer_(path_, text_) {
        data_.path = path;
        data_.undirected = true;
    }

    GraphData read() {
        bool graph = false;
        for (Token key = lexer_.next(); key.type != Token::Type::End; key = lexer_.next()) {
            expectKey(key);
            const Token value = lexer_.next();
            if (key.text == "graph" && value.type == Token::Type::Open) {
                graph = true;
                readBody();
            } else if (value.type == Token::Type::Open) {
                skipList(value.line);
            }
        }
        if (!graph)
            throw Error(fmt::format("{} holds no graph [ … ]; it is not a GML file.", path_));
        for (const auto& [from, to, weight, line] : edges_)
            data_.entries.push_back({nodeOf(from, line), nodeOf(to, line), weight, line});
        if (std::all_of(data_.truth.begin(), data_.truth.end(),
                        [](const std::string& value) { return value.empty(); }))
            data_.truth.clear();
        return std::move(data_);
    }

private:
    struct Edge {
        std::int64_t from = 0;
        std::int64_t to = 0;
        double weight = 1;
        std::int64_t line = 0;
    };

    void expectKey(const Token& token) const {
        if (token.type != Token::Type::Word)
            throw Error(fmt::format("{}, line {}: \"{}\" stands where a key is expected.", path_,
                                    token.line, token.text));
    }

    void readBody() {
        for (Token key = lexer_.next(); key.type != Token::Type::Close; key = lexer_.next()) {
            if (key.type == Token::Type::End)
                throw Error(fmt::format("{} ends inside its graph: a ] is missing.", path_));
            expectKey(key);
            const Token value = lexer_.next();
            if (key.text == "node" && value.type == Token::Type::Open)
                readNode(value.line);
            else if (key.text == "edge" && value.type == Token::Type::Open)
                readEdge(value.line);
            else if (key.text == "directed")
                data_.undirected = value.text == "0";
            else if (value.type == Token::Type::Open)
                skipList(value.line);
        }
    }

    template <class Take>
    void readList(std::int64_t line, Take take) {
        for (Token key = lexer_.next(); key.type != Token::Type::Close; key = lexer_.next()) {
            if (key.type == Token::Type::End)
                throw Error(
                    fmt::format("{}, line {}: the list that opens here has no ].", path_, line));
            expectKey(key);
            const Token value = lexer_.next();
            if (value.type == Token::Type::Open)
                skipList(value.line);
            else
                take(key.text, value);
        }
    }

    void skipList(std::int64_t line) {
        readList(line, [](std::string_view, const Token&) {});
    }

    std::int64_t integer(std::string_view key, const Token& value) const {
        const auto number = parseInteger(value.text);
        if (!number)
            throw Error(fmt::format("{}, line {}: {} is {}, a whole number is needed.", path_,
                                    value.line, key, value.text));
        return *number;
    }

    void readNode(std::int64_t line) {
        std::optional<std::int64_t> id;
        std::string label;
        std::string truth;
        readList(line, [&](std::string_view key, const Token& value) {
            if (key == "id")
                id = integer(key, value);
            else if (key == "label")
                label = std::string(value.text);
            else if (key == "value")
                truth = std::string(value.text);
        });
        if (!id)
            throw Error(fmt::format("{}, line {}: a node without an id.", path_, line));
        const auto index = static_cast<std::int32_t>(data_.labels.size());
        if (!nodes_.try_emplace(*id, index).second)
            throw Error(
                fmt::format("{}, line {}: the node id {} is there twice.", path_, line, *id));
        data_.labels.push_back(label.empty() ? std::to_string(*id) : label);
        data_.truth.push_back(truth);
    }

    void readEdge(std::int64_t line) {
        std::optional<std::int64_t> from;
        std::optional<std::int64_t> to;
        double weight = 1;
        readList(line, [&](std::string_view key, const Token& value) {
            if (key == "source")
                from = integer(key, value);
            else if (key == "target")
                to = integer(key, value);
            else if (key == "value" || key == "weight")
                weight = parseNumber(value.text).value_or(1);
        });
        if (!from || !to)
            throw Error(
                fmt::format("{}, line {}: an edge needs a source and a target.", path_, line));
        edges_.push_back({*from, *to, weight, line});
    }

    std::int32_t nodeOf(std::int64_t id, std::int64_t line) const {
        const auto found = nodes_.find(id);
        if (found == nodes_.end())
            throw Error(
                fmt::format("{}, line {}: an edge names the node {}, which is not in the file.",
                            path_, line, id));
        return found->second;
    }

    const std::string path_;
    const std::string text_;
    GmlLexer lexer_;
    GraphData data_;
    std::unordered_map<std::int64_t, std::int32_t> nodes_;
    std::vector<Edge> edges_;
};

} // namespace

GraphData readGml(const std::string& path) {
    return GmlReader(path).read();
}

} // namespace inlay::engine

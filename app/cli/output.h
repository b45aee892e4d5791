#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/runner/executor.h"
#include "engine/schema/issue.h"

namespace inlay::app {

/// Where results go: JSON lines on standard output with --json, sentences and tables otherwise.
/// Sentences for people always go to standard error.

/// One JSON line on standard output, flushed.
void printJson(const engine::Json& line);
/// One sentence on standard error.
void printSentence(const std::string& text);

/// Says what is wrong with the input (sentences, and the error object with `json`) and returns
/// exit code 2.
int badInput(const std::vector<engine::Issue>& issues, bool json);
int badInput(const std::string& message, bool json);

/// A table with left-aligned text and right-aligned number columns.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> headers);
    void add(std::vector<std::string> cells);
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// Metrics as one JSON object.
engine::Json metricsJson(const engine::Metrics& metrics);
/// {"run", "state", "seconds", "metrics"} (and "message" when there is one).
engine::Json resultJson(const engine::ExecuteResult& result);

/// "98.34 %", "12.4 ms", "1.97 M": a metric for people, by its name and unit.
std::string metricText(const std::string& name, double value, const std::string& unit = "");
/// "1 h 2 min", "3.4 s".
std::string durationText(double seconds);
/// "1.23 M"
std::string countText(double value);
/// "1 run", "12 runs".
std::string counted(std::size_t count, const std::string& one, const std::string& many);

} // namespace inlay::app

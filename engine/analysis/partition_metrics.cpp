#include "engine/analysis/partition_metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <unordered_map>

namespace inlay::engine {
namespace {

/// Parts in order of appearance.
std::vector<std::int32_t> numbered(Labels labels, std::vector<std::int64_t>& sizes) {
    std::unordered_map<std::int32_t, std::int32_t> known;
    std::vector<std::int32_t> parts;
    parts.reserve(labels.size());
    for (const std::int32_t label : labels) {
        auto part = static_cast<std::int32_t>(sizes.size());
        if (label >= 0)
            part = known.try_emplace(label, part).first->second;
        if (static_cast<std::size_t>(part) == sizes.size())
            sizes.push_back(0);
        ++sizes[static_cast<std::size_t>(part)];
        parts.push_back(part);
    }
    return parts;
}

double pairs(std::int64_t n) {
    return static_cast<double>(n) * static_cast<double>(n - 1) / 2;
}

double entropy(const std::vector<std::int64_t>& sizes, double total) {
    double h = 0;
    for (const std::int64_t size : sizes)
        h -= static_cast<double>(size) / total * std::log(static_cast<double>(size) / total);
    return h;
}

double mutualInformation(const Contingency& table) {
    const auto n = static_cast<double>(table.total);
    double information = 0;
    for (const Contingency::Cell& cell : table.cells) {
        const auto count = static_cast<double>(cell.count);
        const auto row = static_cast<double>(table.rows[static_cast<std::size_t>(cell.row)]);
        const auto column =
            static_cast<double>(table.columns[static_cast<std::size_t>(cell.column)]);
        information += count / n * std::log(count * n / (row * column));
    }
    return information;
}

/// Of two partitions with these part sizes, all arrangements being equally likely.
double expectedInformation(const Contingency& table) {
    const std::int64_t n = table.total;
    std::vector<double> logFactorial(static_cast<std::size_t>(n) + 1);
    for (std::size_t i = 1; i < logFactorial.size(); ++i)
        logFactorial[i] = logFactorial[i - 1] + std::log(static_cast<double>(i));
    const auto factorial = [&](std::int64_t i) {
        return logFactorial[static_cast<std::size_t>(i)];
    };
    const auto total = static_cast<double>(n);
    double expected = 0;
    for (const std::int64_t a : table.rows)
        for (const std::int64_t b : table.columns) {
            const double fixed =
                factorial(a) + factorial(b) + factorial(n - a) + factorial(n - b) - factorial(n);
            for (std::int64_t both = std::max<std::int64_t>(1, a + b - n); both <= std::min(a, b);
                 ++both) {
                const auto count = static_cast<double>(both);
                const double chance = std::exp(fixed - factorial(both) - factorial(a - both) -
                                               factorial(b - both) - factorial(n - a - b + both));
                expected +=
                    count / total *
                    std::log(total * count / (static_cast<double>(a) * static_cast<double>(b))) *
                    chance;
            }
        }
    return expected;
}

} // namespace

Contingency contingency(Labels a, Labels b) {
    assert(a.size() == b.size());
    Contingency table;
    const std::vector<std::int32_t> rows = numbered(a, table.rows);
    const std::vector<std::int32_t> columns = numbered(b, table.columns);
    std::map<std::pair<std::int32_t, std::int32_t>, std::int64_t> counts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        ++counts[{rows[i], columns[i]}];
    for (const auto& [cell, count] : counts)
        table.cells.push_back({cell.first, cell.second, count});
    table.total = static_cast<std::int64_t>(a.size());
    return table;
}

double adjustedRandIndex(Labels a, Labels b) {
    const Contingency table = contingency(a, b);
    double together = 0;
    for (const Contingency::Cell& cell : table.cells)
        together += pairs(cell.count);
    double inA = 0;
    for (const std::int64_t size : table.rows)
        inA += pairs(size);
    double inB = 0;
    for (const std::int64_t size : table.columns)
        inB += pairs(size);
    const double all = pairs(table.total);
    const double expected = all > 0 ? inA * inB / all : 0;
    const double largest = (inA + inB) / 2;
    // Both trivial in the same way: every pair together, or none.
    return largest == expected ? 1 : (together - expected) / (largest - expected);
}

double normalizedMutualInformation(Labels a, Labels b) {
    const Contingency table = contingency(a, b);
    const auto n = static_cast<double>(table.total);
    if (table.total == 0)
        return 1;
    const double sum = entropy(table.rows, n) + entropy(table.columns, n);
    return sum <= 0 ? 1 : 2 * mutualInformation(table) / sum;
}

double adjustedMutualInformation(Labels a, Labels b) {
    const Contingency table = contingency(a, b);
    if (table.total == 0 || (table.rows.size() == 1 && table.columns.size() == 1))
        return 1;
    const auto n = static_cast<double>(table.total);
    const double expected = expectedInformation(table);
    const double mean = (entropy(table.rows, n) + entropy(table.columns, n)) / 2;
    // Nothing is left to chance where every item is a part of its own in both.
    const double room = mean - expected;
    if (std::abs(room) < 1e-12)
        return table.cells.size() == table.rows.size() ? 1 : 0;
    return (mutualInformation(table) - expected) / room;
}

VMeasure vMeasure(Labels truth, Labels found) {
    const Contingency table = contingency(truth, found);
    const auto n = static_cast<double>(table.total);
    VMeasure measure;
    if (table.total == 0)
        return measure;
    const double information = mutualInformation(table);
    const double hTruth = entropy(table.rows, n);
    const double hFound = entropy(table.columns, n);
    measure.homogeneity = hTruth > 0 ? information / hTruth : 1;
    measure.completeness = hFound > 0 ? information / hFound : 1;
    const double sum = measure.homogeneity + measure.completeness;
    measure.v = sum > 0 ? 2 * measure.homogeneity * measure.completeness / sum : 0;
    return measure;
}

double modularity(std::span<const std::pair<std::int32_t, std::int32_t>> edges, Labels labels) {
    if (edges.empty())
        return 0;
    std::vector<std::int64_t> sizes;
    const std::vector<std::int32_t> parts = numbered(labels, sizes);
    std::vector<double> degrees(sizes.size());
    double inside = 0;
    for (const auto& [a, b] : edges) {
        const std::int32_t partA = parts[static_cast<std::size_t>(a)];
        const std::int32_t partB = parts[static_cast<std::size_t>(b)];
        degrees[static_cast<std::size_t>(partA)] += 1;
        degrees[static_cast<std::size_t>(partB)] += 1;
        inside += partA == partB;
    }
    const auto m = static_cast<double>(edges.size());
    double q = inside / m;
    for (const double degree : degrees)
        q -= degree / (2 * m) * (degree / (2 * m));
    return q;
}

std::vector<bool> exactlyRecovered(Labels truth, Labels found) {
    std::int32_t parts = 0;
    for (const std::int32_t label : truth)
        parts = std::max(parts, label + 1);
    std::vector<bool> exact(static_cast<std::size_t>(parts));
    const Contingency table = contingency(truth, found);
    // Rows of the table are numbered by appearance; labels name them.
    std::vector<std::int64_t> unused;
    const std::vector<std::int32_t> rows = numbered(truth, unused);
    std::vector<std::int32_t> labelOf(table.rows.size(), -1);
    for (std::size_t i = 0; i < rows.size(); ++i)
        labelOf[static_cast<std::size_t>(rows[i])] = truth[i];
    std::vector<bool> grouped(table.columns.size());
    std::vector<std::int64_t> sizes;
    const std::vector<std::int32_t> columns = numbered(found, sizes);
    for (std::size_t i = 0; i < columns.size(); ++i)
        grouped[static_cast<std::size_t>(columns[i])] = found[i] >= 0;
    for (const Contingency::Cell& cell : table.cells) {
        const std::int32_t label = labelOf[static_cast<std::size_t>(cell.row)];
        if (label >= 0 && grouped[static_cast<std::size_t>(cell.column)] &&
            cell.count == table.rows[static_cast<std::size_t>(cell.row)] &&
            cell.count == table.columns[static_cast<std::size_t>(cell.column)])
            exact[static_cast<std::size_t>(label)] = true;
    }
    return exact;
}

} // namespace inlay::engine

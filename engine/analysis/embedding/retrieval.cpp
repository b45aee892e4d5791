#include "engine/analysis/embedding/retrieval.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace inlay::engine {
namespace {

/// The points that have a label, and where they come from.
struct Labeled {
    std::vector<float> values; // empty: all of them, as they are
    std::vector<std::int32_t> labels;
    std::vector<std::int32_t> origin;
    PointsView view;
};

Labeled labeledOnly(const LabeledPoints& source) {
    assert(static_cast<std::int64_t>(source.labels.size()) == source.points.count);
    Labeled kept;
    for (std::size_t i = 0; i < source.labels.size(); ++i)
        if (source.labels[i] >= 0) {
            kept.labels.push_back(source.labels[i]);
            kept.origin.push_back(static_cast<std::int32_t>(i));
        }
    kept.view = source.points;
    if (kept.labels.size() == source.labels.size())
        return kept;
    const std::int64_t dims = source.points.dimension;
    for (const std::int32_t i : kept.origin)
        kept.values.insert(kept.values.end(), source.points.row(i), source.points.row(i) + dims);
    kept.view = {kept.values, static_cast<std::int64_t>(kept.labels.size()), dims};
    return kept;
}

/// What one query adds to the shares.
struct QueryScore {
    std::int64_t matches = 0; // R
    std::int64_t firstHit = std::numeric_limits<std::int64_t>::max();
    double rPrecision = 0;
    double averagePrecision = 0;
};

std::vector<std::int64_t> clampedKs(std::vector<std::int64_t> ks, std::int64_t most,
                                    std::vector<std::string>& notes) {
    if (ks.empty())
        ks = {1, 2, 4, 8};
    for (std::int64_t& k : ks) {
        if (k > most)
            notes.push_back(fmt::format("k = {} of recall was reduced to the {} references there "
                                        "are.",
                                        k, most));
        k = std::clamp<std::int64_t>(k, 1, std::max<std::int64_t>(most, 1));
    }
    return ks;
}

std::int32_t majority(std::span<const std::int32_t> index, std::span<const float> distance,
                      const std::vector<std::int32_t>& labels) {
    struct Vote {
        std::int64_t count = 0;
        double closeness = 0;
    };
    std::map<std::int32_t, Vote> votes;
    for (std::size_t j = 0; j < index.size(); ++j) {
        Vote& vote = votes[labels[static_cast<std::size_t>(index[j])]];
        ++vote.count;
        // Of duplicates of the query as much as a float can say.
        vote.closeness += 1 / std::max(static_cast<double>(distance[j]),
                                       static_cast<double>(std::numeric_limits<float>::min()));
    }
    std::int32_t best = -1;
    Vote most;
    for (const auto& [label, vote] : votes)
        if (vote.count > most.count ||
            (vote.count == most.count && vote.closeness > most.closeness)) {
            best = label;
            most = vote;
        }
    return best;
}

using Indices = std::span<const std::int32_t>;
using Distances = std::span<const float>;

/// The label that vote(neighbors, their distances) gives each query.
template <class Vote>
std::vector<std::int32_t> votedLabels(const Labeled& among, PointsView queries, std::int64_t k,
                                      OwnMatch ownMatch, const KeepGoing& keepGoing, Vote&& vote) {
    std::vector<std::int32_t> predicted(static_cast<std::size_t>(queries.count), -1);
    if (among.view.count == 0)
        return predicted;
    const bool leaveOut = ownMatch == OwnMatch::LeaveOut;
    // Its own reference is one more neighbor, to be left out by its number.
    visitNeighbors(among.view, queries, leaveOut ? k + 1 : k, OwnMatch::Keep, keepGoing,
                   [&](std::int64_t query, Indices index, Distances distance) {
                       std::vector<std::int32_t> others;
                       std::vector<float> distances;
                       for (std::size_t j = 0;
                            j < index.size() && static_cast<std::int64_t>(others.size()) < k; ++j) {
                           if (leaveOut &&
                               among.origin[static_cast<std::size_t>(index[j])] == query)
                               continue;
                           others.push_back(index[j]);
                           distances.push_back(distance[j]);
                       }
                       predicted[static_cast<std::size_t>(query)] = vote(others, distances);
                   });
    return predicted;
}

/// `distance` is that of rows of length 1.
std::int32_t softMajority(Indices index, Distances distance, double temperature,
                          const std::vector<std::int32_t>& labels) {
    std::map<std::int32_t, double> votes;
    for (std::size_t j = 0; j < index.size(); ++j) {
        // The cosine less 1.
        const double below = -0.5 * static_cast<double>(distance[j]) * distance[j];
        votes[labels[static_cast<std::size_t>(index[j])]] += std::exp(below / temperature);
    }
    const auto best =
        std::max_element(votes.begin(), votes.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return best == votes.end() ? -1 : best->first;
}

} // namespace

double averagePrecisionAtR(std::span<const std::uint8_t> hits, std::int64_t r) {
    double sum = 0;
    std::int64_t found = 0;
    for (std::int64_t i = 0; i < r; ++i)
        if (hits[static_cast<std::size_t>(i)] != 0)
            sum += static_cast<double>(++found) / static_cast<double>(i + 1);
    return r > 0 ? sum / static_cast<double>(r) : 0;
}

RetrievalMetrics retrievalMetrics(const LabeledPoints& references, const LabeledPoints& queries,
                                  OwnMatch ownMatch, const std::vector<std::int64_t>& ks,
                                  const KeepGoing& keepGoing) {
    RetrievalMetrics metrics;
    const Labeled among = labeledOnly(references);
    const bool leaveOut = ownMatch == OwnMatch::LeaveOut;
    const Labeled asked = leaveOut ? Labeled() : labeledOnly(queries);
    const PointsView askedView = leaveOut ? among.view : asked.view;
    const std::vector<std::int32_t>& askedLabels = leaveOut ? among.labels : asked.labels;
    std::map<std::int32_t, std::int64_t> sizes;
    for (const std::int32_t label : among.labels)
        ++sizes[label];
    std::vector<QueryScore> scores(askedLabels.size());
    std::int64_t largest = 0;
    for (std::size_t q = 0; q < scores.size(); ++q) {
        const auto found = sizes.find(askedLabels[q]);
        if (found != sizes.end())
            scores[q].matches = found->second - (leaveOut ? 1 : 0);
        largest = std::max(largest, scores[q].matches);
    }
    const std::int64_t most = std::max<std::int64_t>(among.view.count - (leaveOut ? 1 : 0), 0);
    metrics.ks = clampedKs(ks, most, metrics.notes);
    metrics.recall.assign(metrics.ks.size(), 0.0);
    metrics.withoutMatch = queries.points.count;
    if (largest == 0) {
        metrics.notes.emplace_back("no repeated labels");
        return metrics;
    }
    const std::int64_t k =
        std::max(largest, *std::max_element(metrics.ks.begin(), metrics.ks.end()));
    const auto judge = [&](std::int64_t query, std::span<const std::int32_t> index,
                           std::span<const float>) {
        QueryScore& score = scores[static_cast<std::size_t>(query)];
        const std::int32_t label = askedLabels[static_cast<std::size_t>(query)];
        std::vector<std::uint8_t> hits(index.size());
        std::int64_t inR = 0;
        for (std::size_t j = 0; j < index.size(); ++j) {
            hits[j] = among.labels[static_cast<std::size_t>(index[j])] == label ? 1 : 0;
            const auto place = static_cast<std::int64_t>(j);
            if (hits[j] != 0) {
                score.firstHit = std::min(score.firstHit, place);
                inR += place < score.matches ? 1 : 0;
            }
        }
        if (score.matches == 0)
            return;
        score.rPrecision = static_cast<double>(inR) / static_cast<double>(score.matches);
        score.averagePrecision = averagePrecisionAtR(hits, score.matches);
    };
    metrics.cancelled = !visitNeighbors(among.view, askedView, k, ownMatch, keepGoing, judge);
    if (metrics.cancelled)
        return metrics;
    for (const QueryScore& score : scores) {
        if (score.matches == 0)
            continue;
        ++metrics.queries;
        metrics.rPrecision += score.rPrecision;
        metrics.mapAtR += score.averagePrecision;
        for (std::size_t i = 0; i < metrics.ks.size(); ++i)
            metrics.recall[i] += score.firstHit < metrics.ks[i] ? 1 : 0;
    }
    metrics.withoutMatch = queries.points.count - metrics.queries;
    const auto counted = static_cast<double>(metrics.queries);
    metrics.rPrecision /= counted;
    metrics.mapAtR /= counted;
    for (double& share : metrics.recall)
        share /= counted;
    return metrics;
}

std::vector<double> recallAt(const LabeledPoints& points, const std::vector<std::int64_t>& ks,
                             const KeepGoing& keepGoing) {
    const Labeled among = labeledOnly(points);
    std::map<std::int32_t, std::int64_t> sizes;
    for (const std::int32_t label : among.labels)
        ++sizes[label];
    if (among.view.count < 2)
        return {};
    constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> firstHit(among.labels.size(), kNever);
    const std::int64_t k = *std::max_element(ks.begin(), ks.end());
    const bool isWhole =
        visitNeighbors(among.view, among.view, k, OwnMatch::LeaveOut, keepGoing,
                       [&](std::int64_t query, Indices index, Distances) {
                           const std::int32_t own = among.labels[static_cast<std::size_t>(query)];
                           const auto hit =
                               std::find_if(index.begin(), index.end(), [&](std::int32_t other) {
                                   return among.labels[static_cast<std::size_t>(other)] == own;
                               });
                           if (hit != index.end())
                               firstHit[static_cast<std::size_t>(query)] = hit - index.begin();
                       });
    std::vector<double> recall(ks.size(), 0.0);
    double queries = 0;
    for (std::size_t i = 0; i < firstHit.size(); ++i) {
        if (sizes[among.labels[i]] < 2)
            continue;
        ++queries;
        for (std::size_t at = 0; at < ks.size(); ++at)
            recall[at] += firstHit[i] < ks[at] ? 1 : 0;
    }
    if (!isWhole || queries == 0)
        return {};
    for (double& share : recall)
        share /= queries;
    return recall;
}

std::vector<std::int32_t> neighborLabels(const LabeledPoints& references, PointsView queries,
                                         std::int64_t k, OwnMatch ownMatch,
                                         const KeepGoing& keepGoing) {
    const Labeled among = labeledOnly(references);
    return votedLabels(
        among, queries, k, ownMatch, keepGoing,
        [&](Indices index, Distances distance) { return majority(index, distance, among.labels); });
}

std::vector<std::int32_t> softNeighborLabels(const LabeledPoints& references, PointsView queries,
                                             std::int64_t k, double temperature, OwnMatch ownMatch,
                                             const KeepGoing& keepGoing) {
    Labeled among = labeledOnly(references);
    among.values = normalizedRows(among.view);
    among.view = {among.values, among.view.count, among.view.dimension};
    const std::vector<float> rows = normalizedRows(queries);
    return votedLabels(among, {rows, queries.count, queries.dimension}, k, ownMatch, keepGoing,
                       [&](Indices index, Distances distance) {
                           return softMajority(index, distance, temperature, among.labels);
                       });
}

double neighborAccuracy(std::span<const std::int32_t> predicted,
                        std::span<const std::int32_t> labels) {
    assert(predicted.size() == labels.size());
    std::int64_t right = 0;
    std::int64_t counted = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] >= 0) {
            ++counted;
            right += predicted[i] == labels[i] ? 1 : 0;
        }
    return counted > 0 ? static_cast<double>(right) / static_cast<double>(counted) : 0;
}

} // namespace inlay::engine

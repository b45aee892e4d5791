#include "engine/experiments/online_ranking/replay.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/comparison_file.h"
#include "engine/interop/ranking_feedback.h"

namespace inlay::engine::online_ranking {
namespace {

constexpr std::int64_t kMostRounds = 100'000'000;

ReplayData fromOrders(const PreflibFile& file) {
    ReplayData data;
    data.items = file.alternatives;
    data.unit = false;
    const auto last = static_cast<double>(data.items.size() - 1);
    if (file.voters() > kMostRounds)
        throw Error(fmt::format("the file has {} voters, allowed are {} rounds", file.voters(),
                                kMostRounds));
    for (const PreflibOrder& order : file.orders) {
        Feedback feedback;
        std::vector<char> ranked(data.items.size(), 0);
        double place = 0;
        const auto add = [&](const std::vector<std::int32_t>& group) {
            const auto size = static_cast<double>(group.size());
            for (const std::int32_t item : group) {
                feedback.add(item, 1 - (place + (size - 1) / 2) / last);
                ranked[static_cast<std::size_t>(item)] = 1;
            }
            place += size;
        };
        for (const auto& group : order.groups)
            add(group);
        std::vector<std::int32_t> rest;
        for (std::size_t i = 0; i < ranked.size(); ++i)
            if (!ranked[i])
                rest.push_back(static_cast<std::int32_t>(i));
        add(rest);
        data.rounds.insert(data.rounds.end(), static_cast<std::size_t>(order.count),
                           static_cast<std::int32_t>(data.distinct.size()));
        data.distinct.push_back(std::move(feedback));
    }
    return data;
}

} // namespace

ReplayData readReplay(const ReplayConfig& config) {
    const std::string path = config.path.string();
    const RankingContent content = rankingContentOf(path);
    if (content.isPairwise || content.type == PreflibType::Wmd)
        throw Error(fmt::format("{} holds {}, which gives no rounds; allowed are CSV with "
                                "round,item[,value], .soc, .soi, .toc, .toi, .cat",
                                path, content.isPairwise ? "counts of pairs" : "a matching graph"));
    if (content.type == PreflibType::Cat)
        return fromOrders(ordersOf(readPreflibCategories(path), Unranked::Incomparable));
    if (content.type)
        return fromOrders(readPreflib(path));
    FeedbackTable table = readFeedback(path, config.rescale ? Rescale::Yes : Rescale::No);
    ReplayData data;
    data.items = std::move(table.items);
    data.scale = table.scale;
    for (FeedbackRound& round : table.rounds) {
        for (const double value : round.values)
            data.unit = data.unit && value == 1;
        data.rounds.push_back(static_cast<std::int32_t>(data.distinct.size()));
        Feedback feedback;
        feedback.items = std::move(round.items);
        feedback.values = std::move(round.values);
        data.distinct.push_back(std::move(feedback));
    }
    return data;
}

} // namespace inlay::engine::online_ranking

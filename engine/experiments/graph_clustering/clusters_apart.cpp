#include "engine/experiments/graph_clustering/clusters_apart.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inlay::engine::graph_clustering {
namespace {

constexpr int kMostRefinements = 20;

class Search {
public:
    Search(const std::vector<NodeSet>& supports, double least, double doubt)
        : supports_(supports)
        , least_(std::max(2.0, least))
        , doubt_(doubt)
        , done_(supports.size()) {}

    ClustersApart run() {
        std::vector<std::int32_t> order(supports_.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
            return supportOf(a).size() > supportOf(b).size();
        });
        ClustersApart found;
        for (const std::int32_t node : order) {
            if (done_[static_cast<std::size_t>(node)] || isSmall(supportOf(node)))
                continue;
            const NodeSet set = majority(supportOf(node));
            if (!isSmall(set))
                take(set, found);
            // What does not stand apart from here does not from its other members either.
            done_[static_cast<std::size_t>(node)] = 1;
            for (const std::int32_t member : set)
                done_[static_cast<std::size_t>(member)] = 1;
        }
        sortLargestFirst(found.clusters);
        return found;
    }

private:
    const NodeSet& supportOf(std::int32_t node) const {
        return supports_[static_cast<std::size_t>(node)];
    }
    bool isSmall(const NodeSet& set) const { return static_cast<double>(set.size()) < least_; }

    /// Members of the set that each node is joined to.
    std::vector<std::int64_t> joinedTo(const NodeSet& set) const {
        std::vector<std::int64_t> joined(supports_.size());
        for (const std::int32_t member : set)
            for (const std::int32_t other : supportOf(member))
                ++joined[static_cast<std::size_t>(other)];
        return joined;
    }

    NodeSet majority(NodeSet set) const {
        for (int round = 0; round < kMostRefinements; ++round) {
            const std::vector<std::int64_t> joined = joinedTo(set);
            NodeSet next;
            for (std::size_t j = 0; j < joined.size(); ++j)
                if (!done_[j] && 2 * joined[j] > static_cast<std::int64_t>(set.size()))
                    next.push_back(static_cast<std::int32_t>(j));
            if (next == set || next.empty())
                return next;
            set = std::move(next);
        }
        return set;
    }

    /// Entries of each node's row that would have to change: for a member those missing inside and
    /// those outside, for others those that reach inside.
    std::vector<std::int64_t> disagreements(const NodeSet& set,
                                            const std::vector<char>& inside) const {
        std::vector<std::int64_t> wrong = joinedTo(set);
        for (const std::int32_t member : set) {
            std::int64_t& entries = wrong[static_cast<std::size_t>(member)];
            entries = static_cast<std::int64_t>(set.size()) - entries;
            for (const std::int32_t other : supportOf(member))
                entries += !inside[static_cast<std::size_t>(other)];
        }
        return wrong;
    }

    void take(const NodeSet& set, ClustersApart& found) const {
        const auto most =
            static_cast<std::int64_t>(std::floor(doubt_ * static_cast<double>(set.size())));
        std::vector<char> inside(supports_.size());
        for (const std::int32_t member : set)
            inside[static_cast<std::size_t>(member)] = 1;
        std::vector<std::int64_t> wrong = disagreements(set, inside);
        std::vector<char> inDoubt(supports_.size());
        std::int64_t doubtful = 0;
        for (;; ++doubtful) {
            const auto worst = std::max_element(wrong.begin(), wrong.end());
            if (*worst == 0)
                break;
            if (doubtful == most)
                return;
            const auto node = static_cast<std::size_t>(worst - wrong.begin());
            inDoubt[node] = 1;
            leaveOut(node, inside, inDoubt, wrong);
        }
        NodeSet cluster;
        std::copy_if(set.begin(), set.end(), std::back_inserter(cluster), [&](std::int32_t member) {
            return !inDoubt[static_cast<std::size_t>(member)];
        });
        if (isSmall(cluster))
            return;
        found.doubtful += doubtful;
        found.clusters.push_back(std::move(cluster));
    }

    /// A node in doubt is right, and so is what others' rows say about it.
    void leaveOut(std::size_t node, const std::vector<char>& inside,
                  const std::vector<char>& inDoubt, std::vector<std::int64_t>& wrong) const {
        std::vector<char> joined(supports_.size());
        for (const std::int32_t other : supports_[node])
            joined[static_cast<std::size_t>(other)] = 1;
        for (std::size_t j = 0; j < wrong.size(); ++j)
            // Members have to be joined to a member, nobody else has to be joined to anybody.
            if (!inDoubt[j] && (inside[j] || inside[node]))
                wrong[j] -= joined[j] != (inside[j] && inside[node]);
        wrong[node] = 0;
    }

    const std::vector<NodeSet>& supports_;
    double least_;
    double doubt_;
    std::vector<char> done_;
};

} // namespace

ClustersApart clustersApart(const std::vector<NodeSet>& supports, double least, double doubt) {
    return Search(supports, least, doubt).run();
}

} // namespace inlay::engine::graph_clustering

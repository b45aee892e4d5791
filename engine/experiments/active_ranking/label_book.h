#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/experiments/active_ranking/tournament.h"

namespace inlay::engine::active_ranking {

/// The labels bought so far. A pair may be answered several times (people are asked again in
/// silence); what counts is the sum of its answers.
class LabelBook {
public:
    /// A partner of an item: `net` > 0 says that the item is preferred to it.
    struct Partner {
        Item other = 0;
        float net = 0;
    };

    explicit LabelBook(Item items);

    Item items() const { return static_cast<Item>(partners_.size()); }
    bool isAsked(Item u, Item v) const { return asked_[index(u, v)]; }
    /// Adds `label` (> 0: u preferred; its size is the weight; 0: asked, no preference).
    void add(Item u, Item v, float label);
    /// Pairs that were asked.
    std::int64_t labels() const { return labels_; }
    float net(Item u, Item v) const;
    std::span<const Partner> partners(Item item) const {
        return partners_[static_cast<std::size_t>(item)];
    }

    /// Weight of the labels that an order contradicts.
    double loss(std::span<const Item> order) const;

private:
    std::size_t index(Item u, Item v) const {
        return static_cast<std::size_t>(u) * partners_.size() + static_cast<std::size_t>(v);
    }
    void addTo(Item u, Item v, float label, bool isNew);

    std::vector<std::vector<Partner>> partners_;
    std::vector<bool> asked_;
    std::int64_t labels_ = 0;
};

} // namespace inlay::engine::active_ranking

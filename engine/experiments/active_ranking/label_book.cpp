#include "engine/experiments/active_ranking/label_book.h"

#include <algorithm>

namespace inlay::engine::active_ranking {

LabelBook::LabelBook(Item items)
    : partners_(static_cast<std::size_t>(items))
    , asked_(static_cast<std::size_t>(items) * static_cast<std::size_t>(items), false) {}

void LabelBook::addTo(Item u, Item v, float label, bool isNew) {
    std::vector<Partner>& partners = partners_[static_cast<std::size_t>(u)];
    if (isNew) {
        partners.push_back({v, label});
        return;
    }
    const auto known = std::find_if(partners.begin(), partners.end(),
                                    [&](const Partner& partner) { return partner.other == v; });
    known->net += label;
}

void LabelBook::add(Item u, Item v, float label) {
    const bool isNew = !isAsked(u, v);
    addTo(u, v, label, isNew);
    addTo(v, u, -label, isNew);
    if (!isNew)
        return;
    asked_[index(u, v)] = asked_[index(v, u)] = true;
    ++labels_;
}

float LabelBook::net(Item u, Item v) const {
    if (!isAsked(u, v))
        return 0;
    for (const Partner& partner : partners(u)) {
        if (partner.other == v)
            return partner.net;
    }
    return 0;
}

double LabelBook::loss(std::span<const Item> order) const {
    const std::vector<Item> position = positionsOf(order);
    double wrong = 0;
    for (Item u = 0; u < items(); ++u) {
        for (const Partner& partner : partners(u)) {
            // Each contradicted label is seen once: from the side that was preferred.
            if (partner.net > 0 && position[static_cast<std::size_t>(u)] >
                                       position[static_cast<std::size_t>(partner.other)])
                wrong += partner.net;
        }
    }
    return wrong;
}

} // namespace inlay::engine::active_ranking

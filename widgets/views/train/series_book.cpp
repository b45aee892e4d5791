#include "widgets/views/train/series_book.h"

#include <algorithm>

namespace inlay::widgets {

SeriesBook::Change SeriesBook::apply(const SeriesNews& news) {
    std::shared_ptr<SeriesPoints>& kept = series_[{news.run, news.name}];
    if (!kept)
        kept = std::make_shared<SeriesPoints>();
    else if (kept.use_count() > 1)
        kept = std::make_shared<SeriesPoints>(*kept);
    Change change = Change::None;
    if (news.update.dropFrom) {
        const auto first = std::lower_bound(kept->steps.begin(), kept->steps.end(),
                                            static_cast<double>(*news.update.dropFrom));
        const auto left = static_cast<std::size_t>(first - kept->steps.begin());
        if (left < kept->size())
            change = Change::Replaced;
        kept->steps.resize(left);
        kept->values.resize(left);
        kept->wallMs.resize(left);
    }
    const engine::SeriesData& points = news.update.points;
    kept->steps.insert(kept->steps.end(), points.steps.begin(), points.steps.end());
    kept->values.insert(kept->values.end(), points.values.begin(), points.values.end());
    kept->wallMs.insert(kept->wallMs.end(), points.wallMs.begin(), points.wallMs.end());
    if (change == Change::None && points.size() > 0)
        change = Change::Appended;
    return change;
}

std::shared_ptr<const SeriesPoints> SeriesBook::find(engine::RunId run, const QString& name) const {
    const auto found = series_.find({run, name});
    return found == series_.end() ? nullptr : found->second;
}

QStringList SeriesBook::names(engine::RunId run, const QString& prefix) const {
    QStringList names;
    for (auto it = series_.lower_bound({run, prefix});
         it != series_.end() && it->first.first == run && it->first.second.startsWith(prefix); ++it)
        names << it->first.second;
    return names;
}

} // namespace inlay::widgets

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QStyle>
#include <QVariantAnimation>

#include "widgets/plots/class_legend.h"
#include "widgets/plots/numbers.h"
#include "widgets/views/embeddings/embedding_view.h"

namespace inlay::widgets {
namespace {

/// More classes than this would cover the points with their pictures.
constexpr std::size_t kMostAnchors = 24;
/// More points than this jump from frame to frame.
constexpr std::size_t kMostMoving = 60'000;
/// Trails of a larger selection are a ball of wool.
constexpr std::size_t kMostTrails = 60;

/// Middle of each class: the median along each axis, which strays do not move.
std::vector<CloudAnchor> anchorsOf(const std::vector<float>& places, int dimension,
                                   const std::vector<std::int32_t>& classOf, std::size_t classes) {
    const auto d = static_cast<std::size_t>(dimension);
    std::vector<std::vector<std::uint32_t>> members(classes);
    for (std::uint32_t i = 0; i < classOf.size(); ++i)
        if (classOf[i] >= 0 && static_cast<std::size_t>(classOf[i]) < classes &&
            std::isfinite(places[i * d]))
            members[static_cast<std::size_t>(classOf[i])].push_back(i);
    std::vector<CloudAnchor> anchors;
    std::vector<float> along;
    for (std::size_t c = 0; c < classes; ++c) {
        if (members[c].empty())
            continue;
        CloudAnchor anchor;
        anchor.classIndex = static_cast<int>(c);
        for (std::size_t axis = 0; axis < d; ++axis) {
            along.clear();
            for (const std::uint32_t i : members[c])
                along.push_back(places[i * d + axis]);
            const auto middle = along.begin() + static_cast<std::ptrdiff_t>(along.size() / 2);
            std::nth_element(along.begin(), middle, along.end());
            anchor.place[axis] = *middle;
        }
        anchors.push_back(anchor);
    }
    return anchors;
}

/// The point of a class that lies nearest to its middle.
std::int64_t nearestTo(const CloudAnchor& anchor, const std::vector<float>& places, int dimension,
                       const std::vector<std::int32_t>& classOf) {
    std::int64_t best = -1;
    double least = INFINITY;
    for (std::size_t i = 0; i < classOf.size(); ++i) {
        if (classOf[i] != anchor.classIndex)
            continue;
        double square = 0;
        for (int axis = 0; axis < dimension; ++axis) {
            const double by =
                places[i * static_cast<std::size_t>(dimension) + static_cast<std::size_t>(axis)] -
                anchor.place[static_cast<std::size_t>(axis)];
            square += by * by;
        }
        if (square < least) {
            least = square;
            best = static_cast<std::int64_t>(i);
        }
    }
    return best;
}

} // namespace

/// Frames of one film flow into each other, unless the desktop wants no motion or the points are
/// too many for it.
bool EmbeddingView::moves(const Side& side, const std::vector<float>& places, bool isFrame) const {
    return isFrame && side.cloud->isVisible() && side.cloud->count() <= kMostMoving &&
           style()->styleHint(QStyle::SH_Widget_Animation_Duration) > 0 &&
           side.cloud->points().values != places;
}

void EmbeddingView::showBetween(int index, double at) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    const std::vector<float>& to = side.model->places();
    if (side.from.size() != to.size() || side.cloud->points().values.size() != to.size())
        return;
    std::vector<float> between = to;
    if (at < 1)
        for (std::size_t i = 0; i < to.size(); ++i) {
            const float moved = side.from[i] + static_cast<float>(at) * (to[i] - side.from[i]);
            // Points of another selection have no place to come from.
            if (std::isfinite(moved))
                between[i] = moved;
        }
    side.cloud->setPoints({side.model->dimension(), std::move(between)});
    showAnchors(index);
}

void EmbeddingView::showPlaces(int index) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    const std::vector<float>& places = side.model->places();
    const bool isNew =
        side.cloud->count() * static_cast<std::size_t>(side.cloud->points().dimension) !=
            places.size() ||
        side.cloud->points().dimension != side.model->dimension();
    // A preview has a scale of its own.
    const ProjectedFilm* film = side.model->projected();
    const bool isFrame = film != nullptr && side.model->frame() >= 0 &&
                         &places == &film->places[static_cast<std::size_t>(side.model->frame())];
    side.cloud->setExtent(isFrame ? film->extent : std::vector<Range>());
    side.motion->stop();
    if (moves(side, places, isFrame && !isNew)) {
        side.from = side.cloud->points().values;
        side.motion->setDuration(style()->styleHint(QStyle::SH_Widget_Animation_Duration));
        side.motion->start();
    } else {
        side.cloud->setPoints({side.model->dimension(), places});
    }
    if (isNew)
        showColors(index);
    showTitles(index);
    showAnchors(index);
    showTrails(index);
    if (isNew && !places.empty()) {
        if (pinned_ >= 0)
            pin(pinned_);
        if (!selected_.empty())
            select(selected_);
    }
    if (index == 0) {
        updateTransport();
        showQuality();
    }
}

/// Values of two linked runs have one scale, that of both.
void EmbeddingView::showColors(int index) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    const auto isReady = [](const Side& one) {
        return one.model->film() != nullptr &&
               one.cloud->count() == static_cast<std::size_t>(one.model->film()->count);
    };
    if (!isReady(side))
        return;
    PointColors colors = pointColors(color_, *side.model, side.faces);
    // Those of the frame before stay until these are known: a scale that comes and goes would move
    // the picture.
    if (colors.values.empty() && isByValue(color_) && side.cloud->hasValues())
        return;
    Side& other = sides_[static_cast<std::size_t>(1 - index)];
    if (!colors.values.empty() && isComparing() && isReady(other)) {
        const PointColors its = pointColors(color_, *other.model, other.faces);
        if (!its.values.empty()) {
            colors.range = {std::min(colors.range.low, its.range.low),
                            std::max(colors.range.high, its.range.high)};
            other.cloud->setValues(its.values, its.name, its.format, colors.range);
        }
    }
    if (index == 0) {
        legend_->setClasses(colors.values.empty() ? colors.classes : std::vector<CloudClass>());
        legend_->setIsolated(isolated_);
    }
    side.cloud->setClasses(std::move(colors.classOf), std::move(colors.classes));
    side.cloud->setValues(std::move(colors.values), colors.name, colors.format, colors.range);
    showAnchors(index);
}

void EmbeddingView::showAnchors(int index) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    const EmbeddingFilm* film = side.model->film();
    const std::vector<float>& places = side.cloud->points().values;
    const bool isByClass = color_ == CloudColor::Label || color_ == CloudColor::Predicted;
    const std::size_t classes = side.cloud->classes().size();
    if (film == nullptr || film->labels.size() != side.cloud->count() || places.empty() ||
        !isByClass || classes < 2 || classes > kMostAnchors) {
        side.cloud->setAnchors({});
        return;
    }
    const int dimension = side.cloud->points().dimension;
    std::vector<CloudAnchor> anchors = anchorsOf(places, dimension, film->labels, classes);
    if (side.faces.hasPictures()) {
        // The same faces through the whole film, those of its last frame.
        const ProjectedFilm* projected = side.model->projected();
        const bool hasFrames =
            projected != nullptr && !projected->places.empty() && projected->dimension == dimension;
        const std::vector<float>& last = hasFrames ? projected->places.back() : places;
        const std::vector<CloudAnchor> middles =
            hasFrames ? anchorsOf(last, dimension, film->labels, classes) : anchors;
        for (CloudAnchor& anchor : anchors)
            for (const CloudAnchor& middle : middles)
                if (middle.classIndex == anchor.classIndex)
                    anchor.image =
                        side.faces.image(nearestTo(middle, last, dimension, film->labels));
    }
    side.cloud->setAnchors(std::move(anchors));
}

void EmbeddingView::showTrails(int index) {
    Side& side = sides_[static_cast<std::size_t>(index)];
    const ProjectedFilm* film = side.model->projected();
    std::vector<CloudTrail> trails;
    const int dimension = side.cloud->points().dimension;
    if (trails_->isChecked() && film != nullptr && !side.model->isPreview() &&
        film->dimension == dimension && (index == 0 || isLinked())) {
        PointSet points;
        if (selected_.size() <= kMostTrails)
            points = selected_;
        if (pinned_ >= 0)
            points = combine(points, {static_cast<std::uint32_t>(pinned_)}, SelectionChange::Add);
        for (const std::uint32_t point : points) {
            if (point >= side.cloud->count())
                continue;
            CloudTrail trail;
            trail.point = point;
            for (int frame = 0; frame <= side.model->frame(); ++frame) {
                const auto& places = film->places[static_cast<std::size_t>(frame)];
                const auto from = places.begin() + static_cast<std::ptrdiff_t>(point) * dimension;
                trail.places.insert(trail.places.end(), from, from + dimension);
            }
            trails.push_back(std::move(trail));
        }
    }
    side.cloud->setTrails(std::move(trails));
}

} // namespace inlay::widgets

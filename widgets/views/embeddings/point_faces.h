#pragma once

#include <memory>
#include <optional>

#include <QColor>
#include <QFont>

#include "widgets/plots/point_cloud.h"
#include "widgets/views/embeddings/embedding_film.h"

class QPainter;

namespace inlay::widgets {

/// How a point is shown in panels and cards: by its picture, or by a tile in the color of its
/// class where there are no pictures.
class PointFaces {
public:
    void setFilm(std::shared_ptr<const EmbeddingFilm> film) { film_ = std::move(film); }
    bool hasPictures() const { return film_ && !film_->thumbnails->isEmpty(); }
    /// -1 = none.
    std::int32_t label(std::int64_t point) const;
    /// Name of a label, or its number; empty for -1.
    QString labelName(std::int32_t label) const;
    QString labelOf(std::int64_t point) const { return labelName(label(point)); }
    QImage image(std::int64_t point) const;
    /// "sample 4,207"
    QString name(std::int64_t point) const;

    void paint(QPainter& painter, const QRectF& box, std::int64_t point, const Tokens& tokens,
               const QFont& font, const std::optional<QColor>& frame = {}) const;

    /// One class a label, in the series' styles.
    std::vector<CloudClass> classes() const;

private:
    std::shared_ptr<const EmbeddingFilm> film_;
};

} // namespace inlay::widgets

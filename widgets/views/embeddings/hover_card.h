#pragma once

#include "widgets/views/embeddings/neighborhood.h"
#include "widgets/views/embeddings/point_faces.h"

namespace inlay::widgets {

/// Paints what is known of a point: its face, number, label and predicted label, and the faces of
/// its nearest neighbors in the original space with their distances, those of another label
/// framed. Beside `at`, inside `room`.
void paintHoverCard(QPainter& painter, const QPointF& at, const QRect& room, std::int64_t point,
                    const PointFaces& faces, const std::vector<std::int32_t>& predicted,
                    const Neighborhood* neighborhood, const Tokens& tokens, const QFont& font);

} // namespace inlay::widgets

#pragma once

#include <string>

#include "engine/experiments/embed/embed_source.h"

namespace inlay::engine::embed {

// The picture as files; each throws Error when it cannot be written.

/// Titles point, x, y (z) and, with labels, label.
void writeLayoutCsv(const std::string& path, PointsView layout, const EmbedPoints& points);
void writeLayoutNpy(const std::string& path, PointsView layout);
/// The Embedding Projector's pair: vectors without titles, and one label a line.
void writeLayoutTsv(const std::string& path, PointsView layout);
void writeMetadataTsv(const std::string& path, const EmbedPoints& points);

} // namespace inlay::engine::embed

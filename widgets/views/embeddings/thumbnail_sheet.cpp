#include "widgets/views/embeddings/thumbnail_sheet.h"

#include <cstring>

namespace inlay::widgets {

QImage ThumbnailSheet::image(std::int64_t index) const {
    if (index < 0 || index >= count)
        return {};
    const auto line = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
    QImage image(width, height, channels == 3 ? QImage::Format_RGB888 : QImage::Format_Grayscale8);
    for (int y = 0; y < height; ++y)
        std::memcpy(image.scanLine(y),
                    bytes.data() +
                        (static_cast<std::size_t>(index) * static_cast<std::size_t>(height) +
                         static_cast<std::size_t>(y)) *
                            line,
                    line);
    return image;
}

} // namespace inlay::widgets

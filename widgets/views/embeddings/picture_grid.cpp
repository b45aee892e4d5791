#include "widgets/views/embeddings/picture_grid.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr double kLargest = 72;
constexpr double kSmallest = 22;

} // namespace

PictureGrid::PictureGrid(QWidget* parent)
    : QWidget(parent) {}

void PictureGrid::setPictures(std::vector<Picture> pictures) {
    pictures_ = std::move(pictures);
    QStringList words;
    for (std::size_t i = 0; i < std::min<std::size_t>(pictures_.size(), 12); ++i)
        words << pictures_[i].words;
    setAccessibleDescription(pictures_.empty() ? emptyText_ : words.join(QStringLiteral("; ")));
    update();
}

void PictureGrid::setEmptyText(const QString& text) {
    emptyText_ = text;
    update();
}

void PictureGrid::setCaption(const QString& caption) {
    caption_ = caption;
    update();
}

QSize PictureGrid::sizeHint() const {
    return {scaled(260, font()), scaled(170, font())};
}

QSize PictureGrid::minimumSizeHint() const {
    return {scaled(120, font()), scaled(80, font())};
}

/// The largest side at which all find room, within limits.
PictureGrid::Grid PictureGrid::grid() const {
    Grid grid;
    grid.left = scaled(measure::kViewPadding, font());
    grid.top = scaled(caption_.isEmpty() ? 8 : measure::kPlotTitleHeight, font());
    grid.gap = scaled(5, font());
    const int width = std::max(1, this->width() - 2 * grid.left + grid.gap);
    const int height = std::max(1, this->height() - grid.top - grid.left / 2 + grid.gap);
    const int count = static_cast<int>(pictures_.size());
    for (grid.side = scaled(kLargest, font()); grid.side > scaled(kSmallest, font()); --grid.side) {
        const int columns = std::max(1, width / (grid.side + grid.gap));
        if (columns * (height / (grid.side + grid.gap)) >= count)
            break;
    }
    grid.columns = std::max(1, width / (grid.side + grid.gap));
    grid.shown = std::min(count, grid.columns * std::max(1, height / (grid.side + grid.gap)));
    return grid;
}

QRectF PictureGrid::boxOf(int index, const Grid& grid) const {
    const int row = index / grid.columns;
    return QRectF(grid.left + index % grid.columns * (grid.side + grid.gap),
                  grid.top + row * (grid.side + grid.gap), grid.side, grid.side);
}

void PictureGrid::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& t = tokensOf(this);
    const Fonts fonts = fontsFor(font());
    painter.fillRect(rect(), t.surface);
    const Grid cells = grid();
    painter.setPen(t.muted);
    if (pictures_.empty()) {
        painter.setFont(fonts.body);
        painter.drawText(rect().adjusted(cells.left * 2, 0, -cells.left * 2, 0),
                         Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
        return;
    }
    painter.setFont(fonts.small);
    const int hidden = static_cast<int>(pictures_.size()) - cells.shown;
    const QString words =
        hidden > 0 ? tr("%1, %L2 more without room").arg(caption_).arg(hidden) : caption_;
    painter.drawText(QRect(cells.left, 0, width() - 2 * cells.left, cells.top), Qt::AlignVCenter,
                     words);
    for (int i = 0; i < cells.shown; ++i) {
        const Picture& picture = pictures_[static_cast<std::size_t>(i)];
        if (picture.image.isNull())
            continue;
        const QRectF box = boxOf(i, cells);
        painter.drawImage(box, picture.image);
        for (const Frame& frame : picture.frames) {
            const double scaleX = box.width() / picture.image.width();
            const double scaleY = box.height() / picture.image.height();
            const QRectF at(box.left() + frame.box.left() * scaleX,
                            box.top() + frame.box.top() * scaleY, frame.box.width() * scaleX,
                            frame.box.height() * scaleY);
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(t.series[static_cast<std::size_t>(frame.color) % 8], 1.6,
                                frame.color == 5 ? Qt::SolidLine : Qt::DashLine));
            painter.drawRect(at.adjusted(0.8, 0.8, -0.8, -0.8));
        }
    }
}

bool PictureGrid::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const Grid cells = grid();
    for (int i = 0; i < cells.shown; ++i)
        if (boxOf(i, cells).contains(help->pos())) {
            QToolTip::showText(help->globalPos(), pictures_[static_cast<std::size_t>(i)].words,
                               this);
            return true;
        }
    QToolTip::hideText();
    return true;
}

} // namespace inlay::widgets

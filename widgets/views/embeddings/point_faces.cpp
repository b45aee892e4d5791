#include "widgets/views/embeddings/point_faces.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>

namespace inlay::widgets {

std::int32_t PointFaces::label(std::int64_t point) const {
    return film_ && point >= 0 && static_cast<std::size_t>(point) < film_->labels.size()
               ? film_->labels[static_cast<std::size_t>(point)]
               : -1;
}

QString PointFaces::labelName(std::int32_t label) const {
    if (label < 0)
        return {};
    return film_ && label < film_->classNames.size() ? film_->classNames[label]
                                                     : QString::number(label);
}

QImage PointFaces::image(std::int64_t point) const {
    return film_ ? film_->thumbnails->image(point) : QImage();
}

QString PointFaces::name(std::int64_t point) const {
    return QCoreApplication::translate("PointFaces", "sample %1").arg(QLocale().toString(point));
}

std::vector<CloudClass> PointFaces::classes() const {
    std::vector<CloudClass> all;
    if (film_)
        for (qsizetype i = 0; i < film_->classNames.size(); ++i)
            all.push_back({film_->classNames[i], seriesStyle(static_cast<int>(i))});
    return all;
}

void PointFaces::paint(QPainter& painter, const QRectF& box, std::int64_t point,
                       const Tokens& tokens, const QFont& font,
                       const std::optional<QColor>& frame) const {
    painter.save();
    const QImage picture = image(point);
    const std::int32_t own = label(point);
    if (frame) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(*frame);
        painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 2, 2);
    }
    if (!picture.isNull()) {
        painter.setRenderHint(QPainter::SmoothPixmapTransform, picture.width() > box.width());
        painter.drawImage(box, picture);
    } else {
        QColor fill = own >= 0 ? seriesColor(seriesStyle(own), tokens) : tokens.control;
        painter.setPen(QPen(fill, 1.2));
        fill.setAlphaF(0.18F);
        painter.setBrush(tokens.surface);
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter.setBrush(fill);
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter.setFont(font);
        painter.setPen(tokens.text);
        const QString text = own >= 0 ? labelName(own) : QLocale().toString(point);
        painter.drawText(
            box, Qt::AlignCenter,
            QFontMetrics(font).elidedText(text, Qt::ElideRight, static_cast<int>(box.width()) - 2));
    }
    painter.restore();
}

} // namespace inlay::widgets

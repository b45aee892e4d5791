#pragma once

#include <vector>

#include <QWidget>

#include "widgets/views/embeddings/point_faces.h"

namespace inlay::widgets {

/// The hardest triplets: anchor, one of its class, one of another, and both distances; violated
/// ones (D+ not below D-) first and marked. Up and Down walk, Return pins the anchor.
class TripletList : public QWidget {
    Q_OBJECT

public:
    TripletList(const PointFaces& faces, QWidget* parent);

    void setTriplets(std::vector<HardTriplet> triplets);
    const std::vector<HardTriplet>& triplets() const { return triplets_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void pointHovered(qint64 point);
    void pointChosen(qint64 point);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int rowHeight() const;
    int shownRows() const;
    QRectF faceOf(int row, int part) const;
    std::int64_t pointAt(const QPointF& pixel) const;
    QString wordsOf(const HardTriplet& triplet) const;

    const PointFaces& faces_;
    std::vector<HardTriplet> triplets_;
    int current_ = -1;
};

} // namespace inlay::widgets

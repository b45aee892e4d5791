#pragma once

#include <vector>

#include <QWidget>

#include "widgets/plots/readout_row.h"
#include "widgets/views/embeddings/point_faces.h"

namespace inlay::widgets {

/// Faces of points in rows, each with up to two lines of words below, under a title. A framed one
/// is marked as wrong. Pointer and keys (arrows, Return) hover and choose; what finds no room is
/// counted.
class ThumbGrid : public QWidget {
    Q_OBJECT

public:
    struct Cell {
        std::int64_t point = -1;
        QString caption;
        QString second;
        Tone tone = Tone::Normal; // of the second line; Bad also frames the face

        bool operator==(const Cell&) const = default;
    };

    ThumbGrid(const PointFaces& faces, QWidget* parent);

    void setTitle(const QString& title, const QString& subtitle);
    void setCells(std::vector<Cell> cells);
    const std::vector<Cell>& cells() const { return cells_; }
    void setEmptyText(const QString& text);
    /// Side of a face in pixels at a 9 pt font, and rows that are asked for.
    void setFaceSize(int side) { side_ = side; }
    void setWantedRows(int rows) { wantedRows_ = rows; }
    /// Lines of words below a face that room is kept for.
    void setKeptLines(int lines) { keptLines_ = lines; }
    /// Points beyond `cells()` that are not shown either.
    void setFurther(std::size_t count);
    int shownCells() const;
    QRectF faceOf(int cell) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    /// -1 = none.
    void pointHovered(qint64 point);
    void pointChosen(qint64 point);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    int lines() const;
    int columns() const;
    int rowHeight() const;
    int cellWidth() const;
    int cellAt(const QPointF& pixel) const;
    QString wordsOf(int cell) const;
    void setCurrent(int cell);

    const PointFaces& faces_;
    QString title_;
    QString subtitle_;
    QString emptyText_;
    std::vector<Cell> cells_;
    std::size_t further_ = 0;
    int side_ = 36;
    int wantedRows_ = 1;
    int keptLines_ = 0;
    int current_ = -1;
};

} // namespace inlay::widgets

#pragma once

#include <QWidget>

#include "widgets/views/ranking/online_moment.h"

namespace inlay::widgets {

/// Places of the leading items over rounds: a line an item, the chosen one and the first ones in
/// color. Hover tells an item from the others, a click chooses it.
class BumpChart : public QWidget {
    Q_OBJECT

public:
    explicit BumpChart(QWidget* parent = nullptr);

    void setTitle(const QString& title, const QString& subtitle);
    void setEmptyText(const QString& text);
    /// Words below the columns; default "Round t".
    void setColumnTitle(const QString& title);
    void setData(BumpData data, std::int64_t chosen);
    const BumpData& data() const { return data_; }

    QSize minimumSizeHint() const override;

signals:
    void itemClicked(std::int64_t item);
    /// A column was clicked.
    void roundClicked(std::int64_t round);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QRectF plotRect() const;
    QPointF at(std::size_t column, int rank) const;
    int nearestItem(const QPointF& point) const;
    QColor colorOf(std::size_t row) const;
    void paintItem(QPainter& painter, std::size_t row) const;

    QString title_;
    QString subtitle_;
    QString emptyText_;
    QString columnTitle_ = tr("Round t");
    BumpData data_;
    std::int64_t chosen_ = -1;
    int hovered_ = -1;
};

} // namespace inlay::widgets

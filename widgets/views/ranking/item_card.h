#pragma once

#include <QAbstractButton>
#include <QPixmap>

#include "widgets/views/ranking/active_reader.h"

class QPainter;

namespace inlay::widgets {

/// One of two items to choose from: its picture, its text or, of a recorded run, its figures and a
/// curve; and the key that chooses it.
class ItemCard : public QAbstractButton {
    Q_OBJECT

public:
    ItemCard(const QString& key, const QString& words, QWidget* parent);

    /// `curveRange` is the y range of the curve, the same for both cards.
    void setItem(const ActiveItem& item, std::optional<Range> curveRange = {});

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    void paintRun(QPainter& painter, const QRect& body) const;
    void paintCurve(QPainter& painter, const QRect& area) const;

    QString key_;
    QString words_;
    QString name_;
    QPixmap picture_;
    std::optional<RunCardFacts> run_;
    Range curveRange_;
};

} // namespace inlay::widgets

#pragma once

#include <QAbstractButton>
#include <QPixmap>

#include "widgets/views/ranking/active_reader.h"

namespace inlay::widgets {

/// One of two items to choose from: its picture or text, and the key that chooses it.
class ItemCard : public QAbstractButton {
    Q_OBJECT

public:
    ItemCard(const QString& key, const QString& words, QWidget* parent);

    void setItem(const ActiveItem& item);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QString key_;
    QString words_;
    QString name_;
    QPixmap picture_;
};

} // namespace inlay::widgets

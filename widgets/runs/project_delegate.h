#pragma once

#include <QStyledItemDelegate>

namespace inlay::widgets {

/// Paints a row of a ProjectListModel: folder, title, number of runs.
class ProjectDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace inlay::widgets

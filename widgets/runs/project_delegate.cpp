#include "widgets/runs/project_delegate.h"

#include <QPainter>

#include "widgets/runs/project_list.h"
#include "widgets/runs/run_columns.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {

void ProjectDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const Tokens& t = tokensOf(option.widget);
    const QRect row = option.rect;
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    painter->save();
    painter->fillRect(row, isSelected ? t.selection : t.raised);
    if (isSelected)
        painter->fillRect(QRect(row.left(), row.top(), 2, row.height()), t.accent);
    const int padding = scaled(measure::kDockPadding, option.font);
    const int size = scaled(14, option.font);
    int x = row.left() + padding;
    painter->drawPixmap(QPoint(x, row.center().y() - size / 2 + 1),
                        iconPixmap(QStringLiteral("folder"), t.muted, size,
                                   painter->device()->devicePixelRatioF()));
    x += size + scaled(7, option.font);
    const QString count = runCountText(index.data(ProjectListModel::CountRole).toLongLong());
    const int countWidth = option.fontMetrics.horizontalAdvance(count);
    const QRect right(row.right() - padding - countWidth, row.top(), countWidth, row.height());
    painter->setFont(option.font);
    painter->setPen(t.muted);
    painter->drawText(right, Qt::AlignVCenter | Qt::AlignRight, count);
    QFont font = option.font;
    if (isSelected)
        font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    painter->setPen(t.text);
    const QRect left(x, row.top(), right.left() - padding - x, row.height());
    painter->drawText(
        left, Qt::AlignVCenter | Qt::AlignLeft,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, left.width()));
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(t.accent);
        painter->drawRect(row.adjusted(0, 0, -1, -1));
    }
    painter->restore();
}

QSize ProjectDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return {scaled(120, option.font), scaled(measure::kRowHeight, option.font)};
}

} // namespace inlay::widgets

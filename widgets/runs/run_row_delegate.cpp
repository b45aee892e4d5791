#include "widgets/runs/run_row_delegate.h"

#include <QLineEdit>
#include <QPainter>

#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

void paintIcon(QPainter* painter, const QString& name, const QColor& color, int size, int x,
               const QRect& row) {
    const qreal ratio = painter->device()->devicePixelRatioF();
    painter->drawPixmap(QPoint(x, row.center().y() - size / 2 + 1),
                        iconPixmap(name, color, size, ratio));
}

void paintProgress(QPainter* painter, const QRect& rect, double progress, const Tokens& t) {
    QRect bar(rect.left(), rect.bottom() - 3, rect.width(), 2);
    painter->fillRect(bar, t.track);
    bar.setWidth(static_cast<int>(bar.width() * std::clamp(progress, 0.0, 1.0)));
    painter->fillRect(bar, t.accent);
}

} // namespace

void RunRowDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
    const Tokens& t = tokensOf(option.widget);
    const QFont& font = option.font;
    const int padding = scaled(measure::kCellPadding, font);
    const bool isFirst = index.column() == 0;
    QRect rect = option.rect.adjusted(isFirst ? 0 : padding, 0, -padding, -1);
    painter->save();
    QFont textFont = font;
    QColor color = t.text;
    if (isFirst) {
        const int icon = scaled(14, font);
        const int gap = scaled(4, font);
        int x = rect.left() + padding;
        const bool isChild = index.parent().isValid();
        const int runs = index.data(RunTableModel::GroupRole).toInt();
        const RunState state = runStateFrom(index.data(RunTableModel::StateRole).toString());
        paintIcon(painter, runStateIcon(state), runStateColor(state, t), icon, x, rect);
        x += icon + scaled(7, font);
        if (index.data(RunTableModel::BaselineRole).toBool()) {
            paintIcon(painter, QStringLiteral("pin"), t.muted, icon, x, rect);
            x += icon + gap;
        }
        if (index.data(RunTableModel::StarRole).toBool()) {
            paintIcon(painter, QStringLiteral("star-filled"), t.warn, icon, x, rect);
            x += icon + gap;
        }
        rect.setLeft(x);
        if (isChild)
            color = t.muted;
        if (runs > 1) {
            textFont.setWeight(QFont::DemiBold);
            const QString seeds = RunTableModel::tr("%1 seeds").arg(runs);
            const int width = option.fontMetrics.horizontalAdvance(seeds);
            const QFontMetrics bold(textFont);
            const QString name = bold.elidedText(index.data().toString(), Qt::ElideRight,
                                                 std::max(0, rect.width() - width - gap));
            painter->setFont(textFont);
            painter->setPen(color);
            painter->drawText(rect, Qt::AlignVCenter | Qt::AlignLeft, name);
            rect.setLeft(rect.left() + bold.horizontalAdvance(name) + gap);
            painter->setFont(font);
            painter->setPen(t.muted);
            painter->drawText(rect, Qt::AlignVCenter | Qt::AlignLeft,
                              option.fontMetrics.elidedText(seeds, Qt::ElideRight, rect.width()));
            painter->restore();
            return;
        }
        const QVariant progress = index.data(RunTableModel::ProgressRole);
        if (progress.isValid())
            paintProgress(painter, rect, progress.toDouble(), t);
    } else {
        const int better = index.data(RunTableModel::BetterRole).toInt();
        const QString text = index.data().toString();
        if (better != 0)
            color = better > 0 ? t.good : t.bad;
        else if (text == QLatin1String("NaN"))
            color = t.bad;
        else if (text == QLatin1String("–"))
            color = t.muted;
        else if (index.data(RunTableModel::LiveRole).toBool() &&
                 (index.data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight) != 0)
            color = t.accent;
    }
    painter->setFont(textFont);
    painter->setPen(color);
    // Several lines of notes show their first one.
    const QString line = index.data().toString().section(QLatin1Char('\n'), 0, 0);
    const auto alignment =
        Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) | Qt::AlignVCenter;
    painter->drawText(rect, static_cast<int>(alignment),
                      QFontMetrics(textFont).elidedText(line, Qt::ElideRight, rect.width()));
    painter->restore();
}

QSize RunRowDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const int padding = scaled(measure::kCellPadding, option.font);
    const int text = option.fontMetrics.horizontalAdvance(index.data().toString());
    return {text + 2 * padding, scaled(measure::kRowHeight, option.font)};
}

void RunRowDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const {
    // A run that goes on brings its row up to date; what is being typed is not taken away by it.
    const auto* line = qobject_cast<const QLineEdit*>(editor);
    if (line == nullptr || !line->isModified())
        QStyledItemDelegate::setEditorData(editor, index);
}

void RunRowDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                          const QModelIndex& index) const {
    QRect rect = option.rect;
    if (index.column() == 0)
        rect.setLeft(rect.left() + scaled(24, option.font));
    editor->setGeometry(rect);
    editor->setAccessibleName(index.model()->headerData(index.column(), Qt::Horizontal).toString());
}

} // namespace inlay::widgets

#include "widgets/runs/run_table_view.h"

#include <algorithm>

#include <QEvent>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>

#include "widgets/runs/run_row_delegate.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

constexpr int kNameWidth = 130;
// Rows looked at for the width of a column.
constexpr int kSampledRows = 30;

} // namespace

RunTableView::RunTableView(RunTableModel* model, QWidget* parent)
    : QTreeView(parent)
    , runs_(model) {
    setModel(model);
    setItemDelegate(new RunRowDelegate(this));
    setAccessibleName(tr("Runs"));
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::EditKeyPressed);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setRootIsDecorated(false);
    setIndentation(0);
    setExpandsOnDoubleClick(true);
    header()->setStretchLastSection(false);
    header()->setSectionsClickable(true);
    header()->setSectionsMovable(false);
    header()->setHighlightSections(false);
    header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header()->setAccessibleName(tr("Columns of the run table"));
    header()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header(), &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        emit columnMenuWanted(header()->mapToGlobal(at), header()->logicalIndexAt(at));
    });
    connect(header(), &QHeaderView::sectionClicked, this, [this](int section) {
        const RunColumnId& column = runs_->columnAt(section);
        const RunWish& wish = runs_->wish();
        const bool wasHere = wish.sortBy == column;
        const bool isName = column.field == RunField::Name;
        const Qt::SortOrder first = isName ? Qt::AscendingOrder : Qt::DescendingOrder;
        const Qt::SortOrder other = isName ? Qt::DescendingOrder : Qt::AscendingOrder;
        // A third click returns to the newest first.
        if (wasHere && wish.order == other)
            runs_->setSort({RunField::Created, {}}, Qt::DescendingOrder);
        else
            runs_->setSort(column, wasHere ? other : first);
    });
    connect(model, &QAbstractItemModel::modelAboutToBeReset, this, &RunTableView::beforeReset);
    connect(model, &QAbstractItemModel::modelReset, this, &RunTableView::afterReset);
    connect(model, &QAbstractItemModel::headerDataChanged, this, &RunTableView::fitColumns);
    connect(model, &RunTableModel::arranged, this, [this] {
        const RunWish& wish = runs_->wish();
        int section = -1;
        for (int i = 0; i < runs_->columnCount(); ++i)
            if (!runs_->isDifference(i) && runs_->columnAt(i) == wish.sortBy)
                section = i;
        header()->setSortIndicatorShown(section >= 0);
        if (section >= 0)
            header()->setSortIndicator(section, wish.order);
    });
    fitColumns();
}

std::vector<engine::RunId> RunTableView::selectedRuns() const {
    std::vector<engine::RunId> runs;
    const auto add = [&runs](const QModelIndex& index) {
        for (const QVariant& id : index.data(RunTableModel::RunIdsRole).toList())
            if (std::find(runs.begin(), runs.end(), id.toLongLong()) == runs.end())
                runs.push_back(id.toLongLong());
    };
    if (currentIndex().isValid() &&
        selectionModel()->isRowSelected(currentIndex().row(), currentIndex().parent()))
        add(currentIndex().siblingAtColumn(0));
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const QModelIndex& a, const QModelIndex& b) {
        const int tops[] = {a.parent().isValid() ? a.parent().row() : a.row(),
                            b.parent().isValid() ? b.parent().row() : b.row()};
        if (tops[0] != tops[1])
            return tops[0] < tops[1];
        return (a.parent().isValid() ? a.row() : -1) < (b.parent().isValid() ? b.row() : -1);
    });
    for (const QModelIndex& row : rows)
        add(row);
    return runs;
}

void RunTableView::selectRuns(const std::vector<engine::RunId>& runs) {
    QItemSelection selection;
    QModelIndex first;
    for (const engine::RunId run : runs) {
        const QModelIndex index = runs_->indexOf(run);
        if (!index.isValid())
            continue;
        if (!first.isValid())
            first = index;
        selection.select(index, index);
    }
    selectionModel()->select(selection,
                             QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (first.isValid())
        selectionModel()->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
}

QString RunTableView::selectionAsText() const {
    QStringList lines;
    QStringList cells;
    for (int column = 0; column < runs_->columnCount(); ++column)
        cells << runs_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    lines << cells.join(QLatin1Char('\t'));
    for (const QModelIndex& row : selectionModel()->selectedRows()) {
        cells.clear();
        for (int column = 0; column < runs_->columnCount(); ++column)
            cells << row.siblingAtColumn(column).data().toString().simplified();
        lines << cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n'));
}

void RunTableView::beforeReset() {
    kept_ = selectedRuns();
    scroll_ = verticalScrollBar()->value();
    expanded_.clear();
    for (int row = 0; row < runs_->rowCount(); ++row) {
        const QModelIndex index = runs_->index(row, 0);
        if (isExpanded(index))
            expanded_.push_back(index.data(RunTableModel::RunIdRole).toLongLong());
    }
    isResetting_ = true;
}

void RunTableView::afterReset() {
    const bool isGrouped = runs_->wish().grouping == RunGrouping::Seeds;
    setRootIsDecorated(isGrouped);
    setIndentation(isGrouped ? scaled(16, font()) : 0);
    for (const engine::RunId run : expanded_) {
        QModelIndex index = runs_->indexOf(run);
        if (index.parent().isValid())
            index = index.parent();
        if (index.isValid())
            expand(index);
    }
    fitColumns();
    selectRuns(kept_);
    isResetting_ = false;
    const std::vector<engine::RunId> now = selectedRuns();
    if (now != announced_) {
        announced_ = now;
        emit runsSelected(now);
    }
    verticalScrollBar()->setValue(scroll_);
}

void RunTableView::selectionChanged(const QItemSelection& selected,
                                    const QItemSelection& deselected) {
    QTreeView::selectionChanged(selected, deselected);
    if (isResetting_)
        return;
    announced_ = selectedRuns();
    emit runsSelected(announced_);
}

void RunTableView::fitColumns() {
    const int padding = scaled(measure::kCellPadding, font());
    const QFontMetrics metrics(font());
    for (int column = 1; column < runs_->columnCount(); ++column) {
        int width = metrics.horizontalAdvance(
            runs_->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
        if (runs_->wish().sortBy == runs_->columnAt(column) && !runs_->isDifference(column))
            width += scaled(12, font());
        for (int row = 0; row < std::min(runs_->rowCount(), kSampledRows); ++row)
            width = std::max(
                width, metrics.horizontalAdvance(runs_->index(row, column).data().toString()));
        header()->resizeSection(column, std::min(width + 2 * padding + 4, scaled(220, font())));
    }
    fitNameColumn();
}

void RunTableView::fitNameColumn() {
    int others = 0;
    for (int column = 1; column < runs_->columnCount(); ++column)
        others += header()->sectionSize(column);
    header()->resizeSection(0, std::max(scaled(kNameWidth, font()), viewport()->width() - others));
}

void RunTableView::keyPressEvent(QKeyEvent* event) {
    const std::vector<engine::RunId> before = selectedRuns();
    QTreeView::keyPressEvent(event);
    if (selectedRuns() != before)
        emit chosenByKeyboard();
}

void RunTableView::resizeEvent(QResizeEvent* event) {
    QTreeView::resizeEvent(event);
    fitNameColumn();
}

void RunTableView::changeEvent(QEvent* event) {
    QTreeView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fitColumns();
}

void RunTableView::drawRow(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
    const Tokens& t = tokensOf(this);
    const bool isSelected = selectionModel()->isRowSelected(index.row(), index.parent());
    const QRect row(0, option.rect.top(), viewport()->width(), option.rect.height());
    if (isSelected)
        painter->fillRect(row, t.selection);
    else if (index.siblingAtColumn(0).data(RunTableModel::InBaselineRowRole).toBool())
        painter->fillRect(row, t.baselineRow);
    QStyleOptionViewItem plain = option;
    plain.state &= ~(QStyle::State_Selected | QStyle::State_MouseOver);
    QTreeView::drawRow(painter, plain, index);
    painter->fillRect(QRect(row.left(), row.bottom(), row.width(), 1), t.hair);
    if (isSelected)
        painter->fillRect(QRect(row.left(), row.top(), 2, row.height()), t.accent);
    if (hasFocus() && currentIndex().isValid() && index.row() == currentIndex().row() &&
        index.parent() == currentIndex().parent()) {
        painter->setPen(t.accent);
        painter->drawRect(row.adjusted(0, 0, -1, -1));
    }
}

void RunTableView::drawBranches(QPainter* painter, const QRect& rect,
                                const QModelIndex& index) const {
    if (!runs_->hasChildren(index))
        return;
    const int size = scaled(12, font());
    const QRect right(rect.right() - indentation(), rect.top(), indentation(), rect.height());
    painter->drawPixmap(
        QPoint(right.center().x() - size / 2 + 2, right.center().y() - size / 2 + 1),
        iconPixmap(isExpanded(index) ? QStringLiteral("chevron-down")
                                     : QStringLiteral("chevron-right"),
                   tokensOf(this).muted, size, devicePixelRatioF()));
}

} // namespace inlay::widgets

#include "widgets/views/compare/difference_table.h"

#include <algorithm>

#include <QEvent>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include "widgets/plots/readout_row.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/compare/difference_model.h"

namespace inlay::widgets {
namespace {

constexpr double kTitleWidth = 200;
constexpr double kLeastColumn = 112;

QColor toneColor(Tone tone, const Tokens& t) {
    switch (tone) {
    case Tone::Good:
        return t.good;
    case Tone::Warn:
        return t.warn;
    case Tone::Bad:
        return t.bad;
    case Tone::Normal:
        break;
    }
    return t.muted;
}

class DifferenceDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Tokens& t = tokensOf(option.widget);
        const bool isSection = index.data(DifferenceModel::SectionRole).toBool();
        const bool differs = index.data(DifferenceModel::DiffersRole).toBool();
        painter->save();
        painter->fillRect(option.rect, isSection ? t.raised : differs ? t.differs : t.surface);
        painter->setPen(t.hair);
        painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
        const int pad = scaled(measure::kCellPadding, option.font);
        const QRect inside = option.rect.adjusted(pad, 0, -pad, 0);
        const Tone tone = static_cast<Tone>(index.data(DifferenceModel::ToneRole).toInt());
        const QString text = index.data().toString();
        const QString delta = index.data(DifferenceModel::DeltaRole).toString();
        painter->setFont(isSection ? fontsFor(option.font).title : option.font);
        // The value comes first, then the difference; what has no room is in the tool tip.
        const QFont small = fontsFor(option.font).small;
        int room = inside.width() - painter->fontMetrics().horizontalAdvance(text);
        if (const int width = QFontMetrics(small).horizontalAdvance(delta);
            !delta.isEmpty() && width + pad <= room) {
            painter->setFont(small);
            painter->setPen(toneColor(tone, t));
            painter->drawText(inside, Qt::AlignRight | Qt::AlignVCenter, delta);
            room -= width + pad;
        }
        const QString spread = index.data(DifferenceModel::SpreadRole).toString();
        painter->setFont(isSection ? fontsFor(option.font).title : option.font);
        if (const int width = QFontMetrics(small).horizontalAdvance(spread);
            !spread.isEmpty() && width + pad / 2 <= room) {
            painter->setPen(t.muted);
            QRect behind = inside;
            behind.setLeft(inside.left() + painter->fontMetrics().horizontalAdvance(text) +
                           pad / 2);
            painter->setFont(small);
            painter->drawText(behind, Qt::AlignLeft | Qt::AlignVCenter, spread);
            painter->setFont(option.font);
        }
        const bool isToned = delta.isEmpty() && tone != Tone::Normal;
        painter->setPen(isToned                             ? toneColor(tone, t)
                        : index.column() == 0 && !isSection ? t.muted
                                                            : t.text);
        painter->drawText(inside, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(text, Qt::ElideRight, inside.width()));
        if (option.state.testFlag(QStyle::State_HasFocus)) {
            painter->setPen(QPen(t.accent, 2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
        }
        painter->restore();
    }
};

class GroupHeader : public QHeaderView {
public:
    GroupHeader(const DifferenceModel& model, QWidget* parent)
        : QHeaderView(Qt::Horizontal, parent)
        , model_(model) {}

    void highlight(int group) {
        if (group == highlighted_)
            return;
        highlighted_ = group;
        viewport()->update();
    }
    void choose(int group) {
        chosen_ = group;
        viewport()->update();
    }

protected:
    void paintSection(QPainter* painter, const QRect& rect, int section) const override {
        const Tokens& t = tokensOf(this);
        const int group = section - 1;
        const bool isMarked = group >= 0 && (group == highlighted_ || group == chosen_);
        painter->save();
        painter->fillRect(rect, isMarked ? t.selection : t.raised);
        painter->setPen(t.border);
        painter->drawLine(rect.bottomLeft(), rect.bottomRight());
        const int pad = scaled(measure::kCellPadding, font());
        QRect inside = rect.adjusted(pad, 0, -pad, 0);
        painter->setFont(font());
        painter->setPen(group < 0 ? t.muted : t.text);
        if (group >= 0) {
            painter->setRenderHint(QPainter::Antialiasing);
            paintMarker(*painter, QPointF(inside.left() + 4, rect.center().y() + 0.5),
                        model_.groups()[static_cast<std::size_t>(group)].style, t, 4);
            inside.setLeft(inside.left() + scaled(14, font()));
            painter->setPen(t.text);
            if (group == 0)
                painter->setFont(fontsFor(font()).title);
        }
        const QString text = model_.headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
        painter->drawText(inside, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(text, Qt::ElideRight, inside.width()));
        painter->restore();
    }

private:
    const DifferenceModel& model_;
    int highlighted_ = -1;
    int chosen_ = -1;
};

GroupHeader* headerOf(const QTableView* table) {
    return static_cast<GroupHeader*>(table->horizontalHeader());
}

} // namespace

DifferenceTable::DifferenceTable(DifferenceModel* model, QWidget* parent)
    : QTableView(parent)
    , differences_(model) {
    setAccessibleName(tr("What differs between the runs"));
    prepare(this);
    setHorizontalScrollMode(ScrollPerPixel);
    buildFrozen();
    fitRows();
    connect(model, &QAbstractItemModel::modelReset, this, &DifferenceTable::arrange);
}

void DifferenceTable::prepare(QTableView* table) {
    table->setHorizontalHeader(new GroupHeader(*differences_, table));
    table->setModel(differences_);
    table->setItemDelegate(new DifferenceDelegate(table));
    table->setFrameShape(QFrame::NoFrame);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->setMouseTracking(true);
    table->setSelectionMode(NoSelection);
    table->setEditTriggers(NoEditTriggers);
    table->setVerticalScrollMode(ScrollPerPixel);
    table->verticalHeader()->hide();
    QHeaderView* header = table->horizontalHeader();
    header->setAccessibleName(tr("Compared groups"));
    header->setSectionsClickable(true);
    header->setSectionResizeMode(QHeaderView::Fixed);
    connect(table, &QAbstractItemView::entered, this,
            [this](const QModelIndex& index) { emit groupHovered(index.column() - 1); });
    connect(table, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (index.column() > 0)
            emit groupClicked(index.column() - 1);
    });
    connect(header, &QHeaderView::sectionClicked, this, [this](int section) {
        if (section > 0)
            emit groupClicked(section - 1);
    });
}

void DifferenceTable::buildFrozen() {
    frozen_ = new QTableView(this);
    frozen_->setAccessibleName(tr("Titles and baseline"));
    prepare(frozen_);
    frozen_->setFocusPolicy(Qt::NoFocus);
    frozen_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    frozen_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    frozen_->hide();
    connect(verticalScrollBar(), &QScrollBar::valueChanged, frozen_->verticalScrollBar(),
            &QScrollBar::setValue);
    connect(frozen_->verticalScrollBar(), &QScrollBar::valueChanged, verticalScrollBar(),
            &QScrollBar::setValue);
}

bool DifferenceTable::hasFrozenColumns() const {
    return !frozen_->isHidden();
}

void DifferenceTable::placeFrozen() {
    const int columns = differences_->columnCount();
    const int width = columns < 2 ? 0 : columnWidth(0) + columnWidth(1);
    int all = 0;
    for (int column = 0; column < columns; ++column)
        all += columnWidth(column);
    const bool isNeeded = all > viewport()->width() && 2 * width <= viewport()->width();
    frozen_->setVisible(isNeeded);
    if (!isNeeded)
        return;
    frozen_->clearSpans();
    for (int column = 0; column < columns; ++column) {
        frozen_->setColumnHidden(column, column > 1);
        frozen_->setColumnWidth(column, columnWidth(column));
    }
    for (int row = 0; row < differences_->rowCount(); ++row)
        if (differences_->index(row, 0).data(DifferenceModel::SectionRole).toBool())
            frozen_->setSpan(row, 0, 1, 2);
    frozen_->setGeometry(0, 0, width, viewport()->height() + horizontalHeader()->height());
    frozen_->verticalScrollBar()->setValue(verticalScrollBar()->value());
    frozen_->raise();
}

void DifferenceTable::highlightGroup(int group) {
    headerOf(this)->highlight(group);
    headerOf(frozen_)->highlight(group);
}

void DifferenceTable::setChosenGroup(int group) {
    headerOf(this)->choose(group);
    headerOf(frozen_)->choose(group);
    if (group >= 0 && differences_->rowCount() > 0)
        scrollTo(differences_->index(std::max(0, rowAt(0)), group + 1));
}

void DifferenceTable::fitRows() {
    const int height = scaled(measure::kDiffRowHeight, font());
    for (QTableView* table : {static_cast<QTableView*>(this), frozen_}) {
        table->verticalHeader()->setMinimumSectionSize(height);
        table->verticalHeader()->setDefaultSectionSize(height);
        table->horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, font()));
    }
}

void DifferenceTable::arrange() {
    clearSpans();
    const int columns = differences_->columnCount();
    if (columns < 2)
        return;
    for (int row = 0; row < differences_->rowCount(); ++row)
        if (differences_->index(row, 0).data(DifferenceModel::SectionRole).toBool())
            setSpan(row, 0, 1, columns);
    const int room = viewport()->width();
    const int titles = std::min(scaled(kTitleWidth, font()), room / 4);
    const int each = std::max(scaled(kLeastColumn, font()), (room - titles) / (columns - 1));
    setColumnWidth(0, titles);
    for (int column = 1; column < columns; ++column)
        setColumnWidth(column, each);
    placeFrozen();
}

void DifferenceTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    arrange();
}

void DifferenceTable::leaveEvent(QEvent* event) {
    QTableView::leaveEvent(event);
    emit groupHovered(-1);
}

void DifferenceTable::changeEvent(QEvent* event) {
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        fitRows();
        arrange();
    }
}

} // namespace inlay::widgets

#include "widgets/views/bench/lab_table.h"

#include <algorithm>
#include <cmath>

#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QStyledItemDelegate>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"
#include "widgets/views/bench/lab_words.h"

namespace inlay::widgets {
namespace {

enum Column {
    kFamily,
    kShape,
    kParameters,
    kCount,
    kBytes,
    kPredicted,
    kMeasured,
    kSpeedup,
    kByCount,
    kRoofline,
    kBreakEven,
    kResult,
    kRank,
    kColumns
};

class LabDelegate : public QStyledItemDelegate {
public:
    LabDelegate(const LabModel& model, QObject* parent)
        : QStyledItemDelegate(parent)
        , model_(model) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        QStyleOptionViewItem item = option;
        initStyleOption(&item, index);
        const Tokens& t = tokensOf(option.widget);
        if (index.data(LabModel::WarnRole).toBool())
            item.palette.setColor(QPalette::Text, t.warn);
        if (index.column() == kSpeedup)
            item.font.setBold(true);
        if (index.column() == kFamily) {
            // The mark of the curves stands before the name.
            const QString text = item.text;
            item.text.clear();
            option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &item, painter,
                                                option.widget);
            const int pad = scaled(measure::kCellPadding, option.font);
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            paintMarker(*painter,
                        QPointF(option.rect.left() + pad + scaled(5, option.font),
                                option.rect.center().y() + 0.5),
                        model_.styleAt(index.row()), t, scaled(4, option.font));
            painter->setPen(t.text);
            painter->setFont(option.font);
            painter->drawText(option.rect.adjusted(pad + scaled(16, option.font), 0, -pad / 2, 0),
                              Qt::AlignLeft | Qt::AlignVCenter, text);
            painter->restore();
            return;
        }
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &item, painter, option.widget);
    }

private:
    const LabModel& model_;
};

} // namespace

LabModel::LabModel(QObject* parent)
    : QAbstractTableModel(parent) {}

void LabModel::setLab(const Lab& lab, LabPass pass, std::int64_t size) {
    std::vector<Row> rows;
    for (const QString& label : lab.labels())
        for (const LabCell* cell : lab.curve(label, pass)) {
            if (cell->in != size)
                continue;
            Row row;
            row.cell = *cell;
            row.style = lab.styleOf(label);
            row.breakEven = breakEvenText(lab, label);
            rows.push_back(std::move(row));
        }
    if (!rows.empty()) {
        const LabCell& first = rows.front().cell;
        Row dense;
        dense.isDense = true;
        dense.style = familyStyle(QStringLiteral("dense"));
        dense.cell.rows = first.rows;
        dense.cell.in = first.in;
        dense.cell.out = first.out;
        // Every layer was timed beside a dense one of its own: the median of them, of one shape.
        std::vector<double> times;
        for (const Row& row : rows)
            if (row.cell.isMeasured() && row.cell.rows == first.rows && row.cell.out == first.out)
                times.push_back(row.cell.denseSeconds);
        std::sort(times.begin(), times.end());
        dense.cell.seconds = times.empty() ? 0 : times[times.size() / 2];
        dense.cell.predictedSeconds = first.predictedDenseSeconds;
        dense.cell.multiplyAdds = dense.cell.denseMultiplyAdds = first.denseMultiplyAdds;
        dense.cell.parameters = first.in * first.out;
        dense.cell.rankCap = std::min(first.in, first.out);
        dense.cell.exactness = QStringLiteral("exact");
        dense.cell.speedup = 1;
        rows.insert(rows.begin(), std::move(dense));
    }
    threads_ = rows.size() > 1 ? rows.back().cell.threads : 1;
    beginResetModel();
    rows_ = std::move(rows);
    endResetModel();
}

bool LabModel::hasOneShape() const {
    return std::all_of(rows_.begin(), rows_.end(), [this](const Row& row) {
        return row.cell.rows == rows_.front().cell.rows && row.cell.out == rows_.front().cell.out;
    });
}

QString LabModel::shapeText() const {
    if (rows_.empty() || !hasOneShape())
        return {};
    const LabCell& cell = rows_.front().cell;
    const QLocale locale;
    return (threads_ == 1 ? tr("%1 rows, %2 outputs, times of one call with 1 thread")
                          : tr("%1 rows, %2 outputs, times of one call with %3 threads"))
        .arg(locale.toString(static_cast<qlonglong>(cell.rows)),
             locale.toString(static_cast<qlonglong>(cell.out)))
        .replace(QStringLiteral("%3"), locale.toString(threads_));
}

QString LabModel::labelAt(int row) const {
    return row < 0 || row >= rowCount() || rows_[static_cast<std::size_t>(row)].isDense
               ? QString()
               : rows_[static_cast<std::size_t>(row)].cell.label;
}

int LabModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int LabModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kColumns;
}

QString LabModel::text(const Row& row, int column) const {
    const LabCell& cell = row.cell;
    const QLocale locale;
    const QString none = QStringLiteral("–");
    switch (column) {
    case kFamily:
        return row.isDense ? tr("Dense") : cell.label;
    case kShape:
        return QStringLiteral("%1 × %2 → %3")
            .arg(locale.toString(static_cast<qlonglong>(cell.rows)),
                 locale.toString(static_cast<qlonglong>(cell.in)),
                 locale.toString(static_cast<qlonglong>(cell.out)));
    case kParameters:
        return largeNumber(static_cast<double>(cell.parameters));
    case kCount:
        return largeNumber(cell.multiplyAdds);
    case kBytes:
        return cell.bytes > 0 ? largeNumber(cell.bytes) + QStringLiteral("B") : none;
    case kPredicted:
        return cell.predictedSeconds ? secondsText(*cell.predictedSeconds) : none;
    case kMeasured:
        return cell.isMeasured() ? secondsText(cell.seconds) : none;
    case kSpeedup:
        if (row.isDense || cell.isMeasured())
            return ratioText(cell.speedup);
        return cell.predictedSpeedup() ? QStringLiteral("≈ ") + ratioText(*cell.predictedSpeedup())
                                       : none;
    case kByCount:
        return row.isDense ? none : ratioText(cell.denseMultiplyAdds / cell.multiplyAdds);
    case kRoofline:
        return cell.rooflineShare
                   ? formatNumber(*cell.rooflineShare * 100, 2, locale) + QStringLiteral(" %")
                   : none;
    case kBreakEven:
        return row.isDense ? none : row.breakEven;
    case kResult:
        return exactnessText(cell.exactness);
    case kRank:
        return locale.toString(static_cast<qlonglong>(cell.rankCap));
    default:
        return {};
    }
}

QVariant LabModel::data(const QModelIndex& index, int role) const {
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(index.column() == kFamily || index.column() == kResult
                                       ? Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter)
                                       : Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    case WarnRole:
        return index.column() == kSpeedup &&
               (row.cell.isMeasured() || row.isDense ? row.cell.speedup
                                                     : row.cell.predictedSpeedup().value_or(1)) < 1;
    case Qt::ToolTipRole:
        if ((index.column() == kMeasured || index.column() == kSpeedup) && !row.isDense &&
            !row.cell.isMeasured())
            return tr("Not measured: Run measures it. The ratio is that of the predicted times.");
        if (index.column() == kMeasured && !row.isDense)
            return tr("Half the distance between the quartiles is %1 % of the median; dense beside "
                      "it took %2")
                .arg(formatNumber(row.cell.spread * 100, 2, QLocale()),
                     secondsText(row.cell.denseSeconds));
        if (index.column() == kFamily || index.column() == kResult)
            return row.cell.kernel.isEmpty() ? row.cell.note
                                             : row.cell.note + QLatin1Char('\n') + row.cell.kernel;
        return {};
    default:
        return {};
    }
}

QVariant LabModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    struct Words {
        QString title, help;
    };
    const Words words[kColumns] = {
        {tr("Layer"), tr("Family and variant; the mark is that of its curves")},
        {tr("Rows × in → out"), tr("Rows of the activation, width of input and result")},
        {tr("Parameters"), tr("Trainable numbers, without bias")},
        {tr("MACs"), tr("Multiply-adds of one call, padding included")},
        {tr("Bytes"), tr("Read and written once each")},
        {tr("Predicted"), tr("From the plan and this machine's measured profile")},
        {tr("Measured"), tr("Median of the timed calls")},
        {tr("Speed-up"), tr("Dense time over this layer's, median of the pairs")},
        {tr("By count"), tr("What the multiply-adds alone promise")},
        {tr("Roofline"), tr("Least time this machine could need, over the measured time")},
        {tr("Break-even"), tr("Smallest square layer that is not slower than dense, forward")},
        {tr("Result"), tr("What the layer is to a dense one")},
        {tr("Max rank"), tr("Largest rank the map can have")},
    };
    if (role == Qt::DisplayRole)
        return words[section].title;
    if (role == Qt::ToolTipRole)
        return words[section].help;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(section == kFamily || section == kResult
                                       ? Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter)
                                       : Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    return {};
}

LabTable::LabTable(LabModel* labModel, QWidget* parent)
    : QTableView(parent) {
    setModel(labModel);
    setItemDelegate(new LabDelegate(*labModel, this));
    setAccessibleName(tr("Layers beside dense"));
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setAccessibleName(tr("Columns of the table of layers"));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setMinimumSectionSize(scaled(40, font()));
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    connect(labModel, &QAbstractItemModel::modelReset, this, &LabTable::fitColumns);
}

int LabTable::wantedHeight() const {
    return horizontalHeader()->height() +
           model()->rowCount() * verticalHeader()->defaultSectionSize() + 2 * frameWidth() +
           scaled(4, font());
}

void LabTable::fitColumns() {
    // Rows of one shape: it stands beside the choice of the size.
    setColumnHidden(kShape, static_cast<LabModel*>(model())->hasOneShape());
    // The style adds a margin of its own around the text of an item.
    const int pad = 2 * scaled(measure::kCellPadding, font()) + scaled(8, font());
    int rest = viewport()->width();
    for (int c = 0; c < model()->columnCount(); ++c) {
        if (isColumnHidden(c))
            continue;
        int width = pad + horizontalHeader()->fontMetrics().horizontalAdvance(
                              model()->headerData(c, Qt::Horizontal, Qt::DisplayRole).toString());
        for (int r = 0; r < model()->rowCount(); ++r)
            width = std::max(width, pad + fontMetrics().horizontalAdvance(
                                              model()->index(r, c).data().toString()));
        if (c == 0)
            width += scaled(20, font());
        setColumnWidth(c, width);
        rest -= width;
    }
    if (rest > 0 && model()->columnCount() > 0)
        setColumnWidth(0, columnWidth(0) + rest);
}

void LabTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitColumns();
}

} // namespace inlay::widgets

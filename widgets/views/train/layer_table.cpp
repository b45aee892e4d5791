#include "widgets/views/train/layer_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QEvent>
#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QStyledItemDelegate>

#include "engine/analysis/downsample.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/sparkline.h"
#include "widgets/theme/metrics.h"
#include "widgets/theme/theme.h"

namespace inlay::widgets {
namespace {

enum Column { kLayer, kFamily, kCount, kNorm, kFirstDiagnostic };

// Encoder and decoder entries start below 2; beyond this they amplify rounding noise.
constexpr double kSuspiciousCoefficient = 10;
constexpr std::size_t kSparkPoints = 120;
const QString kMaxCoefficient = QStringLiteral("max_coefficient");
const QString kRowLeakage = QStringLiteral("row_leakage");
const QString kMaskFlips = QStringLiteral("mask_flip_fraction");

QString diagnosticTitle(const QString& name) {
    if (name == kMaxCoefficient)
        return LayerModel::tr("Max |coef|");
    if (name == kRowLeakage)
        return LayerModel::tr("Leakage");
    if (name == kMaskFlips)
        return LayerModel::tr("Mask flips");
    QString title = name;
    title.replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!title.isEmpty())
        title[0] = title[0].toUpper();
    return title;
}

QString diagnosticHelp(const QString& name) {
    if (name == kMaxCoefficient)
        return LayerModel::tr("Largest absolute entry of encoders and decoder. Growth beyond %1 "
                              "amplifies rounding errors.")
            .arg(kSuspiciousCoefficient);
    if (name == kRowLeakage)
        return LayerModel::tr("Share of a row's output that comes from other rows of its tile");
    if (name == kMaskFlips)
        return LayerModel::tr("Share of the 2:4 mask that changed in the last step");
    return diagnosticTitle(name);
}

bool isShare(const QString& name) {
    return name == kRowLeakage || name == kMaskFlips;
}

class LayerDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const QList<double> course = index.data(LayerModel::SparkRole).value<QList<double>>();
        const bool isWarned = index.data(LayerModel::WarnRole).toBool();
        if (course.isEmpty() && !isWarned) {
            QStyledItemDelegate::paint(painter, option, index);
            return;
        }
        const Tokens& t = tokensOf(option.widget);
        QStyleOptionViewItem item = option;
        initStyleOption(&item, index);
        if (isWarned)
            item.palette.setColor(QPalette::Text, t.warn);
        const QString text = item.text;
        item.text.clear();
        option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &item, painter, option.widget);
        const int pad = scaled(measure::kCellPadding, option.font);
        const QRect inside = option.rect.adjusted(pad, 0, -pad, 0);
        painter->save();
        painter->setPen(isWarned ? t.warn : t.text);
        painter->setFont(option.font);
        painter->drawText(inside, Qt::AlignRight | Qt::AlignVCenter, text);
        const int width = option.fontMetrics.horizontalAdvance(QStringLiteral("0.000000")) + pad;
        const QRectF line = QRectF(inside).adjusted(0, 5, -width, -5);
        if (!course.isEmpty() && line.width() > 12)
            paintSparkline(*painter, line, {course.data(), static_cast<std::size_t>(course.size())},
                           trainStyle(), t);
        painter->restore();
    }
};

} // namespace

LayerModel::LayerModel(QObject* parent)
    : QAbstractTableModel(parent) {}

void LayerModel::setLayers(std::vector<LayerCost> layers) {
    beginResetModel();
    rows_.clear();
    diagnostics_.clear();
    for (LayerCost& layer : layers) {
        Row row;
        row.cost = std::move(layer);
        rows_.push_back(std::move(row));
    }
    endResetModel();
}

void LayerModel::setValues(const SeriesBook& book, engine::RunId run) {
    QStringList diagnostics;
    for (const QString& name : book.names(run, QStringLiteral("operator/"))) {
        const QString last = name.section(QLatin1Char('/'), -1);
        if (!diagnostics.contains(last))
            diagnostics << last;
    }
    diagnostics.sort();
    const bool isReset = diagnostics != diagnostics_;
    if (isReset)
        beginResetModel();
    diagnostics_ = diagnostics;
    for (Row& row : rows_) {
        const QString name = QString::fromStdString(row.cost.name);
        const auto norms = book.find(run, QStringLiteral("gradient_norm/") + name);
        row.course.clear();
        row.hasNorm = norms && norms->size() > 0;
        if (row.hasNorm) {
            row.norm = norms->values.back();
            for (const std::size_t i :
                 engine::minMaxIndices(norms->steps, norms->values, kSparkPoints / 2))
                row.course << norms->values[i];
        }
        row.values.assign(static_cast<std::size_t>(diagnostics_.size()),
                          std::numeric_limits<double>::quiet_NaN());
        row.known.assign(row.values.size(), false);
        for (qsizetype i = 0; i < diagnostics_.size(); ++i) {
            const auto points =
                book.find(run, QStringLiteral("operator/%1/%2").arg(name, diagnostics_[i]));
            if (!points || points->size() == 0)
                continue;
            row.values[static_cast<std::size_t>(i)] = points->values.back();
            row.known[static_cast<std::size_t>(i)] = true;
        }
    }
    if (isReset)
        endResetModel();
    else if (!rows_.empty())
        emit dataChanged(index(0, kNorm), index(rowCount() - 1, columnCount() - 1));
}

int LayerModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int LayerModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kFirstDiagnostic + static_cast<int>(diagnostics_.size());
}

QVariant LayerModel::data(const QModelIndex& index, int role) const {
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    const int diagnostic = index.column() - kFirstDiagnostic;
    const bool isKnown = diagnostic >= 0 &&
                         static_cast<std::size_t>(diagnostic) < row.known.size() &&
                         row.known[static_cast<std::size_t>(diagnostic)];
    const double value = isKnown ? row.values[static_cast<std::size_t>(diagnostic)] : 0;
    switch (role) {
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(index.column() <= kFamily
                                       ? Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter)
                                       : Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    case SparkRole:
        return index.column() == kNorm ? QVariant::fromValue(row.course) : QVariant();
    case WarnRole:
        return isKnown && (!std::isfinite(value) || (diagnostics_[diagnostic] == kMaxCoefficient &&
                                                     value > kSuspiciousCoefficient));
    case Qt::ToolTipRole:
        if (index.column() == kLayer)
            return QString::fromStdString(row.cost.name);
        return isKnown ? diagnosticHelp(diagnostics_[diagnostic]) : QVariant();
    case Qt::DisplayRole:
        break;
    default:
        return {};
    }
    const QLocale locale;
    switch (index.column()) {
    case kLayer:
        return row.cost.title;
    case kFamily:
        return row.cost.family;
    case kCount:
        return QString(locale.toString(row.cost.countRatio, 'f', 2) + QStringLiteral("×"));
    case kNorm:
        return row.hasNorm ? formatNumber(row.norm, 3, locale) : QStringLiteral("–");
    default:
        break;
    }
    if (!isKnown)
        return QStringLiteral("–");
    if (isShare(diagnostics_[diagnostic]))
        return QString(formatNumber(100 * value, 2, locale) + QStringLiteral(" %"));
    return formatNumber(value, 3, locale);
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(section <= kFamily
                                       ? Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter)
                                       : Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    if (section >= kFirstDiagnostic && section < columnCount()) {
        const QString& name = diagnostics_[section - kFirstDiagnostic];
        return role == Qt::DisplayRole   ? QVariant(diagnosticTitle(name))
               : role == Qt::ToolTipRole ? QVariant(diagnosticHelp(name))
                                         : QVariant();
    }
    if (role == Qt::ToolTipRole && section == kCount)
        return tr("Multiply-adds of a dense layer of this shape over those of this layer");
    if (role != Qt::DisplayRole)
        return {};
    const QString titles[] = {tr("Layer"), tr("Family"), tr("By count"), tr("Gradient norm")};
    return titles[section];
}

LayerTable::LayerTable(LayerModel* model, QWidget* parent)
    : QTableView(parent) {
    setModel(model);
    setItemDelegate(new LayerDelegate(this));
    setAccessibleName(tr("Layers"));
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setWordWrap(false);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setAccessibleName(tr("Columns of the layer table"));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setMinimumSectionSize(scaled(44, font()));
    setVerticalScrollMode(ScrollPerPixel);
    connect(model, &QAbstractItemModel::modelReset, this, &LayerTable::fitColumns);
}

void LayerTable::fitColumns() {
    const int count = model()->columnCount();
    int rest = viewport()->width();
    // The style adds a margin of its own around the text of an item.
    const int pad = 2 * scaled(measure::kCellPadding, font()) + scaled(12, font());
    for (int c = 0; c < count; ++c) {
        int width = horizontalHeader()->fontMetrics().horizontalAdvance(
                        model()->headerData(c, Qt::Horizontal, Qt::DisplayRole).toString()) +
                    pad;
        for (int r = 0; r < model()->rowCount(); ++r)
            width = std::max(width, pad + fontMetrics().horizontalAdvance(
                                              model()->index(r, c).data().toString()));
        if (c == kNorm)
            width = std::max(width, scaled(130, font()));
        setColumnWidth(c, width);
        rest -= width;
    }
    // The course of the norm takes what is left.
    if (count > kNorm && rest != 0)
        setColumnWidth(kNorm, std::max(scaled(120, font()), columnWidth(kNorm) + rest));
}

void LayerTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    fitColumns();
}

void LayerTable::changeEvent(QEvent* event) {
    QTableView::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitColumns();
}

} // namespace inlay::widgets

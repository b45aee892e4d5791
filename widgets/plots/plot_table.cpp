#include "widgets/plots/plot_table.h"

#include <algorithm>
#include <cmath>

#include <QLocale>

#include "widgets/plots/numbers.h"

namespace inlay::widgets {
namespace {

QString csvNumber(double value) {
    if (std::isnan(value))
        return QStringLiteral("NaN");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("Infinity") : QStringLiteral("-Infinity");
    QLocale c = QLocale::c();
    c.setNumberOptions(QLocale::OmitGroupSeparator);
    return c.toString(value, 'g', QLocale::FloatingPointShortest);
}

/// RFC 4180: quoted when it holds a comma, a quote or a line end.
QString csvText(QString text) {
    if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')) &&
        !text.contains(QLatin1Char('\n')))
        return text;
    text.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    return QLatin1Char('"') + text + QLatin1Char('"');
}

std::optional<double> numberAt(const PlotTable::Column& column, int row) {
    const auto index = static_cast<std::size_t>(row);
    return index < column.numbers.size() ? column.numbers[index] : std::nullopt;
}

} // namespace

int PlotTable::rows() const {
    qsizetype rows = 0;
    for (const Column& column : columns)
        rows = std::max(rows, column.isText ? column.texts.size()
                                            : static_cast<qsizetype>(column.numbers.size()));
    return static_cast<int>(rows);
}

QString toCsv(const PlotTable& table) {
    QString out;
    const auto line = [&](auto cell) {
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
            if (c > 0)
                out += QLatin1Char(',');
            out += cell(table.columns[c]);
        }
        out += QLatin1Char('\n');
    };
    line([](const PlotTable::Column& column) { return csvText(column.title); });
    const int rows = table.rows();
    for (int row = 0; row < rows; ++row)
        line([row](const PlotTable::Column& column) {
            if (column.isText)
                return csvText(column.texts.value(row));
            const auto number = numberAt(column, row);
            return number ? csvNumber(*number) : QString();
        });
    return out;
}

QString toClipboardText(const PlotTable& table, const QLocale& locale) {
    QLocale plain = locale;
    plain.setNumberOptions(QLocale::OmitGroupSeparator);
    QStringList lines;
    QStringList cells;
    for (const PlotTable::Column& column : table.columns)
        cells << column.title;
    lines << cells.join(QLatin1Char('\t'));
    for (int row = 0; row < table.rows(); ++row) {
        cells.clear();
        for (const PlotTable::Column& column : table.columns) {
            const auto number = numberAt(column, row);
            cells << (column.isText ? column.texts.value(row)
                      : number      ? plain.toString(*number, 'g', QLocale::FloatingPointShortest)
                                    : QString());
        }
        lines << cells.join(QLatin1Char('\t'));
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

PlotTableModel::PlotTableModel(PlotTable table, QObject* parent)
    : QAbstractTableModel(parent)
    , table_(std::move(table)) {}

int PlotTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : table_.rows();
}

int PlotTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

QVariant PlotTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const PlotTable::Column& column = table_.columns[static_cast<std::size_t>(index.column())];
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(column.isText ? Qt::AlignLeft | Qt::AlignVCenter
                                                 : Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole && role != Qt::EditRole)
        return {};
    if (column.isText)
        return column.texts.value(index.row());
    const auto number = numberAt(column, index.row());
    if (!number)
        return {};
    return role == Qt::EditRole ? QVariant(*number) : QVariant(formatExact(*number, QLocale()));
}

QVariant PlotTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return section + 1;
    return table_.columns[static_cast<std::size_t>(section)].title;
}

} // namespace inlay::widgets

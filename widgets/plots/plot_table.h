#pragma once

#include <optional>
#include <vector>

#include <QAbstractTableModel>
#include <QString>
#include <QStringList>

namespace inlay::widgets {

/// What a plot shows, as a table. A column holds either numbers (absent cells are nullopt, NaN is a
/// value) or texts.
struct PlotTable {
    struct Column {
        QString title;
        std::vector<std::optional<double>> numbers;
        QStringList texts;
        bool isText = false;
    };
    std::vector<Column> columns;

    int rows() const;
};

/// Comma-separated values in the C locale, whatever the user's: shortest digits that give the same
/// double again, "NaN", "Infinity", "-Infinity", empty cells for absent values, LF line ends.
QString toCsv(const PlotTable& table);

/// The same with tabs and the user's decimal point, for pasting into a spreadsheet.
QString toClipboardText(const PlotTable& table, const QLocale& locale);

class PlotTableModel : public QAbstractTableModel {
    Q_OBJECT

public:
    explicit PlotTableModel(PlotTable table, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    /// DisplayRole in the user's locale; EditRole is the double itself.
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    PlotTable table_;
};

} // namespace inlay::widgets

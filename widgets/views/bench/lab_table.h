#pragma once

#include <QAbstractTableModel>
#include <QTableView>

#include "widgets/views/bench/lab_cells.h"

namespace inlay::widgets {

/// The families side by side at one size in one pass: cost by count, time, speed-up, break-even.
/// The first row is the dense layer.
class LabModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role {
        StyleRole = Qt::UserRole, ///< row of the label, for its mark
        WarnRole                  ///< slower than dense
    };

    explicit LabModel(QObject* parent);

    void setLab(const Lab& lab, LabPass pass, std::int64_t size);
    /// Whether all rows have the same number of rows and outputs.
    bool hasOneShape() const;
    /// "1,024 rows, 1,024 outputs, …" where they have; else empty.
    QString shapeText() const;
    /// Label of a row; empty for dense.
    QString labelAt(int row) const;
    const SeriesStyle& styleAt(int row) const { return rows_[static_cast<std::size_t>(row)].style; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        LabCell cell;
        SeriesStyle style;
        QString breakEven;
        bool isDense = false;
    };
    QString text(const Row& row, int column) const;

    std::vector<Row> rows_;
    int threads_ = 1;
};

class LabTable : public QTableView {
    Q_OBJECT

public:
    LabTable(LabModel* model, QWidget* parent);

    /// Height at which no row is hidden.
    int wantedHeight() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fitColumns();
};

} // namespace inlay::widgets

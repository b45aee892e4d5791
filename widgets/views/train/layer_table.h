#pragma once

#include <QAbstractTableModel>
#include <QTableView>

#include "widgets/views/train/run_costs.h"
#include "widgets/views/train/series_book.h"

namespace inlay::widgets {

/// One row a layer: family, multiply-adds against dense, gradient norm with its course, and the
/// last value of each operator diagnostic. Suspicious values are colored in their cell.
class LayerModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role {
        SparkRole = Qt::UserRole, ///< QList<double>: the course of the value, reduced
        WarnRole                  ///< the value deserves a look
    };

    explicit LayerModel(QObject* parent);

    void setLayers(std::vector<LayerCost> layers);
    /// Reads the last values and the courses of the gradient norms.
    void setValues(const SeriesBook& book, engine::RunId run);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        LayerCost cost;
        QList<double> course;
        double norm = 0;
        bool hasNorm = false;
        /// By diagnostic; NaN for none.
        std::vector<double> values;
        std::vector<bool> known;
    };

    std::vector<Row> rows_;
    QStringList diagnostics_;
};

class LayerTable : public QTableView {
    Q_OBJECT

public:
    explicit LayerTable(LayerModel* model, QWidget* parent);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void fitColumns();
};

} // namespace inlay::widgets

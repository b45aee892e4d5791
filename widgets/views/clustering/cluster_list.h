#pragma once

#include <QTableView>

#include "widgets/views/clustering/stream_film.h"

namespace inlay::widgets {

/// Size, cost share, radius, nearest other center and silhouette of each cluster.
class ClusterModel : public QAbstractTableModel {
    Q_OBJECT

public:
    using QAbstractTableModel::QAbstractTableModel;

    void setClusters(std::vector<StreamCluster> clusters);
    const std::vector<StreamCluster>& clusters() const { return clusters_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    std::vector<StreamCluster> clusters_;
};

class ClusterList : public QTableView {
    Q_OBJECT

public:
    explicit ClusterList(ClusterModel* model, QWidget* parent = nullptr);
    /// Selects the row of a cluster; -1 = none.
    void select(int cluster);

    /// Sorts new rows by the chosen column.
    void resort();

signals:
    void clusterChosen(int cluster);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    ClusterModel* model_;
};

} // namespace inlay::widgets

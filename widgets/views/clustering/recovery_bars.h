#pragma once

#include <vector>

#include <QWidget>

#include "widgets/views/clustering/graph_run.h"

namespace inlay::widgets {

/// A bar a true cluster on a log scale of sizes, with what became of it, and s0 as a line: clusters
/// left of it cannot appear in the solve that is shown.
class RecoveryBars : public QWidget {
    Q_OBJECT

public:
    explicit RecoveryBars(QWidget* parent);

    void setClusters(std::vector<TrueCluster> clusters);
    /// 0: no line.
    void setSmallest(double s0);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString stateText(const TrueCluster& cluster) const;

    std::vector<TrueCluster> clusters_;
    double s0_ = 0;
};

} // namespace inlay::widgets

#pragma once

#include <vector>

#include <QFrame>

#include "widgets/runs/run_columns.h"

class QLineEdit;
class QListView;
class QSortFilterProxyModel;
class QStandardItemModel;

namespace inlay::widgets {

/// A popup to choose the columns of the run table from every parameter and result there is.
class ColumnChooser : public QFrame {
    Q_OBJECT

public:
    ColumnChooser(const RunColumnCatalog& catalog, const engine::RunTable& runs,
                  const std::vector<RunColumnId>& chosen, QWidget* parent);

signals:
    void columnsChosen(const std::vector<inlay::widgets::RunColumnId>& columns);

private:
    void announce();

    std::vector<RunColumnId> all_;
    std::vector<RunColumnId> chosen_;
    QStandardItemModel* items_;
    QSortFilterProxyModel* filtered_;
};

} // namespace inlay::widgets

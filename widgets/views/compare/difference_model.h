#pragma once

#include <QAbstractTableModel>

#include "widgets/plots/plot_table.h"
#include "widgets/views/compare/compare_rows.h"

namespace inlay::widgets {

enum class ShownRows { Differing, All };

/// Rows under their headings, groups as columns; cells unlike the baseline's are marked.
class DifferenceModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role {
        SectionRole = Qt::UserRole, ///< bool: the row is a heading
        DiffersRole,                ///< bool: unlike the baseline
        SpreadRole,                 ///< QString: deviation over the runs of a group
        DeltaRole,                  ///< QString: signed difference to the baseline
        ToneRole                    ///< int: Tone
    };

    explicit DifferenceModel(QObject* parent);

    /// Keeps the selection of the views when the rows are the same but for their values.
    void setRows(std::vector<CompareRow> rows, std::vector<ComparedGroup> groups);
    void setShown(ShownRows shown);
    ShownRows shown() const { return shown_; }
    const std::vector<CompareRow>& allRows() const { return all_; }
    const std::vector<ComparedGroup>& groups() const { return groups_; }
    const CompareRow& row(int index) const {
        return all_[visible_[static_cast<std::size_t>(index)]];
    }
    /// Settings that are the same everywhere.
    int equalSettings() const;

    /// What is shown, with section, key, and a column a group.
    PlotTable table() const;
    QString asMarkdown() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<std::size_t> visibleOf(const std::vector<CompareRow>& rows) const;

    std::vector<CompareRow> all_;
    std::vector<ComparedGroup> groups_;
    std::vector<std::size_t> visible_;
    ShownRows shown_ = ShownRows::Differing;
};

} // namespace inlay::widgets

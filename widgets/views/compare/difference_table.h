#pragma once

#include <QTableView>

namespace inlay::widgets {

class DifferenceModel;

/// The table of the comparison: markers of the groups in the header, headings across, cells unlike
/// the baseline's tinted. Titles and baseline stay in place when the others are scrolled.
class DifferenceTable : public QTableView {
    Q_OBJECT

public:
    DifferenceTable(DifferenceModel* model, QWidget* parent);

    /// -1 = none.
    void highlightGroup(int group);
    bool hasFrozenColumns() const;
    void setChosenGroup(int group);

signals:
    /// -1 when the pointer has left.
    void groupHovered(int group);
    void groupClicked(int group);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void arrange();
    void fitRows();
    void buildFrozen();
    void placeFrozen();
    void prepare(QTableView* table);

    DifferenceModel* differences_;
    /// The first two columns once more, on top.
    QTableView* frozen_ = nullptr;
};

} // namespace inlay::widgets

#pragma once

#include <map>

#include <QWidget>

#include "widgets/plots/point_pick.h"
#include "widgets/views/embeddings/point_faces.h"

class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace inlay::widgets {

class ThumbGrid;

/// The selected points: faces, labels, how many the neighbors get wrong, named tags, and what one
/// can do with them.
class SelectionPanel : public QWidget {
    Q_OBJECT

public:
    using Tags = std::map<QString, PointSet>;

    SelectionPanel(const PointFaces& faces, QWidget* parent);

    void setSelection(const PointSet& points, const std::vector<std::int32_t>& predicted);
    void setTags(const Tags& tags);
    /// Whether there is a selection to go back to.
    void setHasPrevious(bool has);
    /// Whether only some points are projected now.
    void setProjected(bool isSubset);

    ThumbGrid* grid() const { return grid_; }
    QString labelsText() const;
    QString wrongText() const;

signals:
    void pointHovered(qint64 point);
    void pointChosen(qint64 point);
    /// A name for the selection was given.
    void tagWanted(const QString& name);
    void tagRemoved(const QString& name);
    void tagChosen(const QString& name);
    void projectWanted();
    void projectAllWanted();
    void exportWanted();
    void invertWanted();
    /// The selection before this one.
    void previousWanted();
    void clearWanted();

private:
    void askForName();
    void fillMenu();

    const PointFaces& faces_;
    Tags tags_;
    ThumbGrid* grid_;
    QLabel* labels_;
    QLabel* wrong_;
    QWidget* facts_;
    QPushButton* tag_;
    QPushButton* project_;
    QToolButton* more_;
    QMenu* menu_;
    bool hasSelection_ = false;
    bool isSubset_ = false;
    bool hasPrevious_ = false;
};

} // namespace inlay::widgets

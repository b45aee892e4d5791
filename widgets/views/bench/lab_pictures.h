#pragma once

#include <vector>

#include <QWidget>

#include "widgets/views/bench/lab_cells.h"

class QHBoxLayout;

namespace inlay::widgets {

class CurvePlot;
class HeatMap;

/// A row of small pictures of what the layers are: the matrix of a small layer of each family, the
/// encoder of a Strassen-Tile layer, and the singular values of the matrices. As many as the width
/// holds.
class LabPictures : public QWidget {
    Q_OBJECT

public:
    explicit LabPictures(QWidget* parent);

    void setLab(const Lab& lab);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void hideWhatDoesNotFit();

    QHBoxLayout* row_ = nullptr;
    std::vector<HeatMap*> maps_;
    CurvePlot* singular_ = nullptr;
    std::vector<LabPicture> shown_;
};

} // namespace inlay::widgets

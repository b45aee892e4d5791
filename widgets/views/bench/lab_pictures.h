#pragma once

#include <vector>

#include <QWidget>

#include "widgets/views/bench/lab_cells.h"

class QHBoxLayout;

namespace inlay::widgets {

class CurvePlot;
class Plot;

/// A row of small pictures of what the layers are: the matrix of a small layer of each family, the
/// encoder of a Strassen-Tile layer, the wiring of a butterfly, and the singular values of the
/// matrices. As many as the width holds.
class LabPictures : public QWidget {
    Q_OBJECT

public:
    explicit LabPictures(QWidget* parent);

    void setLab(const Lab& lab);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void addWiring(const LabPicture& picture);
    void addMatrix(const LabPicture& picture, bool isStl);
    void hideWhatDoesNotFit();

    QHBoxLayout* row_ = nullptr;
    std::vector<Plot*> maps_;
    CurvePlot* singular_ = nullptr;
    std::vector<LabPicture> shown_;
};

} // namespace inlay::widgets

#pragma once

#include <vector>

#include "widgets/plots/plot.h"

namespace inlay::widgets {

/// The stages of a butterfly network as wires from features to features: the color of a wire is its
/// weight, wires on no path from an input to a kept output are dim.
class WiringPlot : public Plot {
    Q_OBJECT

public:
    explicit WiringPlot(QWidget* parent = nullptr);

    /// `wiring` as engine::bench::LayerPicture has it: `stages` rows of 1 + 2n numbers.
    void setWiring(int stages, std::vector<float> wiring);
    int stages() const { return stages_; }
    int liveWires() const;
    int wires() const { return static_cast<int>(wires_.size()); }

    PlotTable table() const override;
    bool isEmpty() const override { return wires_.empty(); }

protected:
    Extent dataExtent() const override;
    void paintFront(QPainter& painter) override;
    QString describe() const override;

private:
    struct Wire {
        int stage; // in the order of application
        int from;
        int to;
        float weight; // NaN: on no path
    };

    int stages_ = 0;
    int features_ = 0;
    float largest_ = 0;
    std::vector<Wire> wires_;
};

} // namespace inlay::widgets

#pragma once

#include <cmath>
#include <memory>

#include <QLabel>
#include <QVBoxLayout>

#include "engine/analysis/bands.h"
#include "engine/analysis/smoothing.h"
#include "engine/base/random.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/heat_strip.h"
#include "widgets/plots/plot_group.h"
#include "widgets/plots/readout_row.h"
#include "widgets/plots/scatter_plot.h"
#include "widgets/plots/state_chip.h"
#include "widgets/plots/transport.h"

/// Plots with made-up curves in the manner of a training run, for tests and pictures.
namespace sample {

using namespace inlay::widgets;

inline Points lossCurve(int steps, double floor, double noise, std::uint64_t seed) {
    inlay::engine::RandomStream stream(seed, "loss");
    Points points;
    for (int i = 0; i < steps; ++i) {
        const double x = i * 10.0;
        const double trend = floor + 2.2 * std::exp(-x / 700) + 0.15 * std::exp(-x / 3000);
        points.x.push_back(x);
        points.y.push_back(trend * std::exp(noise * stream.normal()));
    }
    return points;
}

inline Points smoothed(const Points& raw, double weight) {
    return {raw.x, inlay::engine::smoothDebiased(raw.y, weight)};
}

inline Points thinned(const Points& points, std::size_t every) {
    Points out;
    for (std::size_t i = every; i < points.size(); i += every) {
        out.x.push_back(points.x[i]);
        out.y.push_back(points.y[i]);
    }
    return out;
}

/// A noisy block matrix as graph clustering shows it.
inline HeatMap* adjacencyMap(QWidget* parent = nullptr) {
    auto* map = new HeatMap(parent);
    map->setTitle("Adjacency", "p 0.7, q 0.3");
    map->setXAxis({"Node, in found order", {}, AxisScale::Linear});
    map->setYAxis({"Node", {}, AxisScale::Linear});
    map->setValues("Edges", {{}, 2}, AxisScale::Linear);
    MatrixData data;
    data.rows = data.columns = 220;
    data.rowSize = data.columnSize = 5;
    inlay::engine::RandomStream stream(1, "adjacency");
    for (int r = 0; r < 220; ++r)
        for (int c = 0; c < 220; ++c) {
            const bool same = (r < 160 && c < 160) || (r >= 160 && r < 200 && c >= 160 && c < 200);
            data.values.push_back(static_cast<float>((same ? 0.7 : 0.3) + 0.09 * stream.normal()));
        }
    map->setData(std::move(data));
    map->setFixedRange(Range{0, 1});
    map->setBlocks({{0, 800, 0, 800, 0, "V1, 800 nodes"}, {800, 1000, 800, 1000, 2, "V2"}});
    map->setSquare(true);
    return map;
}

/// A signed matrix.
inline HeatMap* signedMap(QWidget* parent = nullptr) {
    auto* map = new HeatMap(parent);
    map->setTitle("P(u before v)", "at t = 2,600");
    map->setXAxis({"Item v", {}, AxisScale::Linear});
    map->setYAxis({"Item u", {}, AxisScale::Linear});
    map->setValues("Logit", {{}, 3}, AxisScale::Linear, ColorMap::Diverging);
    MatrixData data;
    data.rows = data.columns = 24;
    for (int r = 0; r < 24; ++r)
        for (int c = 0; c < 24; ++c)
            data.values.push_back(r == c ? std::nanf("") : static_cast<float>(c - r) / 4);
    map->setData(std::move(data));
    map->setSquare(true);
    return map;
}

inline CurvePlot* lossPlot(QWidget* parent = nullptr) {
    auto* plot = new CurvePlot(parent);
    plot->setTitle("Loss", "log scale");
    plot->setXAxis({"Step", {}, AxisScale::Linear});
    plot->setYAxis({"Loss", {"nats", 3}, AxisScale::Log});
    plot->setProvenance("digits-vit, run 12, seed 1, cpu with 2 threads, Inlay 0.1.0");
    const Points raw = lossCurve(571, 0.045, 0.22, 1);
    CurveSeries train;
    train.id = "train";
    train.name = "train";
    train.style = trainStyle();
    train.emphasis = Emphasis::Chosen;
    train.label = EndLabel::NameAndValue;
    train.raw = raw;
    train.points = smoothed(raw, 0.9);
    CurveSeries validation;
    validation.id = "validation";
    validation.name = "validation";
    validation.style = validationStyle();
    validation.marks = PointMarks::Shown;
    validation.label = EndLabel::NameAndValue;
    validation.points = thinned(lossCurve(571, 0.07, 0.02, 2), 46);
    CurveSeries twin;
    twin.id = "dense";
    twin.name = "dense twin";
    twin.style = baselineStyle();
    twin.emphasis = Emphasis::Reference;
    twin.points = thinned(lossCurve(937, 0.05, 0.03, 3), 20);
    plot->setSeries({train, validation, twin});
    plot->setExpectedEnd(9360);
    plot->setMarks({{5710, {}}});
    return plot;
}

inline CurvePlot* throughputPlot(QWidget* parent = nullptr) {
    auto* plot = new CurvePlot(parent);
    plot->setTitle("Throughput", "batch 128");
    plot->setXAxis({"Step", {}, AxisScale::Linear});
    plot->setYAxis({"Images/s", {}, AxisScale::Linear});
    inlay::engine::RandomStream stream(4, "throughput");
    CurveSeries run;
    run.id = "run";
    run.name = "this run";
    run.style = trainStyle();
    run.label = EndLabel::NameAndValue;
    for (int i = 0; i < 571; ++i) {
        run.points.x.push_back(i * 10.0);
        run.points.y.push_back(1420 + 12 * stream.normal() - (i > 245 && i < 252 ? 200 : 0));
    }
    CurveSeries twin;
    twin.id = "dense";
    twin.name = "dense twin";
    twin.style = baselineStyle();
    twin.emphasis = Emphasis::Reference;
    twin.points = {{0, 9360}, {1300, 1300}};
    plot->setSeries({run, twin});
    plot->setMarks({{2490, "checkpoint"}});
    return plot;
}

inline HeatStrip* gradientPlot(QWidget* parent = nullptr) {
    auto* plot = new HeatStrip(parent);
    plot->setTitle("Gradient norm", "per layer, L2, log scale");
    plot->setXAxis({"Step", {}, AxisScale::Linear});
    plot->setValues({"", 2}, AxisScale::Log);
    HeatData data;
    for (int b = 1; b <= 6; ++b)
        for (const char* part : {"QKV", "out", "MLP up", "MLP down"})
            data.rowNames << QString("Block %1, %2").arg(b).arg(part);
    inlay::engine::RandomStream stream(5, "gradient");
    for (int i = 0; i < 286; ++i)
        data.x.push_back(i * 20.0);
    for (int row = 0; row < data.rowNames.size(); ++row)
        for (const double x : data.x)
            data.values.push_back((0.01 + 0.3 * std::exp(-x / 900) / (1 + row * 0.1)) *
                                  std::exp(0.35 * stream.normal()) * (row % 4 == 2 ? 2.5 : 1));
    for (std::size_t c = 120; c < 126; ++c)
        data.values[7 * data.x.size() + c] = std::nan("");
    plot->setData(data);
    plot->setExpectedEnd(9360);
    return plot;
}

inline CurvePlot* bandPlot(QWidget* parent = nullptr) {
    auto* plot = new CurvePlot(parent);
    plot->setTitle("Validation accuracy", "mean, band ± 1 standard deviation, n = 3");
    plot->setXAxis({"Epoch", {}, AxisScale::Linear});
    plot->setYAxis({"Validation accuracy", {"%", 4}, AxisScale::Linear});
    const struct {
        const char* name;
        SeriesStyle style;
        double top;
    } groups[] = {{"Dense", familyStyle("dense"), 98.52},
                  {"2:4, SR-STE", familyStyle("two_four"), 98.31},
                  {"STL r 24", familyStyle("stl"), 98.24},
                  {"Block diagonal 4", familyStyle("block_diagonal"), 98.11},
                  {"STL r 16", familyStyle("stl", 1), 97.61},
                  {"Low rank 64", familyStyle("low_rank"), 97.58}};
    std::vector<CurveSeries> all;
    for (const auto& group : groups) {
        inlay::engine::RandomStream stream(6, group.name);
        std::vector<std::vector<double>> y(3);
        std::vector<double> x;
        for (int epoch = 1; epoch <= 20; ++epoch) {
            x.push_back(epoch);
            for (auto& seed : y)
                seed.push_back(group.top - 9 * std::exp(-epoch / 2.4) +
                               (0.6 / epoch + 0.05) * stream.normal());
        }
        std::vector<inlay::engine::SeriesView> members;
        for (const auto& seed : y)
            members.push_back({x, seed});
        const auto band = inlay::engine::bandOf(members, inlay::engine::Alignment::Exact);
        CurveSeries s;
        s.id = s.name = QString::fromLatin1(group.name);
        s.style = group.style;
        s.label = EndLabel::NameAndValue;
        s.marks = PointMarks::Shown;
        s.emphasis = s.id == "Dense"      ? Emphasis::Reference
                     : s.id == "STL r 24" ? Emphasis::Chosen
                                          : Emphasis::Normal;
        s.points = {band.x, band.mean};
        s.band.x = band.x;
        for (std::size_t i = 0; i < band.x.size(); ++i) {
            s.band.low.push_back(band.mean[i] - band.deviation[i]);
            s.band.high.push_back(band.mean[i] + band.deviation[i]);
        }
        all.push_back(s);
    }
    plot->setSeries(all);
    return plot;
}

inline ScatterPlot* frontPlot(QWidget* parent = nullptr) {
    auto* plot = new ScatterPlot(parent);
    plot->setTitle("Accuracy against measured time", "front in accent, dominated area shaded");
    plot->setXAxis({"Measured step time", {"ms", 4}, AxisScale::Linear});
    plot->setYAxis({"Accuracy", {"%", 4}, AxisScale::Linear});
    const auto point = [](const char* name, double x, double y, SeriesStyle style) {
        ScatterPoint p;
        p.id = p.name = QString::fromUtf8(name);
        p.x = x;
        p.y = y;
        p.style = style;
        return p;
    };
    std::vector<ScatterPoint> points{
        point("Dense", 98.3, 98.52, familyStyle("dense")),
        point("STL r 24", 90.4, 98.24, familyStyle("stl")),
        point("STL r 16", 75.0, 97.61, familyStyle("stl", 1)),
        point("2:4", 101.3, 98.31, familyStyle("two_four")),
        point("Low rank 64", 67.3, 97.58, familyStyle("low_rank")),
        point("Block diagonal 4", 76.8, 98.11, familyStyle("block_diagonal")),
        point("Butterfly √n", 45.9, 96.04, familyStyle("butterfly")),
        point("STL r 48", 111.7, 98.47, familyStyle("stl", 3)),
        point("STL r 32", 99.1, 98.36, familyStyle("stl", 4)),
        point("Lost run", std::nan(""), 97, familyStyle("dense"))};
    points[1].emphasis = Emphasis::Chosen;
    plot->setPoints(points);
    plot->setGoals(inlay::engine::Goal::Minimize, inlay::engine::Goal::Maximize);
    plot->setMarks({{98.3, "dense"}});
    return plot;
}

inline CurvePlot* emptyPlot(QWidget* parent = nullptr) {
    auto* plot = new CurvePlot(parent);
    plot->setTitle("Loss");
    plot->setXAxis({"Step", {}, AxisScale::Linear});
    plot->setYAxis({"Loss", {"nats", 3}, AxisScale::Linear});
    plot->setEmptyText("Training loss will appear here as soon as a run starts.");
    return plot;
}

inline CurvePlot* nanPlot(QWidget* parent = nullptr) {
    auto* plot = new CurvePlot(parent);
    plot->setTitle("Loss", "a run that diverges");
    plot->setXAxis({"Step", {}, AxisScale::Linear});
    plot->setYAxis({"Loss", {"nats", 3}, AxisScale::Log});
    CurveSeries s;
    s.id = s.name = "train";
    s.style = trainStyle();
    for (int i = 0; i < 300; ++i) {
        s.points.x.push_back(i);
        s.points.y.push_back(i < 200   ? 2 * std::exp(-i / 60.0)
                             : i < 220 ? std::exp((i - 200) / 3.0)
                             : i < 225 ? HUGE_VAL
                             : i < 280 ? std::nan("")
                                       : -1);
    }
    s.points.y[100] = 0;
    plot->setSeries({s});
    return plot;
}

inline ReadoutRow* readouts(QWidget* parent = nullptr) {
    auto* row = new ReadoutRow(parent);
    row->setReadouts({{"Validation accuracy", "97.86", "%", "dense 98.25 here", Tone::Normal, {}},
                      {"Train loss, smoothed", "0.046", "nats", {}, Tone::Normal, {}},
                      {"Throughput", "1,418", "images/s", {}, Tone::Normal, {}},
                      {"Speed-up by FLOP", "1.82", "×", {}, Tone::Normal, {}},
                      {"Speed-up measured", "0.97", "×", "slower than dense", Tone::Warn, {}}});
    return row;
}

/// Everything on one page.
class Gallery : public QWidget {
public:
    Gallery() {
        setObjectName("gallery");
        setProperty("surface", true);
        auto* layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(0);
        auto* chips = new QHBoxLayout;
        chips->setSpacing(6);
        chips->setContentsMargins(12, 6, 12, 6);
        for (int i = 0; i < 8; ++i) {
            auto* chip = new StateChip(this);
            chip->setState(static_cast<RunState>(i));
            chips->addWidget(chip);
        }
        chips->addStretch();
        layout->addLayout(chips);
        layout->addWidget(readouts(this));
        auto* grid = new QGridLayout;
        grid->setSpacing(0);
        loss = lossPlot(this);
        accuracy = bandPlot(this);
        throughput = throughputPlot(this);
        gradient = gradientPlot(this);
        scatter = frontPlot(this);
        diverged = nanPlot(this);
        empty = emptyPlot(this);
        grid->addWidget(loss, 0, 0);
        grid->addWidget(accuracy, 0, 1);
        grid->addWidget(throughput, 1, 0);
        grid->addWidget(gradient, 1, 1);
        grid->addWidget(diverged, 2, 0);
        grid->addWidget(scatter, 2, 1);
        grid->addWidget(empty, 3, 0);
        grid->addWidget(new EmptyState("table", "No runs yet",
                                       "Every run you start is kept here, sortable by any "
                                       "parameter or result.",
                                       this),
                        3, 1);
        layout->addLayout(grid, 1);
        group.add(loss);
        group.add(throughput);
        group.add(gradient);
        resize(1000, 860);
    }

    PlotGroup group;
    CurvePlot* loss;
    CurvePlot* accuracy;
    CurvePlot* throughput;
    HeatStrip* gradient;
    ScatterPlot* scatter;
    CurvePlot* diverged;
    CurvePlot* empty;
};

} // namespace sample

#include "engine/analysis/embedding/umap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/analysis/embedding/layout_watch.h"
#include "engine/analysis/embedding/neighbor_graph.h"
#include "engine/analysis/embedding/principal_layout.h"
#include "engine/base/error.h"
#include "engine/base/random.h"

namespace inlay::engine {
namespace {

constexpr float kClip = 4.0f;
constexpr double kStartSide = 10;
constexpr double kStartNoise = 1e-4;
constexpr std::int64_t kSmallSet = 10'000;
// Edges moved between two looks at the observer.
constexpr std::size_t kEdgesBetweenLooks = 100'000;

constexpr int kCurvePoints = 300;

/// An edge with the epochs at which it pulls and pushes next.
struct Edge {
    std::int32_t head = 0;
    std::int32_t tail = 0;
    float every = 1; // epochs from one pull to the next
    float nextPull = 0;
    float nextPush = 0;
};

/// Edges too light to pull once are left out.
std::vector<Edge> schedule(const NeighborGraph& graph, std::int64_t epochs,
                           std::int64_t negatives) {
    const float heaviest = *std::max_element(graph.weight.begin(), graph.weight.end());
    std::vector<Edge> edges;
    for (std::int64_t i = 0; i < graph.nodes; ++i)
        for (auto e = static_cast<std::size_t>(graph.rowStart[static_cast<std::size_t>(i)]);
             e < static_cast<std::size_t>(graph.rowStart[static_cast<std::size_t>(i) + 1]); ++e) {
            if (graph.weight[e] < heaviest / static_cast<float>(epochs))
                continue;
            Edge edge;
            edge.head = static_cast<std::int32_t>(i);
            edge.tail = graph.column[e];
            edge.every = heaviest / graph.weight[e];
            edge.nextPull = edge.every;
            edge.nextPush = edge.every / static_cast<float>(std::max<std::int64_t>(negatives, 1));
            edges.push_back(edge);
        }
    return edges;
}

/// Each coordinate stretched to 0 … 10.
void stretch(std::vector<float>& layout, std::int64_t dims) {
    const auto step = static_cast<std::size_t>(dims);
    for (std::size_t d = 0; d < step; ++d) {
        float low = std::numeric_limits<float>::infinity();
        float high = -low;
        for (std::size_t i = d; i < layout.size(); i += step) {
            low = std::min(low, layout[i]);
            high = std::max(high, layout[i]);
        }
        const float scale = high > low ? static_cast<float>(kStartSide) / (high - low) : 0;
        for (std::size_t i = d; i < layout.size(); i += step)
            layout[i] = (layout[i] - low) * scale;
    }
}

template <int Dims>
class Mover {
public:
    Mover(std::vector<float>& layout, const UmapOptions& options, UmapCurve curve)
        : layout_(layout)
        , a_(static_cast<float>(curve.a))
        , b_(static_cast<float>(curve.b))
        , negatives_(static_cast<float>(options.negatives))
        , count_(layout.size() / Dims) {}

    /// One epoch over some edges.
    void move(std::span<Edge> edges, std::int64_t epoch, float rate, RandomStream& stream) {
        const auto now = static_cast<float>(epoch);
        for (Edge& edge : edges) {
            if (edge.nextPull > now)
                continue;
            float* head = layout_.data() + std::int64_t{edge.head} * Dims;
            pull(head, layout_.data() + std::int64_t{edge.tail} * Dims, rate);
            edge.nextPull += edge.every;
            if (negatives_ <= 0)
                continue;
            const float pushEvery = edge.every / negatives_;
            const int pushes = static_cast<int>((now - edge.nextPush) / pushEvery);
            for (int p = 0; p < pushes; ++p) {
                const std::uint64_t other = stream.below(count_);
                if (other != static_cast<std::uint64_t>(edge.head))
                    push(head, layout_.data() + other * Dims, rate);
            }
            edge.nextPush += static_cast<float>(pushes) * pushEvery;
        }
    }

    /// What move() leaves of the edges, without moving anything.
    void skip(std::span<Edge> edges, std::int64_t epoch) const {
        const auto now = static_cast<float>(epoch);
        for (Edge& edge : edges) {
            if (edge.nextPull > now)
                continue;
            edge.nextPull += edge.every;
            if (negatives_ <= 0)
                continue;
            const float pushEvery = edge.every / negatives_;
            const int pushes = static_cast<int>((now - edge.nextPush) / pushEvery);
            edge.nextPush += static_cast<float>(pushes) * pushEvery;
        }
    }

private:
    static float squaredApart(const float* x, const float* y) {
        float sum = 0;
        for (int d = 0; d < Dims; ++d)
            sum += (x[d] - y[d]) * (x[d] - y[d]);
        return sum;
    }
    static float clipped(float value) { return std::clamp(value, -kClip, kClip); }

    void pull(float* head, float* tail, float rate) const {
        const float square = squaredApart(head, tail);
        if (square <= 0)
            return;
        const float power = std::pow(square, b_);
        const float slope = -2 * a_ * b_ * power / square / (a_ * power + 1);
        for (int d = 0; d < Dims; ++d) {
            const float step = rate * clipped(slope * (head[d] - tail[d]));
            head[d] += step;
            tail[d] -= step;
        }
    }

    void push(float* head, const float* other, float rate) const {
        const float square = squaredApart(head, other);
        if (square <= 0)
            return;
        const float slope = 2 * b_ / ((0.001f + square) * (a_ * std::pow(square, b_) + 1));
        for (int d = 0; d < Dims; ++d)
            head[d] += rate * clipped(slope * (head[d] - other[d]));
    }

    std::vector<float>& layout_;
    float a_;
    float b_;
    float negatives_;
    std::uint64_t count_;
};

double crossEntropy(const NeighborGraph& graph, const std::vector<float>& layout, std::int64_t dims,
                    UmapCurve curve) {
    double sum = 0;
    for (std::int64_t i = 0; i < graph.nodes; ++i)
        for (auto e = static_cast<std::size_t>(graph.rowStart[static_cast<std::size_t>(i)]);
             e < static_cast<std::size_t>(graph.rowStart[static_cast<std::size_t>(i) + 1]); ++e) {
            double square = 0;
            for (std::int64_t d = 0; d < dims; ++d) {
                const double apart =
                    static_cast<double>(layout[static_cast<std::size_t>(i * dims + d)]) -
                    static_cast<double>(
                        layout[static_cast<std::size_t>(graph.column[e] * dims + d)]);
                square += apart * apart;
            }
            sum += static_cast<double>(graph.weight[e]) *
                   std::log1p(curve.a * std::pow(square, curve.b));
        }
    return sum / static_cast<double>(graph.nodes);
}

std::vector<float> startFor(PointsView points, const NeighborGraph& graph,
                            const UmapOptions& options, LayoutWatch& watch,
                            std::vector<std::string>& notes) {
    if (!options.start.empty())
        return options.start;
    std::vector<float> start;
    const std::int64_t components = connectedComponents(graph);
    if (components > 1) {
        notes.push_back(fmt::format("The graph of neighbors falls into {} parts; the layout starts "
                                    "from principal components instead of the spectrum.",
                                    components));
        start = principalLayout(points, options.dimension).layout.values;
    } else {
        start =
            spectralLayout(graph, options.dimension, options.seed, [&] { return watch.goOn(); });
    }
    stretch(start, options.dimension);
    RandomStream stream(options.seed, "umap.start");
    for (float& value : start)
        value += static_cast<float>(kStartNoise * stream.normal());
    return start;
}

template <int Dims>
void run(std::vector<Edge>& edges, const UmapOptions& options, std::int64_t epochs, UmapCurve curve,
         LayoutWatch& watch, std::vector<float>& layout) {
    Mover<Dims> mover(layout, options, curve);
    const RandomStream streams(options.seed, "umap.negatives");
    constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
    std::int64_t epoch = 0;
    if (options.from)
        for (; epoch < options.from->iteration; ++epoch)
            mover.skip(edges, epoch);
    for (; epoch < epochs; ++epoch) {
        if (options.keeper)
            options.keeper(epoch, [&] { return LayoutState{epoch, kUnknown, layout}; });
        if (!watch.next(epoch, layout, kUnknown))
            return;
        const double left = 1 - static_cast<double>(epoch) / static_cast<double>(epochs);
        RandomStream stream = streams.split(static_cast<std::uint64_t>(epoch));
        for (std::size_t begin = 0; begin < edges.size(); begin += kEdgesBetweenLooks) {
            if (begin > 0 && !watch.goOn())
                return;
            const std::size_t size = std::min(kEdgesBetweenLooks, edges.size() - begin);
            mover.move(std::span(edges).subspan(begin, size), epoch,
                       static_cast<float>(options.learningRate * left), stream);
        }
    }
}

} // namespace

UmapCurve umapCurve(double minDistance, double spread) {
    // Gauss-Newton on two numbers, damped (Levenberg).
    UmapCurve curve{1, 1};
    double damping = 1e-3;
    const auto errorOf = [&](UmapCurve c) {
        double sum = 0;
        for (int i = 0; i < kCurvePoints; ++i) {
            const double x = 3 * spread * i / (kCurvePoints - 1);
            const double y = x < minDistance ? 1 : std::exp(-(x - minDistance) / spread);
            const double r = 1 / (1 + c.a * std::pow(x, 2 * c.b)) - y;
            sum += r * r;
        }
        return sum;
    };
    double error = errorOf(curve);
    for (int step = 0; step < 200; ++step) {
        double aa = 0;
        double ab = 0;
        double bb = 0;
        double ar = 0;
        double br = 0;
        for (int i = 1; i < kCurvePoints; ++i) {
            const double x = 3 * spread * i / (kCurvePoints - 1);
            const double y = x < minDistance ? 1 : std::exp(-(x - minDistance) / spread);
            const double power = std::pow(x, 2 * curve.b);
            const double f = 1 / (1 + curve.a * power);
            const double da = -f * f * power;
            const double db = -f * f * curve.a * power * 2 * std::log(x);
            aa += da * da;
            ab += da * db;
            bb += db * db;
            ar += da * (f - y);
            br += db * (f - y);
        }
        const double dampedA = aa * (1 + damping);
        const double dampedB = bb * (1 + damping);
        const double determinant = dampedA * dampedB - ab * ab;
        const UmapCurve next{curve.a - (dampedB * ar - ab * br) / determinant,
                             curve.b - (dampedA * br - ab * ar) / determinant};
        const double nextError =
            next.a > 0 && next.b > 0 ? errorOf(next) : std::numeric_limits<double>::infinity();
        if (nextError < error) {
            const bool done = error - nextError < 1e-15;
            curve = next;
            error = nextError;
            damping /= 10;
            if (done)
                break;
        } else {
            damping *= 10;
        }
    }
    return curve;
}

Layout umapLayout(PointsView points, const UmapOptions& options, const LayoutObserver& observer) {
    const std::int64_t n = points.count;
    const std::int64_t dims = options.dimension;
    assert(dims == 2 || dims == 3);
    if (n < 4)
        throw Error(fmt::format("UMAP needs at least 4 points, there are {}", n));
    if (points.dimension <= dims)
        return shownAsTheyAre(points, dims);
    Layout layout;
    layout.dimension = dims;
    const std::int64_t epochs = options.epochs > 0 ? options.epochs : n <= kSmallSet ? 500 : 200;
    LayoutWatch watch(observer, epochs);
    watch.next(0, {}, std::numeric_limits<double>::quiet_NaN());
    std::int64_t wanted = options.neighbors;
    if (wanted > n) {
        layout.notes.push_back(fmt::format(
            "{} neighbors need as many points, there are {}; it was reduced to {}.", wanted, n, n));
        wanted = n;
    }
    // UMAP counts the point itself among its neighbors.
    const Neighbors neighbors =
        exactNeighbors(points, std::max<std::int64_t>(wanted - 1, 1), [&] { return watch.goOn(); });
    layout.cancelled = neighbors.cancelled;
    if (layout.cancelled)
        return layout;
    const NeighborGraph graph = fuzzyGraph(neighbors);
    layout.values = options.from ? options.from->numbers
                                 : startFor(points, graph, options, watch, layout.notes);
    layout.cancelled = watch.cancelled();
    if (layout.cancelled)
        return layout;
    const UmapCurve curve = umapCurve(options.minDistance, options.spread);
    std::vector<Edge> edges = schedule(graph, epochs, options.negatives);
    if (dims == 2)
        run<2>(edges, options, epochs, curve, watch, layout.values);
    else
        run<3>(edges, options, epochs, curve, watch, layout.values);
    layout.cost = crossEntropy(graph, layout.values, dims, curve);
    if (!watch.cancelled())
        watch.next(epochs, layout.values, layout.cost);
    layout.cancelled = watch.cancelled();
    return layout;
}

} // namespace inlay::engine

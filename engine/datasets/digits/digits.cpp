#include "engine/datasets/digits/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/datasets/digits/glyphs.h"
#include "engine/datasets/digits/stroke_raster.h"

namespace inlay::engine {
namespace {

// Pixels; angles in radians; the deviations are those at deformation = 1.
constexpr float kHeight = 18.8f;
constexpr float kHeightDeviation = 0.08f;
constexpr float kAspectDeviation = 0.13f;
constexpr float kPointDeviation = 0.018f;
constexpr float kShearMean = 0.17f;
constexpr float kShearDeviation = 0.28f;
// Nobody writes more slanted than this, and a 1 would no longer read as one.
constexpr float kShearLow = -0.35f;
constexpr float kShearHigh = 0.80f;
constexpr float kRotationDeviation = 0.12f;
constexpr float kFieldDeviation = 1.3f;
constexpr float kShift = 2.8f;
constexpr float kHalfWidthLow = 0.85f;
constexpr float kHalfWidthHigh = 1.75f;
constexpr float kWidthDeviation = 0.12f;
constexpr float kInkLow = 200.0f;
constexpr float kInkHigh = 255.0f;
// Strokes stay this far inside the picture.
constexpr float kMargin = 1.5f;
constexpr int kStepsPerSpan = 5;
constexpr int kFieldSide = 6;

struct Point {
    float x = 0;
    float y = 0;
};

struct Vertex {
    Point at;
    float width = 1;
    bool startsStroke = false;
};

// Random numbers of one image. The sum of four uniform numbers stands for a normal one: it needs
// no logarithm and never strays more than 3.5 deviations.
class Dice {
public:
    explicit Dice(RandomStream stream)
        : stream_(stream) {}

    float uniform(float low, float high) {
        return low + (high - low) * static_cast<float>(stream_.next() >> 8) * 0x1.0p-24f;
    }
    float bell() {
        float sum = -2.0f;
        for (int i = 0; i < 4; ++i)
            sum += uniform(0.0f, 1.0f);
        return sum * 1.7320508f;
    }
    // From the four bytes of one word: coarse, but a quarter of the work, for pixel noise.
    float coarseBell() {
        const std::uint32_t word = stream_.next();
        const std::uint32_t sum =
            (word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255) + (word >> 24);
        return (static_cast<float>(sum) - 510.0f) * (1.0f / 147.8f);
    }
    std::uint32_t below(std::uint32_t bound) {
        return static_cast<std::uint32_t>(stream_.below(bound));
    }

private:
    RandomStream stream_;
};

const Glyph& chooseGlyph(int digit, Dice& dice) {
    const std::span<const Glyph> glyphs = glyphsOf(digit);
    int total = 0;
    for (const Glyph& glyph : glyphs)
        total += glyph.weight;
    int ticket = static_cast<int>(dice.below(static_cast<std::uint32_t>(total)));
    for (const Glyph& glyph : glyphs) {
        ticket -= glyph.weight;
        if (ticket < 0)
            return glyph;
    }
    return glyphs.back();
}

// A smooth random displacement over the unit box: a uniform cubic B-spline on a coarse grid.
class Field {
public:
    Field(float deviation, Dice& dice) {
        for (Point& node : nodes_)
            node = {deviation * dice.bell(), deviation * dice.bell()};
    }

    Point at(Point p) const {
        const Span column(p.x);
        const Span row(p.y);
        Point sum;
        for (int i = 0; i < 4; ++i) {
            const Point* nodes = nodes_.data() + (row.first + i) * kFieldSide + column.first;
            Point line;
            for (int j = 0; j < 4; ++j) {
                line.x += column.weight[static_cast<std::size_t>(j)] * nodes[j].x;
                line.y += column.weight[static_cast<std::size_t>(j)] * nodes[j].y;
            }
            sum.x += row.weight[static_cast<std::size_t>(i)] * line.x;
            sum.y += row.weight[static_cast<std::size_t>(i)] * line.y;
        }
        return sum;
    }

private:
    // The four nodes that a coordinate depends on, and their weights.
    struct Span {
        explicit Span(float position) {
            const float scaled = std::clamp(position, 0.0f, 1.0f) * (kFieldSide - 3);
            first = std::min(static_cast<int>(scaled), kFieldSide - 4);
            const float t = scaled - static_cast<float>(first);
            const float s = 1.0f - t;
            weight[0] = s * s * s / 6.0f;
            weight[1] = (3.0f * t * t * t - 6.0f * t * t + 4.0f) / 6.0f;
            weight[2] = (3.0f * s * s * s - 6.0f * s * s + 4.0f) / 6.0f;
            weight[3] = t * t * t / 6.0f;
        }
        int first = 0;
        std::array<float, 4> weight;
    };

    std::array<Point, kFieldSide * kFieldSide> nodes_;
};

// Catmull-Rom curve through p1 and p2 at t in 0 … 1.
float curve(float p0, float p1, float p2, float p3, float t) {
    return 0.5f * (2.0f * p1 + (p2 - p0) * t + (2.0f * p0 - 5.0f * p1 + 4.0f * p2 - p3) * t * t +
                   (3.0f * p1 - p0 - 3.0f * p2 + p3) * t * t * t);
}

// Points of all strokes in the unit box.
void traceStrokes(const Glyph& glyph, const std::vector<Vertex>& points,
                  std::vector<Vertex>& trace) {
    trace.clear();
    for (const std::vector<int>& stroke : glyph.strokes) {
        const int last = static_cast<int>(stroke.size()) - 1;
        const bool closed = stroke.front() == stroke.back();
        const auto point = [&](int i) -> const Vertex& {
            if (closed)
                i = (i + last) % last;
            const int clamped = std::clamp(i, 0, last);
            return points[static_cast<std::size_t>(stroke[static_cast<std::size_t>(clamped)])];
        };
        trace.push_back(point(0));
        trace.back().startsStroke = true;
        for (int i = 0; i < last; ++i) {
            const Vertex& p1 = point(i);
            const Vertex& p2 = point(i + 1);
            if (&p1 == &p2)
                continue; // a corner
            const Vertex& p0 = point(i - 1);
            const Vertex& p3 = point(i + 2);
            for (int step = 1; step <= kStepsPerSpan; ++step) {
                const float t = static_cast<float>(step) / kStepsPerSpan;
                trace.push_back({{curve(p0.at.x, p1.at.x, p2.at.x, p3.at.x, t),
                                  curve(p0.at.y, p1.at.y, p2.at.y, p3.at.y, t)},
                                 p1.width + t * (p2.width - p1.width)});
            }
        }
    }
}

// The affine map and the displacement field, from the unit box to pixels around (0, 0).
void placeTrace(float aspect, float strength, Dice& dice, std::vector<Vertex>& trace) {
    const float height = kHeight * (1.0f + strength * kHeightDeviation * dice.bell());
    const float width =
        kHeight * aspect * std::max(0.45f, 1.0f + strength * kAspectDeviation * dice.bell());
    const float shear =
        strength * std::clamp(kShearMean + kShearDeviation * dice.bell(), kShearLow, kShearHigh);
    const float angle = strength * kRotationDeviation * dice.bell();
    // Taylor series: the angle is below 0.5 at any allowed strength.
    const float square = angle * angle;
    const float sine = angle * (1.0f - square / 6.0f * (1.0f - square / 20.0f));
    const float cosine = 1.0f - square / 2.0f * (1.0f - square / 12.0f);
    const Field field(strength * kFieldDeviation, dice);
    for (Vertex& vertex : trace) {
        const Point bend = field.at(vertex.at);
        const float x = (vertex.at.x - 0.5f) * width + shear * (0.5f - vertex.at.y) * height;
        const float y = (vertex.at.y - 0.5f) * height;
        vertex.at = {cosine * x - sine * y + bend.x, sine * x + cosine * y + bend.y};
    }
}

// Centers the digit, shrinks it where it would touch the edge, and shifts it a little.
void fitTrace(float halfWidth, float strength, Dice& dice, std::vector<Vertex>& trace) {
    Point low = trace.front().at;
    Point high = low;
    for (const Vertex& vertex : trace) {
        low = {std::min(low.x, vertex.at.x), std::min(low.y, vertex.at.y)};
        high = {std::max(high.x, vertex.at.x), std::max(high.y, vertex.at.y)};
    }
    const float room = kDigitSide - 1 - 2.0f * (kMargin + halfWidth);
    const float extent = std::max(high.x - low.x, high.y - low.y);
    const float scale = extent > room ? room / extent : 1.0f;
    const auto place = [&](float from, float to) {
        const float free = 0.5f * (room - scale * (to - from));
        const float shift = std::min(free, strength * kShift) * dice.uniform(-1.0f, 1.0f);
        return 0.5f * (kDigitSide - 1) + shift - scale * 0.5f * (from + to);
    };
    const float moveX = place(low.x, high.x);
    const float moveY = place(low.y, high.y);
    for (Vertex& vertex : trace)
        vertex.at = {scale * vertex.at.x + moveX, scale * vertex.at.y + moveY};
}

} // namespace

std::int32_t drawDigit(const DigitsConfig& config, std::string_view part, std::int64_t index,
                       std::uint8_t* pixels) {
    const int digit = static_cast<int>(index % 10);
    Dice dice(
        RandomStream(config.seed, "digits").split(part).split(static_cast<std::uint64_t>(index)));
    const float strength = static_cast<float>(config.deformation);
    const Glyph& glyph = chooseGlyph(digit, dice);

    const float halfWidth = dice.uniform(kHalfWidthLow, kHalfWidthHigh);
    const float ink = dice.uniform(kInkLow, kInkHigh);
    thread_local std::vector<Vertex> points;
    thread_local std::vector<Vertex> trace;
    points.clear();
    for (const GlyphPoint& point : glyph.points) {
        const float jitter = strength * kPointDeviation;
        // In units of the box's height, so that a narrow digit is not crumpled.
        const float dx = jitter / glyph.aspect * dice.bell();
        const float dy = jitter * dice.bell();
        const float width = halfWidth * (1.0f + kWidthDeviation * dice.bell());
        points.push_back({{point.x + dx, point.y + dy}, width});
    }
    traceStrokes(glyph, points, trace);
    placeTrace(glyph.aspect, strength, dice, trace);
    fitTrace(halfWidth, strength, dice, trace);

    StrokeRaster raster;
    raster.clear();
    for (std::size_t i = 1; i < trace.size(); ++i) {
        const Vertex& a = trace[i - 1];
        const Vertex& b = trace[i];
        if (!b.startsStroke)
            raster.add({a.at.x, a.at.y, b.at.x, b.at.y, a.width, b.width});
    }
    const float noise = static_cast<float>(config.noise);
    for (int y = 0; y < kDigitSide; ++y)
        for (int x = 0; x < kDigitSide; ++x) {
            const float value =
                ink * raster.cover(x, y, halfWidth) + noise * dice.coarseBell() + 0.5f;
            *pixels++ = static_cast<std::uint8_t>(std::clamp(value, 0.0f, 255.0f));
        }
    return digit;
}

Dataset makeDigits(const DigitsConfig& config, std::string_view part, std::int64_t first,
                   std::int64_t count) {
    Dataset data;
    data.count = count;
    data.shape = {kDigitSide, kDigitSide, 1};
    data.scale = 1.0f / 255.0f;
    data.bytes.resize(static_cast<std::size_t>(count) * kDigitPixels);
    data.labels.resize(static_cast<std::size_t>(count));
    for (char digit = '0'; digit <= '9'; ++digit)
        data.classNames.push_back(std::string(1, digit));
    for (std::int64_t i = 0; i < count; ++i)
        data.labels[static_cast<std::size_t>(i)] =
            drawDigit(config, part, first + i, data.bytes.data() + i * kDigitPixels);
    return data;
}

DatasetSplit loadDigits(const DigitsConfig& config) {
    const SplitCounts counts = resolveGeneratedSplit(config);
    DatasetSplit split;
    split.training = makeDigits(config, "training", counts.validation, counts.training);
    split.validation = makeDigits(config, "training", 0, counts.validation);
    split.test = makeDigits(config, "test", 0, counts.test);
    return split;
}

} // namespace inlay::engine

#include "engine/datasets/digits/glyphs.h"

#include <array>
#include <cassert>

namespace inlay::engine {
namespace {

using GlyphTable = std::array<std::vector<Glyph>, 10>;

std::vector<Glyph> zeros() {
    return {
        {{{.50f, .00f}, {.12f, .22f}, {.08f, .76f}, {.48f, 1.f}, {.90f, .78f}, {.90f, .24f}},
         {{0, 1, 2, 3, 4, 5, 0}},
         0.70f,
         3},
        // The pen overshoots where it started.
        {{{.66f, .06f},
          {.30f, .06f},
          {.04f, .50f},
          {.22f, .92f},
          {.55f, .99f},
          {.92f, .66f},
          {.88f, .24f},
          {.60f, .02f},
          {.36f, .10f}},
         {{0, 1, 2, 3, 4, 5, 6, 7, 8}},
         0.75f,
         2},
    };
}

std::vector<Glyph> ones() {
    return {
        {{{.50f, .00f}, {.50f, .50f}, {.50f, 1.f}}, {{0, 1, 2}}, 0.40f, 4},
        {{{.18f, .22f}, {.56f, .00f}, {.55f, .50f}, {.54f, 1.f}}, {{0, 1, 1, 2, 3}}, 0.45f, 2},
        {{{.20f, .20f}, {.54f, .00f}, {.52f, .55f}, {.52f, 1.f}, {.08f, 1.f}, {.94f, .99f}},
         {{0, 1, 1, 2, 3}, {4, 3, 5}},
         0.55f,
         1},
    };
}

std::vector<Glyph> twos() {
    return {
        {{{.06f, .22f},
          {.30f, .02f},
          {.68f, .02f},
          {.86f, .24f},
          {.66f, .54f},
          {.34f, .80f},
          {.04f, .98f},
          {.50f, .97f},
          {.96f, .96f}},
         {{0, 1, 2, 3, 4, 5, 6, 6, 7, 8}},
         0.72f,
         3},
        // With a loop at the foot.
        {{{.08f, .20f},
          {.36f, .00f},
          {.74f, .10f},
          {.76f, .38f},
          {.48f, .74f},
          {.16f, .97f},
          {.02f, .86f},
          {.20f, .76f},
          {.52f, .92f},
          {.98f, .96f}},
         {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
         0.78f,
         2},
    };
}

std::vector<Glyph> threes() {
    return {
        {{{.08f, .12f},
          {.44f, .00f},
          {.82f, .16f},
          {.70f, .38f},
          {.36f, .47f},
          {.76f, .56f},
          {.92f, .78f},
          {.52f, 1.f},
          {.04f, .90f}},
         {{0, 1, 2, 3, 4, 4, 5, 6, 7, 8}},
         0.66f,
         3},
        // Flat top.
        {{{.08f, .03f},
          {.88f, .02f},
          {.46f, .40f},
          {.84f, .54f},
          {.90f, .80f},
          {.52f, 1.f},
          {.04f, .90f}},
         {{0, 1, 1, 2, 2, 3, 4, 5, 6}},
         0.66f,
         1},
        // With a small loop at the waist.
        {{{.10f, .10f},
          {.48f, .00f},
          {.80f, .18f},
          {.62f, .42f},
          {.36f, .50f},
          {.40f, .42f},
          {.62f, .48f},
          {.92f, .74f},
          {.54f, 1.f},
          {.04f, .88f}},
         {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
         0.68f,
         1},
    };
}

std::vector<Glyph> fours() {
    return {
        // Open at the top.
        {{{.22f, .02f},
          {.10f, .32f},
          {.06f, .56f},
          {.50f, .56f},
          {.94f, .52f},
          {.80f, .04f},
          {.72f, .50f},
          {.66f, 1.f}},
         {{0, 1, 2, 2, 3, 4}, {5, 6, 7}},
         0.68f,
         3},
        // Closed.
        {{{.68f, .00f},
          {.34f, .34f},
          {.02f, .66f},
          {.50f, .66f},
          {.98f, .65f},
          {.66f, .50f},
          {.64f, 1.f}},
         {{0, 1, 2, 2, 3, 4}, {0, 5, 6}},
         0.74f,
         2},
        // Open, with a round elbow and one pen movement.
        {{{.16f, .06f},
          {.08f, .36f},
          {.28f, .54f},
          {.62f, .46f},
          {.84f, .04f},
          {.76f, .50f},
          {.72f, 1.f}},
         {{0, 1, 2, 3, 4, 4, 5, 6}},
         0.64f,
         2},
    };
}

std::vector<Glyph> fives() {
    return {
        {{{.88f, .02f},
          {.26f, .03f},
          {.16f, .44f},
          {.56f, .38f},
          {.88f, .62f},
          {.66f, .94f},
          {.06f, .94f}},
         {{0, 1, 1, 2, 2, 3, 4, 5, 6}},
         0.68f,
         3},
        // The bar is a stroke of its own, the bowl starts round.
        {{{.22f, .06f},
          {.94f, .02f},
          {.14f, .46f},
          {.52f, .42f},
          {.84f, .68f},
          {.54f, 1.f},
          {.04f, .88f}},
         {{0, 1}, {0, 2, 2, 3, 4, 5, 6}},
         0.66f,
         1},
        // One bend, almost an S.
        {{{.92f, .00f},
          {.42f, .06f},
          {.20f, .36f},
          {.62f, .50f},
          {.84f, .74f},
          {.50f, 1.f},
          {.04f, .92f}},
         {{0, 1, 2, 3, 4, 5, 6}},
         0.64f,
         1},
    };
}

std::vector<Glyph> sixes() {
    return {
        {{{.74f, .00f},
          {.34f, .24f},
          {.06f, .66f},
          {.26f, .97f},
          {.70f, .96f},
          {.90f, .74f},
          {.62f, .55f},
          {.14f, .72f}},
         {{0, 1, 2, 3, 4, 5, 6, 7}},
         0.64f,
         3},
        // Straight stem, small bowl.
        {{{.42f, .00f},
          {.16f, .40f},
          {.06f, .78f},
          {.40f, 1.f},
          {.84f, .84f},
          {.76f, .58f},
          {.40f, .58f},
          {.10f, .80f}},
         {{0, 1, 2, 3, 4, 5, 6, 7}},
         0.58f,
         2},
    };
}

std::vector<Glyph> sevens() {
    return {
        {{{.04f, .06f}, {.92f, .03f}, {.60f, .48f}, {.42f, 1.f}}, {{0, 1, 1, 2, 3}}, 0.66f, 3},
        {{{.04f, .05f}, {.92f, .04f}, {.58f, .52f}, {.40f, 1.f}, {.24f, .53f}, {.86f, .49f}},
         {{0, 1, 1, 2, 3}, {4, 2, 5}},
         0.68f,
         2},
        // With a serif on the left.
        {{{.06f, .24f}, {.08f, .05f}, {.90f, .05f}, {.62f, .50f}, {.50f, 1.f}},
         {{0, 1, 1, 2, 2, 3, 4}},
         0.66f,
         1},
    };
}

std::vector<Glyph> eights() {
    return {
        // One closed line that crosses itself.
        {{{.84f, .16f},
          {.46f, .00f},
          {.14f, .20f},
          {.46f, .46f},
          {.88f, .76f},
          {.52f, 1.f},
          {.10f, .80f},
          {.54f, .46f}},
         {{0, 1, 2, 3, 4, 5, 6, 7, 0}},
         0.62f,
         3},
        // Two rings.
        {{{.50f, .45f},
          {.18f, .30f},
          {.28f, .04f},
          {.70f, .03f},
          {.82f, .28f},
          {.88f, .70f},
          {.68f, .98f},
          {.26f, .98f},
          {.08f, .70f}},
         {{0, 1, 2, 3, 4, 0}, {0, 5, 6, 7, 8, 0}},
         0.60f,
         1},
    };
}

std::vector<Glyph> nines() {
    return {
        // Straight stem.
        {{{.86f, .14f},
          {.46f, .00f},
          {.10f, .20f},
          {.24f, .46f},
          {.62f, .44f},
          {.88f, .12f},
          {.82f, .56f},
          {.72f, 1.f}},
         {{0, 1, 2, 3, 4, 5, 5, 6, 7}},
         0.62f,
         3},
        // Hooked stem.
        {{{.84f, .18f},
          {.50f, .00f},
          {.12f, .22f},
          {.36f, .48f},
          {.84f, .28f},
          {.86f, .66f},
          {.62f, .97f},
          {.14f, .94f}},
         {{0, 1, 2, 3, 4, 0, 5, 6, 7}},
         0.62f,
         2},
    };
}

} // namespace

std::span<const Glyph> glyphsOf(int digit) {
    assert(digit >= 0 && digit < 10);
    static const GlyphTable table = {zeros(), ones(),  twos(),   threes(), fours(),
                                     fives(), sixes(), sevens(), eights(), nines()};
    return table[static_cast<std::size_t>(digit)];
}

} // namespace inlay::engine

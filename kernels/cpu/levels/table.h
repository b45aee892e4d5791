#pragma once

// The table of one level. Included once by each level source.

#include "kernels/cpu/levels/attention.h"
#include "kernels/cpu/levels/butterfly.h"
#include "kernels/cpu/levels/butterfly_lanes.h"
#include "kernels/cpu/levels/images.h"
#include "kernels/cpu/levels/nearest.h"
#include "kernels/cpu/levels/optimizers.h"
#include "kernels/cpu/levels/pair_forces.h"
#include "kernels/cpu/levels/tiles.h"
#include "kernels/cpu/levels/two_four.h"
#include "kernels/cpu/levels/two_four_stream.h"

namespace inlay::kernels {
namespace {

constexpr cpu::KernelTable tableNamed(const char* name) {
    cpu::KernelTable t{};
    t.name = name;
    t.width = kWidth;
    t.axpby = axpby;
    t.multiply = multiply;
    t.add = add;
    t.sumParts = sumParts;
    t.addRows = addRows;
    t.activate = activate;
    t.activateBackward = activateBackward;
    t.epilogue = epilogueRows;
    t.exponential = exponentialOf;
    t.logarithm = logarithmOf;
    t.sum = sum;
    t.sumSquares = sumSquares;
    t.maxAbs = maxAbs;
    t.layerNorm = layerNorm;
    t.layerNormBackward = layerNormBackward;
    t.softmax = softmax;
    t.crossEntropy = crossEntropy;
    t.panelWidth = kPanel;
    t.stripRows = kStrip;
    t.packedSize = packedSize;
    t.packB = packB;
    t.packA = packA;
    t.productPacked = productPacked;
    t.productStrips = productStrips;
    t.productPlain = productPlain;
    t.productShort = productShort;
    t.transpose = transpose;
    t.attentionScratch = attentionScratch;
    t.attention = attention;
    t.attentionBackward = attentionBackward;
    t.gatherTileRow = gatherTileRow;
    t.scatterTileRow = scatterTileRow;
    t.butterflyPacked = butterflyPacked;
    t.butterflyPasses = butterflyPasses;
    t.packButterfly = packButterfly;
    t.im2col = im2colImage;
    t.col2im = col2imImage;
    t.maxPool = maxPoolImage;
    t.maxPoolBackward = maxPoolBackwardImage;
    t.columnMoments = columnMoments;
    t.scaleColumns = scaleColumns;
    t.columnGradients = columnGradients;
    t.combineColumns = combineColumns;
    t.butterflyBackwardScratch = butterflyBackwardScratch;
    t.butterflyScratch = butterflyScratch;
    t.butterfly = butterfly;
    t.butterflyBackward = butterflyBackward;
    t.twoFourMask = twoFourMask;
    t.twoFourScratch = twoFourScratch;
    t.twoFourMultiply = twoFourMultiply;
    t.streamScratch = streamScratch;
    t.twoFourStream = twoFourStream;
    t.nearest = nearestRows;
    t.squaredDistance = squaredDistanceOf;
    t.cover = coverRowsOf;
    t.accumulate = accumulateRowsOf;
    t.repelPairs = repelPairsOf;
    t.attractPairs = attractPairsOf;
    t.adam = adam;
    t.sgd = sgd;
    return t;
}

} // namespace
} // namespace inlay::kernels

#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/op_types.h"

namespace inlay::kernels::cpu {

/// One image of `w` whose pixels lie `pixelStride` floats apart.
inline ImageWindows imageWindows(const Windows& w, std::int64_t pixelStride) {
    ImageWindows image;
    image.height = w.height;
    image.width = w.width;
    image.channels = w.channels;
    image.kernelHeight = w.kernelHeight;
    image.kernelWidth = w.kernelWidth;
    image.stride = w.stride;
    image.padTop = w.padTop;
    image.padLeft = w.padLeft;
    image.outHeight = w.outHeight;
    image.outWidth = w.outWidth;
    image.pixelStride = pixelStride;
    return image;
}

} // namespace inlay::kernels::cpu

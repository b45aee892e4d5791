#pragma once

#include <cstdint>

// Headers of the engine name kernels' types without including them, so that the window's sources
// never depend on kernels.
namespace inlay::kernels {
class Backend;
enum class DType : std::uint8_t;
enum class Accumulate : std::uint8_t;
struct ConstView;
struct View;
struct Workspace;
struct Epilogue;
struct OptimizerSlot;
} // namespace inlay::kernels

namespace inlay::engine {
using kernels::DType;
} // namespace inlay::engine

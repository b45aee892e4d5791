#pragma once

#include "kernels/op_types.h"
#include "kernels/reference/array.h"

namespace inlay::kernels::reference {

double activation(Activation activation, double x);
double activationSlope(Activation activation, double x);

/// pre = y + bias, kept where the epilogue asks for it; y = activation(pre).
void applyTo(Array& y, const Epilogue& epilogue);

} // namespace inlay::kernels::reference

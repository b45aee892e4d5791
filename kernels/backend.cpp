#include "kernels/backend.h"

#include "kernels/error.h"

namespace inlay::kernels {

std::unique_ptr<Recording> Backend::record(const std::function<void()>&) {
    throw Error(name() + " records no ops.");
}

void Backend::replay(const Recording&) {
    throw Error(name() + " records no ops.");
}

std::unique_ptr<PreparedWeight> Backend::prepareTwoFour(ConstView, Transpose, std::int64_t) {
    return nullptr;
}

void Backend::refreshTwoFour(ConstView, PreparedWeight&) {
    throw Error(name() + " has no prepared form of 2:4 weights.");
}

void Backend::twoFourMultiplyPrepared(ConstView, const PreparedWeight&, View, const Epilogue&) {
    throw Error(name() + " has no prepared form of 2:4 weights.");
}

std::unique_ptr<PreparedWeight> Backend::prepareStl(ConstBatchView) {
    return nullptr;
}

void Backend::refreshStl(ConstBatchView, PreparedWeight&) {
    throw Error(name() + " has no prepared form of STL weights.");
}

void Backend::stlMultiplyPrepared(ConstBatchView, const PreparedWeight&, BatchView) {
    throw Error(name() + " has no prepared form of STL weights.");
}

std::unique_ptr<PreparedWeight> Backend::prepareButterfly(const Butterfly&, ConstView) {
    return nullptr;
}

void Backend::refreshButterfly(ConstView, PreparedWeight&) {
    throw Error(name() + " has no prepared form of butterfly weights.");
}

void Backend::butterflyPrepared(ConstView, const PreparedWeight&, View) {
    throw Error(name() + " has no prepared form of butterfly weights.");
}

} // namespace inlay::kernels

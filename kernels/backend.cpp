#include "kernels/backend.h"

#include "kernels/error.h"

namespace inlay::kernels {

std::unique_ptr<PreparedWeight> Backend::prepareTwoFour(ConstView, Transpose, std::int64_t) {
    return nullptr;
}

void Backend::refreshTwoFour(ConstView, PreparedWeight&) {
    throw Error(name() + " has no prepared form of 2:4 weights.");
}

void Backend::twoFourMultiplyPrepared(ConstView, const PreparedWeight&, View, const Epilogue&) {
    throw Error(name() + " has no prepared form of 2:4 weights.");
}

} // namespace inlay::kernels

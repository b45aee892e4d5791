#include "kernels/symmetric_eigen.h"

#include <string>
#include <vector>

#include "kernels/cpu/blas.h"
#include "kernels/error.h"

// The Fortran routine itself: Debian's OpenBLAS holds LAPACK but not its C interface.
extern "C" void dsyevr_(const char* job, const char* range, const char* triangle, const int* n,
                        double* a, const int* lda, const double* low, const double* high,
                        const int* first, const int* last, const double* tolerance, int* found,
                        double* w, double* z, const int* ldz, int* support, double* work,
                        const int* workSize, int* iwork, const int* iworkSize, int* info);

namespace inlay::kernels {

void symmetricEigen(std::int64_t n, double* matrix, double* values, double* vectors) {
    if (n == 0)
        return;
    cpu::keepBlasSingleThreaded();
    const int size = static_cast<int>(n);
    const double none = 0;
    const int index = 0;
    int found = 0;
    int info = 0;
    std::vector<int> support(static_cast<std::size_t>(2 * n));
    double bestWork = 0;
    int bestInts = 0;
    const int query = -1;
    // Columns of Fortran's z are rows of ours; the matrix is its own transpose.
    const auto call = [&](double* work, const int* workSize, int* ints, const int* intSize) {
        dsyevr_("V", "A", "L", &size, matrix, &size, &none, &none, &index, &index, &none, &found,
                values, vectors, &size, support.data(), work, workSize, ints, intSize, &info);
    };
    call(&bestWork, &query, &bestInts, &query);
    const int workSize = static_cast<int>(bestWork);
    std::vector<double> work(static_cast<std::size_t>(workSize));
    std::vector<int> ints(static_cast<std::size_t>(bestInts));
    call(work.data(), &workSize, ints.data(), &bestInts);
    if (info != 0)
        throw Error("the eigenvalues of a symmetric matrix of " + std::to_string(n) +
                    " rows did not converge (LAPACK dsyevr, code " + std::to_string(info) + ")");
}

} // namespace inlay::kernels

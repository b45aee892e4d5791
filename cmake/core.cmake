# Sources of inlay_core: they may include the standard library, kernels' public headers and each
# other, nothing else, so that a machine with only a compiler and CMake can train the networks.
set(INLAY_CORE_SOURCES
    ${PROJECT_SOURCE_DIR}/engine/base/error.cpp
    ${PROJECT_SOURCE_DIR}/engine/base/random.cpp
    ${PROJECT_SOURCE_DIR}/engine/tensor/device.cpp
    ${PROJECT_SOURCE_DIR}/engine/tensor/tensor.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/optimizer.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/optimizer_plan.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/schedule.cpp
)

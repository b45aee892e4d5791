# Sources of inlay_core: they may include the standard library, kernels' public headers and each
# other, nothing else, so that a machine with only a compiler and CMake can train the networks.
set(INLAY_CORE_SOURCES
    ${PROJECT_SOURCE_DIR}/engine/base/error.cpp
    ${PROJECT_SOURCE_DIR}/engine/base/random.cpp
    ${PROJECT_SOURCE_DIR}/engine/tensor/device.cpp
    ${PROJECT_SOURCE_DIR}/engine/tensor/tensor.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/layer_norm.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/layers.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/linear.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/mean_pooling.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/mlp.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/network.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/network_plan.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/parameters.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/patch_embedding.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/softmax_cross_entropy.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/vit.cpp
    ${PROJECT_SOURCE_DIR}/engine/networks/vit_block.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/optimizer.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/optimizer_plan.cpp
    ${PROJECT_SOURCE_DIR}/engine/optimizers/schedule.cpp
    ${PROJECT_SOURCE_DIR}/engine/datasets/dataset.cpp
    ${PROJECT_SOURCE_DIR}/engine/datasets/batches.cpp
    ${PROJECT_SOURCE_DIR}/engine/datasets/blobs/blobs.cpp
)

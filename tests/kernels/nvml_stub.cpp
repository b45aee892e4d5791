// A library with the functions of NVML that the monitor takes: two GPUs, of which the second one
// does not tell how busy it is. NVML_STUB_STATE=fails: it cannot be initialized; =empty: no GPU.

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool stateIs(const char* state) {
    const char* wanted = std::getenv("NVML_STUB_STATE");
    return wanted != nullptr && std::strcmp(wanted, state) == 0;
}

int devices[2]; // their addresses are the handles

} // namespace

extern "C" {

int nvmlInit_v2() {
    return stateIs("fails") ? 9 : 0;
}
int nvmlShutdown() {
    return 0;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = stateIs("empty") ? 0 : 2;
    return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
    if (index >= 2)
        return 2;
    *device = &devices[index];
    return 0;
}
int nvmlDeviceGetName(void* device, char* name, unsigned length) {
    std::snprintf(name, length, "Stub %d", device == &devices[0] ? 0 : 1);
    return 0;
}
int nvmlDeviceGetMemoryInfo(void* device, unsigned long long* memory) {
    memory[0] = 80ULL << 30;
    memory[2] = device == &devices[0] ? 3ULL << 30 : 0;
    memory[1] = memory[0] - memory[2];
    return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, unsigned* rates) {
    if (device != &devices[0])
        return 3; // not supported
    rates[0] = 87;
    rates[1] = 12;
    return 0;
}

} // extern "C"

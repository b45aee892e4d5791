#include "engine/store/file_system.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "engine/store/store_error.h"

namespace inlay::engine {
namespace {

// Values of statfs(2), linux/magic.h and the file systems' own sources.
constexpr std::array<std::uint32_t, 14> kNetworkTypes = {
    0x6969,     // nfs
    0x517b,     // smb
    0xff534d42, // cifs
    0xfe534d42, // smb2
    0x65735546, // fuse
    0x01021997, // 9p
    0x00c36400, // ceph
    0x5346414f, // afs
    0x6b414653, // kafs
    0x73757245, // coda
    0x564c,     // ncp
    0x0bd00bd0, // lustre
    0x47504653, // gpfs
    0x19830326, // beegfs
};

} // namespace

bool isNetworkFileSystemType(std::uint32_t type) {
    return std::find(kNetworkTypes.begin(), kNetworkTypes.end(), type) != kNetworkTypes.end();
}

bool isOnNetworkFileSystem(const std::string& path) {
    struct statfs info = {};
    if (::statfs(path.c_str(), &info) != 0) {
        const std::string folder = std::filesystem::path(path).parent_path().string();
        if (::statfs(folder.empty() ? "." : folder.c_str(), &info) != 0)
            return false;
    }
    return isNetworkFileSystemType(static_cast<std::uint32_t>(info.f_type));
}

bool hasNoRoom(const std::string& path) {
    constexpr std::uintmax_t kLeast = 64 * 1024;
    std::error_code error;
    const auto space = std::filesystem::space(std::filesystem::path(path).parent_path(), error);
    return !error && space.available < kLeast;
}

bool staysBelow(const std::string& relative) {
    const std::filesystem::path path(relative);
    return !path.empty() && !path.is_absolute() &&
           std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

void syncToDisk(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0)
        ::close(file);
    if (!synced)
        throw StoreError(error == ENOSPC ? StoreFault::DiskFull : StoreFault::Other,
                         fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

} // namespace inlay::engine

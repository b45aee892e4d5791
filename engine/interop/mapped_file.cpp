#include "engine/interop/mapped_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {

MappedFile::MappedFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        throw Error(fmt::format("{} cannot be opened: {}", path, std::strerror(errno)));
    struct stat about = {};
    const bool known = ::fstat(file, &about) == 0;
    const bool plain = known && S_ISREG(about.st_mode);
    void* memory = MAP_FAILED;
    if (plain && about.st_size > 0)
        memory = ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ, MAP_PRIVATE,
                        file, 0);
    const int reason = errno;
    ::close(file);
    if (!plain)
        throw Error(fmt::format("{} is not a file", path));
    if (about.st_size == 0)
        throw Error(fmt::format("{} is empty", path));
    if (memory == MAP_FAILED)
        throw Error(fmt::format("{} cannot be read: {}", path, std::strerror(reason)));
    bytes_ = {static_cast<const std::uint8_t*>(memory), static_cast<std::size_t>(about.st_size)};
}

MappedFile::~MappedFile() {
    ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

} // namespace inlay::engine

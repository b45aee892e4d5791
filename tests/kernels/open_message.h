#pragma once

#include <string>

#include <QString>

#include "kernels/devices.h"
#include "kernels/error.h"

/// What opening a device complains of, or "no error".
inline QString messageOf(const std::string& device) {
    try {
        inlay::kernels::openDevice(device);
    } catch (const inlay::kernels::Error& error) {
        return QString::fromStdString(error.what());
    }
    return "no error";
}

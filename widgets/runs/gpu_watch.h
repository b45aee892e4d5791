#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QThread>

#include "engine/runner/gpu_usage.h"

namespace inlay::widgets {

/// "12.3 of 140.4 GiB", with "87 % busy" where the GPU tells.
QString gpuUsageText(const engine::GpuUsage& usage);

/// Looks at the machine's GPUs from a thread of its own, every two seconds. Silent where there are
/// none.
class GpuWatch : public QObject {
    Q_OBJECT

public:
    /// `library`: as of engine::GpuUsageReader.
    explicit GpuWatch(const QString& library = {}, QObject* parent = nullptr);
    ~GpuWatch() override;

signals:
    /// `text`: the first GPU, short enough for a status bar; empty when none answers. `details`: a
    /// line for each GPU, by the numbers of nvidia-smi.
    void changed(const QString& text, const QString& details);

private:
    QThread thread_;
};

} // namespace inlay::widgets

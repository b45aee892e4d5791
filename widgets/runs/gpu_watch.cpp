#include "widgets/runs/gpu_watch.h"

#include <memory>

#include <QLocale>
#include <QTimer>

namespace inlay::widgets {
namespace {

constexpr int kMilliseconds = 2000;

QString gibibytes(std::uint64_t bytes) {
    return QLocale().toString(static_cast<double>(bytes) / (1 << 30), 'f', 1);
}

} // namespace

QString gpuUsageText(const engine::GpuUsage& usage) {
    const QString memory =
        GpuWatch::tr("%1 of %2 GiB").arg(gibibytes(usage.usedBytes), gibibytes(usage.totalBytes));
    if (usage.busyPercent < 0)
        return memory;
    return GpuWatch::tr("%1, %L2 % busy").arg(memory).arg(usage.busyPercent);
}

GpuWatch::GpuWatch(const QString& library, QObject* parent)
    : QObject(parent) {
    auto* timer = new QTimer;
    timer->setInterval(kMilliseconds);
    timer->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, timer, &QObject::deleteLater);
    connect(&thread_, &QThread::started, timer, [this, timer, library] {
        const auto reader = std::make_shared<engine::GpuUsageReader>(library.toStdString());
        if (!reader->available())
            return;
        const auto look = [this, reader] {
            QString text;
            QStringList details;
            for (const engine::GpuUsage& usage : reader->read()) {
                const QString name = QString::fromStdString(usage.name);
                const QString now = gpuUsageText(usage);
                if (text.isEmpty())
                    text = QStringLiteral("%1, %2").arg(name, now);
                details << tr("GPU %1: %2, %3").arg(QString::number(usage.index), name, now);
            }
            emit changed(text, details.join(QLatin1Char('\n')));
        };
        look();
        connect(timer, &QTimer::timeout, timer, look);
        timer->start();
    });
    thread_.start();
}

GpuWatch::~GpuWatch() {
    thread_.quit();
    thread_.wait();
}

} // namespace inlay::widgets

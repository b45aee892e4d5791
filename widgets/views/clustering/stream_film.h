#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <QString>
#include <QStringList>

#include "engine/store/run_record.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// One moment of a clustering run, as the view draws it.
struct StreamMoment {
    double points = 0; // read so far; iterations of batch Lloyd
    double seconds = 0;
    double cost = 0;
    double estimate = 0;
    double held = 0;
    std::vector<double> used; // points in each buffer
    struct Center {
        double x = 0;
        double y = 0;
        double weight = 0;
    };
    std::vector<Center> centers;
};

struct StreamPoint {
    double x = 0;
    double y = 0;
    double arrival = 0;
    int cluster = -1;
};

struct StreamLevel {
    double capacity = 0;
    QString algorithm;
    int repetitions = 1;
};

struct StreamBaseline {
    QString id;
    std::vector<double> seconds;
    std::vector<double> cost;
};

struct StreamCluster {
    int cluster = 0;
    double size = 0;
    double share = 0;
    double radius = 0;
    int nearest = -1;
    double separation = 0;
    double silhouette = 0;
};

/// All that the view shows of one run.
struct StreamFilm {
    QString algorithm; // id of the configuration, "dc1"
    std::int64_t k = 0;
    std::int64_t dims = 0;
    bool projected = false;
    double planeShare = 1;
    std::vector<StreamMoment> moments;
    std::vector<StreamPoint> points;
    std::vector<StreamLevel> levels;
    std::vector<StreamBaseline> baselines;
    std::vector<StreamCluster> clusters;
    QStringList events; // warnings
};

/// Reads a run of kind streaming_kmeans; on the store's thread. Missing parts stay empty.
StreamFilm readStreamFilm(engine::RunStore& store, engine::RunId run);

} // namespace inlay::widgets

// Measures the run store and prints one JSON object: ingest, a long series, a large run table.
//   store_bench [--points N] [--runs N] [--keys N] [--folder DIR]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/store/run_store.h"
#include "engine/store/run_table.h"
#include "engine/store/series_reader.h"
#include "engine/store/series_writer.h"

using namespace inlay::engine;

namespace {

/// Wall and processor time: on a machine with other work only the second says something.
struct Elapsed {
    double wall = 0;
    double cpu = 0;
};

double cpuSeconds() {
    timespec time = {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

Json milliseconds(const Elapsed& elapsed) {
    return {{"wall", 1e3 * elapsed.wall}, {"cpu", 1e3 * elapsed.cpu}};
}

template <typename Work>
Elapsed secondsOf(const Work& work) {
    const double wall = monotonicSeconds();
    const double cpu = cpuSeconds();
    work();
    return {monotonicSeconds() - wall, cpuSeconds() - cpu};
}

/// Median of several runs.
template <typename Work>
Elapsed medianOf(int repeats, const Work& work) {
    std::vector<Elapsed> all;
    for (int i = 0; i < repeats; ++i)
        all.push_back(secondsOf(work));
    std::sort(all.begin(), all.end(),
              [](const Elapsed& a, const Elapsed& b) { return a.wall < b.wall; });
    return all[all.size() / 2];
}

double fileBytes(RunStore& store) {
    store.truncateWal();
    return static_cast<double>(std::filesystem::file_size(store.path()));
}

NewRun emptyRun() {
    NewRun run;
    run.name = "bench";
    run.kind = "train";
    return run;
}

Json ingest(const std::string& path, std::int64_t points) {
    constexpr int kSeries = 20;
    RunStore store = RunStore::open(path, OpenMode::Create);
    const RunId run = store.insertRun(emptyRun());
    store.beginAttempt(run, 0, "start");
    const double before = fileBytes(store);
    SeriesWriter writer(store, run, 1);
    std::vector<int> handles;
    for (int s = 0; s < kSeries; ++s)
        handles.push_back(writer.series(fmt::format("series/{}", s)));
    const std::int64_t steps = points / kSeries;
    const Elapsed seconds = secondsOf([&] {
        for (std::int64_t step = 0; step < steps; ++step) {
            for (const int handle : handles)
                writer.add(handle, step, std::sin(0.001 * static_cast<double>(step)),
                           1700000000000 + step);
            if (step % 5000 == 4999)
                writer.commit();
        }
        writer.seal();
    });
    const auto written = static_cast<double>(steps * kSeries);
    return {{"points", steps * kSeries},
            {"series", kSeries},
            {"points_per_second", written / seconds.wall},
            {"points_per_cpu_second", written / seconds.cpu},
            {"bytes_per_point", (fileBytes(store) - before) / written}};
}

Json longSeries(const std::string& path, std::int64_t points) {
    constexpr int kBuckets = 1200;
    SeriesId id = 0;
    {
        RunStore store = RunStore::open(path, OpenMode::Create);
        const RunId run = store.insertRun(emptyRun());
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        for (std::int64_t step = 0; step < points; ++step) {
            const double value = step == points / 3
                                     ? 1000.0
                                     : std::exp(-1e-7 * static_cast<double>(step)) +
                                           0.1 * std::sin(1.7 * static_cast<double>(step));
            writer.add("train/loss", step, value, 1700000000000 + step);
            if (step % 100000 == 99999)
                writer.commit();
        }
        writer.seal();
        store.truncateWal();
        id = SeriesReader(store).find(run, "train/loss")->id;
    }
    RunStore store = RunStore::open(path, OpenMode::ReadOnly);
    SeriesReader reader(store);
    ReducedSeries view;
    const Elapsed first = secondsOf([&] { view = reader.readReduced(id, kBuckets); });
    const bool spike =
        std::find(view.values.begin(), view.values.end(), 1000.0) != view.values.end();
    const Elapsed again = medianOf(5, [&] { view = reader.readReduced(id, kBuckets); });
    Json zooms = Json::array();
    for (const std::int64_t part : {2, 10, 100, 1000, 10000}) {
        const std::int64_t width = std::max<std::int64_t>(points / part, 1);
        const Elapsed seconds = medianOf(5, [&] {
            view = reader.readReduced(id, kBuckets, points / 3 - width / 2, points / 3 + width / 2);
        });
        zooms.push_back({{"steps", width},
                         {"milliseconds", milliseconds(seconds)},
                         {"points", view.count},
                         {"drawn", view.steps.size()},
                         {"spike", std::find(view.values.begin(), view.values.end(), 1000.0) !=
                                       view.values.end()}});
    }
    SeriesData all;
    const Elapsed whole = secondsOf([&] { all = reader.read(id); });
    return {{"points", points},
            {"buckets", kBuckets},
            {"first_view_milliseconds", milliseconds(first)},
            {"view_milliseconds", milliseconds(again)},
            {"spike_in_view", spike},
            {"zooms", zooms},
            {"read_all_milliseconds", milliseconds(whole)},
            {"read_all_points", all.size()}};
}

Json runTable(const std::string& path, int runs, int keys) {
    const int params = keys * 3 / 4;
    const int metrics = keys - params;
    {
        RunStore store = RunStore::open(path, OpenMode::Create);
        for (int first = 0; first < runs; first += 500) {
            store.transaction([&] {
                for (int r = first; r < std::min(runs, first + 500); ++r) {
                    NewRun run = emptyRun();
                    run.name = fmt::format("run {} of the sweep", r);
                    run.tags = {r % 7 == 0 ? "paper" : "draft"};
                    for (int k = 0; k < params; ++k) {
                        const std::string key = fmt::format("section{}.parameter{}", k % 12, k);
                        if (k % 3 == 0)
                            setPath(run.config, key, fmt::format("choice{}", (r + k) % 9));
                        else
                            setPath(run.config, key, (r * 31 + k) % 1000 / 8.0);
                    }
                    setPath(run.config, "network.operator.kind", r % 2 == 0 ? "stl" : "dense");
                    const RunId id = store.insertRun(run);
                    Metrics values;
                    for (int m = 0; m < metrics; ++m)
                        values.emplace_back(fmt::format("test/metric{}", m), (r + m) % 1000 / 1e3);
                    store.endRun(id, RunStatus::Finished, "", values);
                }
            });
        }
        store.truncateWal();
    }
    RunStore store = RunStore::open(path, OpenMode::ReadWrite);
    RunTable table;
    const Elapsed open = secondsOf([&] { table.refresh(store); });
    const Elapsed again = medianOf(3, [&] {
        RunTable other;
        other.refresh(store);
    });
    const RunId changed = table.row(table.rowCount() / 2).id;
    const Elapsed refresh = medianOf(5, [&] {
        store.setMetrics(changed, {{"test/metric0", 0.5}});
        table.refresh(store);
    });
    const Elapsed unchanged = medianOf(5, [&] { table.refresh(store); });
    Json filters = Json::array();
    for (const char* text : {"sweep", "operator:stl test/metric0>0.5 tag:paper",
                             "section1.parameter1>=60 tag:draft"}) {
        std::size_t found = 0;
        const Elapsed seconds =
            medianOf(9, [&] { found = table.select(parseRunQuery(text).query).size(); });
        RunFilter filter;
        filter.query = parseRunQuery(text).query;
        filter.detail = RunFilter::Detail::Brief;
        std::size_t listed = 0;
        const Elapsed sql = medianOf(3, [&] { listed = store.listRuns(filter).size(); });
        filters.push_back({{"query", text},
                           {"rows", found},
                           {"milliseconds", milliseconds(seconds)},
                           {"sql_rows", listed},
                           {"sql_milliseconds", milliseconds(sql)}});
    }
    RunFilter brief;
    brief.detail = RunFilter::Detail::Brief;
    const Elapsed list = medianOf(3, [&] { store.listRuns(brief); });
    return {{"runs", table.rowCount()},
            {"columns", table.columns().size()},
            {"open_milliseconds", milliseconds(open)},
            {"open_again_milliseconds", milliseconds(again)},
            {"refresh_one_run_milliseconds", milliseconds(refresh)},
            {"refresh_unchanged_milliseconds", milliseconds(unchanged)},
            {"list_milliseconds", milliseconds(list)},
            {"filters", filters}};
}

} // namespace

int main(int argc, char** argv) {
    std::int64_t points = 10000000;
    int runs = 10000;
    int keys = 200;
    std::string folder = (std::filesystem::temp_directory_path() / "inlay-store-bench").string();
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        if (flag == "--points")
            points = std::atoll(argv[i + 1]);
        else if (flag == "--runs")
            runs = std::atoi(argv[i + 1]);
        else if (flag == "--keys")
            keys = std::atoi(argv[i + 1]);
        else if (flag == "--folder")
            folder = argv[i + 1];
    }
    if (argc % 2 == 0 || points < 1000 || runs < 10 || keys < 8) {
        std::fprintf(stderr, "usage: store_bench [--points N] [--runs N] [--keys N] "
                             "[--folder DIR]; at least 1,000 points, 10 runs, 8 keys\n");
        return 2;
    }
    try {
        const std::string own = folder + fmt::format("/{}", wallMilliseconds());
        std::filesystem::create_directories(own);
        Json result;
        result["ingest"] = ingest(own + "/ingest.db", std::min<std::int64_t>(points, 2000000));
        result["long_series"] = longSeries(own + "/series.db", points);
        result["run_table"] = runTable(own + "/runs.db", runs, keys);
        std::printf("%s", dumpJsonPretty(result).c_str());
        std::filesystem::remove_all(own);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n%s\n", error.what(), error.detail().c_str());
        return 1;
    }
    return 0;
}

#include <QtTest>

#include <filesystem>
#include <fstream>

#include "engine/base/error.h"
#include "engine/schema/assignments.h"
#include "engine/schema/project_file.h"
#include "engine/schema/sweep_rows.h"
#include "sample.h"

using namespace inlay::engine;

namespace {

Json json(const char* text) {
    return parseJson(text, "the test's text");
}

std::vector<Assignment> assignments(const std::vector<std::string>& texts) {
    return parseAssignments(texts).assignments;
}

const Schema<sample::Config>& schema() {
    static const Schema<sample::Config> schema = sample::schema();
    return schema;
}

std::vector<ProjectKind> kinds() {
    ProjectKind train{"train", 3, &schema(), {}};
    train.upgrade = [](int version, Json& config) {
        if (version < 2 && config.contains("lr")) {
            config["learning_rate"] = config["lr"];
            config.erase("lr");
        }
    };
    return {train, {"puzzle", 1, &schema(), {}}};
}

ParsedProject parse(const char* text) {
    return parseProject(text, "a.inlay.json", "/home/folder", kinds());
}

std::string names(const std::vector<RunSpec>& runs) {
    std::string all;
    for (const RunSpec& run : runs)
        all += run.name + "|";
    return all;
}

} // namespace

class TestProject : public QObject {
    Q_OBJECT

private slots:
    void valuesAreJsonOrText() {
        QCOMPARE(valueFromText("3"), Json(3));
        QCOMPARE(valueFromText("0.5"), Json(0.5));
        QCOMPARE(valueFromText("true"), Json(true));
        QCOMPARE(valueFromText("[1, 2]"), json("[1,2]"));
        QCOMPARE(valueFromText("\"3\""), Json("3"));
        QCOMPARE(valueFromText("stl"), Json("stl"));
        QCOMPARE(valueFromText(""), Json(""));
        QCOMPARE(valueFromText("../data/mnist"), Json("../data/mnist"));
        QCOMPARE(valueFromText("-1e999"), Json("-Infinity"));
    }

    void assignmentTexts() {
        const auto parsed = parseAssignments({"a.b=1", "title=x=y", "nothing", "=3"});
        QCOMPARE(parsed.assignments.size(), std::size_t(2));
        QCOMPARE(parsed.assignments[1], (Assignment{"title", "x=y"}));
        QCOMPARE(joinMessages(parsed.issues),
                 std::string("\"nothing\" is not an assignment, expected is key=value\n"
                             "\"=3\" is not an assignment, expected is key=value"));
    }

    void assign_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QStringList>("set");
        QTest::addColumn<QString>("after");
        const auto row = [](const char* name, const char* before, const QStringList& set,
                            const char* after) {
            QTest::newRow(name) << before << set << after;
        };
        row("one", "{}", {"epochs=3"}, R"({"epochs": 3})");
        row("later counts", "{}", {"epochs=3", "epochs=4"}, R"({"epochs": 4})");
        row("kind resets its siblings",
            R"({"network": {"operator": {"kind": "stl", "tile": 2, "rank": 7}}})",
            {"network.operator.kind=low_rank"},
            R"({"network": {"operator": {"kind": "low_rank"}}})");
        row("the same kind resets too",
            R"({"network": {"operator": {"kind": "stl", "tile": 2, "rank": 7}}})",
            {"network.operator.kind=stl"}, R"({"network": {"operator": {"kind": "stl"}}})");
        row("unless set in the same step, in any order",
            R"({"network": {"width": 64, "operator": {"kind": "low_rank", "rank": 7}}})",
            {"network.operator.rank=30", "network.operator.kind=stl", "epochs=1"},
            R"({"network": {"width": 64, "operator": {"kind": "stl", "rank": 30}}, "epochs": 1})");
        row("kinds of flat groups reset as well",
            R"({"optimizer": {"kind": "sgd", "weight_decay": 0.5, "momentum": 0}})",
            {"optimizer.kind=adamw"}, R"({"optimizer": {"kind": "adamw"}})");
        row("other keys reset nothing",
            R"({"network": {"operator": {"kind": "stl", "tile": 2, "rank": 7}}})",
            {"network.operator.tile=3"},
            R"({"network": {"operator": {"kind": "stl", "tile": 3, "rank": 7}}})");
        row("lists are set whole", R"({"network": {"layers": [{"match": "a"}]}})",
            {R"(network.layers=[{"match": "head", "operator": {"kind": "dense"}}])"},
            R"({"network": {"layers": [{"match": "head", "operator": {"kind": "dense"}}]}})");
        row("groups are set whole, before their keys",
            R"({"optimizer": {"kind": "sgd", "momentum": 0.1}})",
            {"optimizer.momentum=0.2", R"(optimizer={"kind": "sgd", "weight_decay": 0})"},
            R"({"optimizer": {"kind": "sgd", "weight_decay": 0, "momentum": 0.2}})");
    }

    void assign() {
        QFETCH(QString, before);
        QFETCH(QStringList, set);
        QFETCH(QString, after);
        std::vector<std::string> texts;
        for (const QString& text : set)
            texts.push_back(text.toStdString());
        const auto assigned =
            inlay::engine::assign(schema(), json(before.toUtf8().constData()), assignments(texts));
        QCOMPARE(joinMessages(assigned.issues), std::string());
        QCOMPARE(dumpJson(schema().complete(assigned.config)),
                 dumpJson(schema().complete(json(after.toUtf8().constData()))));
    }

    void assignedTogetherThenValidated() {
        const auto assigned = inlay::engine::assign(
            schema(), Json::object(),
            assignments({"network.operator.rnk=3", "network.operator.kind=stl",
                         "network.operator.rank=100", "network.layers[0].match=x", "epochs=x",
                         "lerning_rate=1"}));
        QCOMPARE(joinMessages(assigned.issues),
                 std::string("network.operator.rnk is not a parameter; the nearest is "
                             "network.operator.rank\n"
                             "network.layers[0].match cannot be set alone; set network.layers as a "
                             "whole, as a JSON list\n"
                             "lerning_rate is not a parameter; the nearest is learning_rate\n"
                             "epochs is \"x\", a whole number is expected (1 to 1000)\n"
                             "network.operator.rank is 100, allowed is 1 to 64 (tile³)"));
        // Key by key each step would be wrong; as one step it is right.
        QVERIFY(inlay::engine::assign(schema(), Json::object(),
                                      assignments({"network.width=90", "network.heads=9"}))
                    .issues.empty());
        QCOMPARE(joinMessages(inlay::engine::assign(schema(), Json::object(),
                                                    assignments({"network.operator.tile=4"}))
                                  .issues),
                 std::string("network.operator.tile is not a parameter here; it is one when "
                             "network.operator.kind is stl"));
    }

    void gridTexts() {
        const auto parsed = parseGrid({"epochs=1,2", "network.hidden=[8,9],[7]", "title=\"a,b\",c",
                                       "x={\"a\": [1,2]},\"q\\\",\""});
        QCOMPARE(joinMessages(parsed.issues), std::string());
        QCOMPARE(parsed.axes.at(0), (GridAxis{"epochs", {1, 2}}));
        QCOMPARE(parsed.axes.at(1), (GridAxis{"network.hidden", {json("[8,9]"), json("[7]")}}));
        QCOMPARE(parsed.axes.at(2), (GridAxis{"title", {"a,b", "c"}}));
        QCOMPARE(parsed.axes.at(3).values.size(), std::size_t(2));
        QCOMPARE(parsed.axes.at(3).values.at(1), Json("q\","));
        QCOMPARE(joinMessages(parseGrid({"a", "b=", "c=1,,2", "d=1", "d=2"}).issues),
                 std::string("\"a\" is not a grid, expected is key=value,value,…\n"
                             "b has an empty value in the grid \"b=\", expected is "
                             "key=value,value,…\n"
                             "c has an empty value in the grid \"c=1,,2\", expected is "
                             "key=value,value,…\n"
                             "d is in the grid twice"));
    }

    void rowsOfASweep() {
        const std::vector<ProjectVariant> variants = {{"A", {{"x.rank", 1}, {"y", 0}}}, {"B", {}}};
        const std::vector<GridAxis> grid = {{"x.rank", {8, 16}}, {"z.rank", {"p"}}};
        const auto rows = sweepRows(variants, grid, 5, 2);
        QCOMPARE(rows.size(), std::size_t(8));
        QCOMPARE(sweepSize(variants, grid, 2), std::size_t(8));
        QCOMPARE(rows[0].name, std::string("A · x.rank=8 · seed 5"));
        QCOMPARE(rows[3].name, std::string("A · x.rank=16 · seed 6"));
        QCOMPARE(rows[7].name, std::string("B · x.rank=16 · seed 6"));
        QCOMPARE(rows[7].seed, std::int64_t(6));
        QCOMPARE(*rows[7].variant, std::size_t(1));
        // The grid counts where both set a key.
        const std::vector<Assignment> set = {{"x.rank", 16}, {"y", 0}, {"z.rank", "p"}};
        QCOMPARE(rows[3].set, set);
        const auto single = sweepRows({}, {}, 7, 1);
        QCOMPARE(single.size(), std::size_t(1));
        QCOMPARE(single[0].name, std::string());
        QCOMPARE(single[0].seed, std::int64_t(7));
        QVERIFY(!single[0].variant);
        const GridAxis wide{"k", std::vector<Json>(100000, 1)};
        QCOMPARE(sweepSize({}, {wide, wide, wide, wide, wide}, 1),
                 std::numeric_limits<std::size_t>::max());
    }

    void wholeProject() {
        const auto parsed = parse(R"({"inlay": 1, "kind": "train", "version": 3, "title": "T",
            "notes": "n", "tags": ["a", "b"], "seed": 4, "device": "cpu", "threads": 2,
            "config": {"epochs": 3, "folder": "in"},
            "variants": [{"name": "STL r=30", "set": {"network.operator.kind": "stl",
                          "network.operator.rank": 30}}, {"name": "file",
                          "set": {"dataset.kind": "idx", "dataset.path": "../mnist"}}],
            "grid": {"learning_rate": [0.1, 0.01]}, "seeds": 2})");
        QCOMPARE(joinMessages(parsed.issues), std::string());
        const ProjectFile& project = *parsed.project;
        QCOMPARE(project.title, std::string("T"));
        QCOMPARE(project.notes, std::string("n"));
        QCOMPARE(project.tags.size(), std::size_t(2));
        QCOMPARE(project.device, std::string("cpu"));
        QCOMPARE(project.threads, 2);
        const auto expanded = expandProject(project, schema());
        QCOMPARE(joinMessages(expanded.issues), std::string());
        QCOMPARE(expanded.runs.size(), std::size_t(8));
        QCOMPARE(expanded.runs[3].name, std::string("STL r=30 · learning_rate=0.01 · seed 5"));
        QCOMPARE(expanded.runs[3].variant, std::string("STL r=30"));
        QCOMPARE(expanded.runs[3].seed, std::int64_t(5));
        QCOMPARE(*findPath(expanded.runs[3].config, "learning_rate"), Json(0.01));
        QCOMPARE(*findPath(expanded.runs[3].config, "network.operator.rank"), Json(30));
        QCOMPARE(*findPath(expanded.runs[3].config, "network.width"), Json(96));
        QCOMPARE(*findPath(expanded.runs[3].config, "folder"), Json("/home/folder/in"));
        QCOMPARE(*findPath(expanded.runs[4].config, "dataset.path"), Json("/home/mnist"));
    }

    void smallProjects() {
        const auto parsed = parse(R"({"inlay": 1, "kind": "train"})");
        QCOMPARE(joinMessages(parsed.issues), std::string());
        QCOMPARE(parsed.project->seed, std::int64_t(1));
        QCOMPARE(parsed.project->device, std::string("auto"));
        const auto runs = expandProject(*parsed.project, schema()).runs;
        QCOMPARE(names(runs), std::string("train|"));
        QCOMPARE(runs[0].config, schema().defaults());
        const auto grid =
            parse(R"({"inlay": 1, "kind": "train", "title": "T", "grid": {"epochs": [1, 2]}})");
        QCOMPARE(names(expandProject(*grid.project, schema()).runs),
                 std::string("T · epochs=1|T · epochs=2|"));
    }

    void badProjects_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("messages");
        const auto row = [](const char* text, const char* messages) {
            QTest::newRow(text) << text << messages;
        };
        row("{\"inlay\": 1,\n  oops}", "a.inlay.json is not JSON: line 2, column 3");
        row("[1e999]", "a.inlay.json is not JSON: line 1, column 6");
        row("", "a.inlay.json is not JSON: line 1, column 1");
        row("[]", "a.inlay.json is [], an object is expected");
        row(R"({"kind": "train"})", "inlay is missing, a project file has \"inlay\": 1");
        row(R"({"inlay": 2, "kind": "train"})",
            "inlay is 2, this program reads project files of format 1");
        row(R"({"inlay": 1})", "kind is missing, known are train, puzzle");
        row(R"({"inlay": 1, "kind": "trian"})",
            "kind is \"trian\", known are train, puzzle; the nearest is train");
        row(R"({"inlay": 1, "kind": 3})", "kind is 3, known are train, puzzle");
        row(R"({"inlay": 1, "kind": "train", "version": 4})",
            "version is 4, allowed for kind train is 1 to 3");
        row(R"({"inlay": 1, "kind": "train", "version": "1"})",
            "version is \"1\", allowed for kind train is 1 to 3");
        row(R"({"inlay": 1, "kind": "train", "seed": -1, "threads": 1.5, "confg": {}})",
            "confg is not a key of a project file; the nearest is config\n"
            "seed is -1, allowed is 0 or more\n"
            "threads is 1.5, a whole number is expected (0 to 4096)");
        row(R"({"inlay": 1, "kind": "train", "seeds": 0, "title": 1, "device": ""})",
            "title is 1, a text is expected: \"1\"\ndevice is empty, a text is needed\n"
            "seeds is 0, allowed is 1 to 10000");
        row(R"({"inlay": 1, "kind": "train", "tags": "x"})",
            "tags is \"x\", a list of texts is expected");
        row(R"({"inlay": 1, "kind": "train", "tags": ["x", 2]})",
            "tags[1] is 2, a text is expected");
        row(R"({"inlay": 1, "kind": "train", "config": []})",
            "config is [], an object is expected");
        row(R"({"inlay": 1, "kind": "train", "config": {"epochs": 0, "lerning_rate": 1}})",
            "epochs is 0, allowed is 1 to 1000\n"
            "lerning_rate is not a parameter; the nearest is learning_rate");
        row(R"({"inlay": 1, "kind": "train", "variants": {}})",
            "variants is {}, a list of {\"name\", \"set\"} is expected");
        row(R"({"inlay": 1, "kind": "train", "variants": [3, {"set": 3, "nam": 1}]})",
            "variants[0] is 3, an object with \"name\" and \"set\" is expected\n"
            "variants[1].nam is not a key of a variant; allowed are name, set\n"
            "variants[1].name is missing, every variant has a name\n"
            "variants[1].set is 3, an object of dotted keys and values is expected");
        row(R"({"inlay": 1, "kind": "train", "variants": [{"name": "a"}, {"name": "a"}]})",
            "variants[1].name is \"a\", which another variant has already");
        row(R"({"inlay": 1, "kind": "train", "seeds": 3, "variants": [{"name": "a"}, {"name": "big",
               "set": {"network.operator.kind": "stl", "network.operator.rank": 100}}]})",
            "variants[1] (big · seed 1): network.operator.rank is 100, allowed is 1 to 64 (tile³)");
        row(R"({"inlay": 1, "kind": "train", "variants": [{"name": "a", "set": {"epoch": 1}}]})",
            "variants[0] (a): epoch is not a parameter; the nearest is epochs");
        row(R"({"inlay": 1, "kind": "train", "grid": []})",
            "grid is [], an object of dotted keys and lists of values is expected");
        row(R"({"inlay": 1, "kind": "train", "grid": {"epochs": 3}})",
            "grid.epochs is 3, a list of values that is not empty is expected");
        row(R"({"inlay": 1, "kind": "train", "grid": {"epochs": [1, 0]}})",
            "grid (epochs=0): epochs is 0, allowed is 1 to 1000");
        row(R"({"inlay": 1, "kind": "train", "seeds": 9999, "grid": {"epochs": [1, 2]}})",
            "variants x grid x seeds make 19998 runs, allowed is 1 to 10000");
    }

    void badProjects() {
        QFETCH(QString, text);
        QFETCH(QString, messages);
        const auto parsed = parse(text.toUtf8().constData());
        QCOMPARE(QString::fromStdString(joinMessages(parsed.issues)), messages);
    }

    void wrongValuesStillOpenTheForm() {
        const auto parsed = parse(R"({"inlay": 1, "kind": "train", "title": "T", "seed": "x",
                                      "config": {"epochs": 0}})");
        QVERIFY(parsed.project);
        QCOMPARE(parsed.project->title, std::string("T"));
        QCOMPARE(parsed.project->seed, std::int64_t(1));
        QCOMPARE(parsed.project->config, json(R"({"epochs": 0})"));
        QVERIFY(expandProject(*parsed.project, schema()).runs.empty());
    }

    void olderVersionsAreUpgraded() {
        const auto old =
            parse(R"({"inlay": 1, "kind": "train", "version": 1, "config": {"lr": 0.5}})");
        QCOMPARE(joinMessages(old.issues), std::string());
        QCOMPARE(old.project->config, json(R"({"learning_rate": 0.5})"));
        QCOMPARE(old.project->version, 3);
        const auto present =
            parse(R"({"inlay": 1, "kind": "train", "version": 3, "config": {"lr": 0.5}})");
        QCOMPARE(present.issues.size(), std::size_t(1));
    }

    void commandLinePathsStartFromTheWorkingFolder() {
        auto parsed = parse(R"({"inlay": 1, "kind": "train", "config": {"folder": "in"}})");
        QVERIFY(assignToProject(*parsed.project, schema(),
                                assignments({"dataset.kind=idx", "dataset.path=../mnist"}),
                                "/home/u")
                    .empty());
        const auto run = expandProject(*parsed.project, schema()).runs.at(0);
        QCOMPARE(*findPath(run.config, "folder"), Json("/home/folder/in"));
        QCOMPARE(*findPath(run.config, "dataset.path"), Json("/home/mnist"));
        const Json before = parsed.project->config;
        QCOMPARE(joinMessages(
                     assignToProject(*parsed.project, schema(), assignments({"epochs=0"}), "/")),
                 std::string("epochs is 0, allowed is 1 to 1000"));
        QCOMPARE(parsed.project->config, before);
    }

    void filesAreSavedAndRead() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("p.inlay.json").toStdString();
        const ProjectKind kind = kinds()[0];
        auto project = *parse(R"({"inlay": 1, "kind": "train", "title": "T ³", "tags": ["x"],
            "seed": 9, "config": {"epochs": 3, "patience": 4, "learning_rate": 0.001, "folder": "in"},
            "variants": [{"name": "a", "set": {"epochs": 4}}], "grid": {"big": [1, 2]}, "seeds": 3})")
                            .project;
        project.folder = folder.path().toStdString();
        saveProject(project, kind, path);
        const auto loaded = loadProject(path, kinds());
        QCOMPARE(joinMessages(loaded.issues), std::string());
        QCOMPARE(loaded.project->folder, folder.path().toStdString());
        QCOMPARE(loaded.project->title, std::string("T ³"));
        QCOMPARE(loaded.project->config, json(R"({"epochs": 3, "folder": "in"})"));
        QCOMPARE(loaded.project->variants, project.variants);
        QCOMPARE(loaded.project->grid, project.grid);
        QCOMPARE(loaded.project->seeds, std::int64_t(3));
        QCOMPARE(projectJson(*loaded.project, kind), projectJson(project, kind));
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path().toStdString()),
                               std::filesystem::directory_iterator()),
                 std::ptrdiff_t(1));

        // Saved elsewhere, the paths still mean the same files.
        const std::string above = (std::filesystem::path(project.folder) / "sub").string();
        std::filesystem::create_directory(above);
        saveProject(project, kind, above + "/q.inlay.json");
        const auto moved = loadProject(above + "/q.inlay.json", kinds());
        QCOMPARE(moved.project->config.at("folder"), Json(project.folder + "/in"));
        ProjectFile back = *moved.project;
        saveProject(back, kind, path);
        QCOMPARE(loadProject(path, kinds()).project->config.at("folder"), Json("in"));
    }

    void unreadableFiles() {
        QTemporaryDir folder;
        const std::string missing = folder.filePath("none.json").toStdString();
        QCOMPARE(joinMessages(loadProject(missing, kinds()).issues),
                 "cannot read " + missing + ": No such file or directory");
        const std::string path = folder.path().toStdString();
        QCOMPARE(joinMessages(loadProject(path, kinds()).issues),
                 path + " is a folder, a file is expected");
        QVERIFY_EXCEPTION_THROWN(saveProject(ProjectFile(), kinds()[0], path + "/no/such/p.json"),
                                 Error);
    }
};

QTEST_GUILESS_MAIN(TestProject)
#include "test_project.moc"

#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/compare_work.h"
#include "app/cli/output.h"
#include "app/cli/run_reference.h"
#include "app/cli/runs_list.h"
#include "app/cli/runs_read.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

using Edit = std::function<void(RunStore&, const std::vector<RunId>&)>;

// All references must be known before the first change is made.
int edit(const Common& common, const std::vector<std::string>& references, const Edit& change) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    std::vector<RunId> runs;
    for (const std::string& reference : references) {
        std::string problem;
        const std::optional<RunRecord> record = findRun(store, reference, problem);
        if (!record)
            return badInput(problem, common.json);
        runs.push_back(record->id);
    }
    change(store, runs);
    if (common.json)
        printJson({{"runs", runs}});
    return kOk;
}

void addEdit(CLI::App& group, Common& common, const char* name, const char* help,
             const std::function<Edit(CLI::App&)>& declare) {
    CLI::App* command = group.add_subcommand(name, help);
    auto references = std::make_shared<std::vector<std::string>>();
    const Edit change = declare(*command);
    command->add_option("RUN", *references, "Run ids")->required()->type_name("");
    addStoreOption(*command, common);
    addJsonOption(*command, common);
    command->callback([&common, references, change] {
        common.action = [&common, references, change] {
            return edit(common, *references, change);
        };
    });
}

void addEdits(CLI::App& runs, Common& common) {
    addEdit(runs, common, "tag", "Add or remove a tag", [](CLI::App& command) -> Edit {
        auto add = std::make_shared<std::vector<std::string>>();
        auto remove = std::make_shared<std::vector<std::string>>();
        command.add_option("--add", *add, "Tag to add")->allow_extra_args(false)->type_name("TAG");
        command.add_option("--remove", *remove, "Tag to remove")
            ->allow_extra_args(false)
            ->type_name("TAG");
        return [add, remove](RunStore& store, const std::vector<RunId>& ids) {
            for (const RunId id : ids) {
                for (const std::string& tag : *add)
                    store.addTag(id, tag);
                for (const std::string& tag : *remove)
                    store.removeTag(id, tag);
            }
        };
    });
    addEdit(runs, common, "star", "Star runs (--off: remove the star)",
            [](CLI::App& command) -> Edit {
                auto off = std::make_shared<bool>(false);
                command.add_flag("--off", *off, "Remove the star");
                return [off](RunStore& store, const std::vector<RunId>& ids) {
                    for (const RunId id : ids)
                        store.setStar(id, !*off);
                };
            });
    addEdit(runs, common, "note", "Replace the notes of runs", [](CLI::App& command) -> Edit {
        auto text = std::make_shared<std::string>();
        command.add_option("--text", *text, "The notes")->required()->type_name("TEXT");
        return [text](RunStore& store, const std::vector<RunId>& ids) {
            for (const RunId id : ids)
                store.setNotes(id, *text);
        };
    });
    addEdit(runs, common, "rename", "Rename a run", [](CLI::App& command) -> Edit {
        auto name = std::make_shared<std::string>();
        command.add_option("--to", *name, "The new name")->required()->type_name("NAME");
        return [name](RunStore& store, const std::vector<RunId>& ids) {
            for (const RunId id : ids)
                store.rename(id, *name);
        };
    });
    addEdit(runs, common, "delete", "Move runs to the bin (--purge: delete rows and files)",
            [](CLI::App& command) -> Edit {
                auto purge = std::make_shared<bool>(false);
                command.add_flag("--purge", *purge, "Delete for good, files too");
                return [purge](RunStore& store, const std::vector<RunId>& ids) {
                    if (*purge)
                        store.purge(ids);
                    else
                        store.moveToBin(ids);
                };
            });
    addEdit(runs, common, "restore", "Take runs out of the bin", [](CLI::App&) -> Edit {
        return [](RunStore& store, const std::vector<RunId>& ids) {
            store.restore(ids);
        };
    });
}

} // namespace

void addRunsCommands(CLI::App& program, Common& common) {
    CLI::App* runs = program.add_subcommand("runs", "List, show, compare, export and edit runs");
    runs->require_subcommand(1);

    auto list = std::make_shared<ListArguments>();
    CLI::App* listed = runs->add_subcommand("list", "Runs of the store, newest first");
    listed
        ->add_option("--query", list->query,
                     "kind:train operator:stl dataset:digits tag:paper state:finished words, "
                     "'test/accuracy>0.95'")
        ->type_name("Q");
    listed
        ->add_option("--column", list->columns,
                     "Instead of the usual columns: a parameter, a result, or seed, device, tags, "
                     "notes; may be repeated")
        ->type_name("KEY")
        ->allow_extra_args(false);
    listed->add_option("--limit", list->limit, "At most so many")->type_name("N");
    listed->add_flag("--bin", list->bin, "Those in the bin");
    addStoreOption(*listed, common);
    addJsonOption(*listed, common);
    listed->callback([&common, list] {
        common.action = [&common, list] {
            return listRuns(common, *list);
        };
    });

    auto shown = std::make_shared<std::string>();
    CLI::App* show = runs->add_subcommand("show", "Everything about one run");
    show->add_option("RUN", *shown, "Run id")->required()->type_name("");
    addStoreOption(*show, common);
    addJsonOption(*show, common);
    show->callback([&common, shown] {
        common.action = [&common, shown] {
            return showRun(common, *shown);
        };
    });

    auto compared = std::make_shared<CompareWorkArguments>();
    CLI::App* compare =
        runs->add_subcommand("compare", "What differs between runs: parameters, then metrics; or "
                                        "what each has reached at equal cost (--by)");
    compare->add_option("RUN", compared->runs, "Two or more run ids")->required()->type_name("");
    CLI::Option* by =
        compare
            ->add_option("--by", compared->by,
                         "multiply_adds (of training, counted) or seconds (measured, in training "
                         "steps): a series of each run at equal cost")
            ->check(CLI::IsMember({"multiply_adds", "seconds"}))
            ->type_name("COST");
    compare
        ->add_option("--series", compared->series,
                     "With --by: which series; default validation/loss, else train/loss")
        ->needs(by)
        ->type_name("NAME");
    compare->add_option("--points", compared->points, "With --by: how many budgets")
        ->needs(by)
        ->check(CLI::Range(1, 10000))
        ->capture_default_str()
        ->type_name("N");
    addStoreOption(*compare, common);
    addJsonOption(*compare, common);
    compare->callback([&common, compared] {
        common.action = [&common, compared] {
            return compared->by.empty() ? compareRuns(common, compared->runs)
                                        : compareWork(common, *compared);
        };
    });

    auto exported = std::make_shared<std::string>();
    auto folder = std::make_shared<std::string>();
    CLI::App* exporting = runs->add_subcommand(
        "export", "Write every series as CSV, and config.json and metrics.json");
    exporting->add_option("RUN", *exported, "Run id")->required()->type_name("");
    exporting->add_option("--csv", *folder, "Folder to write to")->required()->type_name("DIR");
    addStoreOption(*exporting, common);
    addJsonOption(*exporting, common);
    exporting->callback([&common, exported, folder] {
        common.action = [&common, exported, folder] {
            return exportRun(common, *exported, *folder);
        };
    });
    addEdits(*runs, common);
}

} // namespace inlay::app

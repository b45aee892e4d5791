#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "engine/experiments/catalog.h"
#include "engine/schema/nearest.h"
#include "engine/schema/parameters_doc.h"

namespace inlay::app {
namespace {

using namespace engine;

int listKinds(const Common& common) {
    TextTable table({"Kind", "Title", "What it does"});
    for (const ExperimentKind* kind : experimentKinds()) {
        table.add({kind->id(), kind->title(), kind->summary()});
        if (common.json)
            printJson({{"type", "row"},
                       {"kind", kind->id()},
                       {"title", kind->title()},
                       {"summary", kind->summary()},
                       {"version", kind->version()}});
    }
    if (common.json)
        printJson({{"kinds", experimentKinds().size()}});
    else
        std::fputs(table.text().c_str(), stdout);
    return kOk;
}

Json describeField(const FieldInfo& field) {
    Json row = {{"type", "row"},
                {"key", field.key},
                {"title", field.title},
                {"value", typeText(field)},
                {"default", field.defaultValue},
                {"allowed", allowedText(field)},
                {"unit", field.unit},
                {"help", field.help}};
    if (!field.enabledWhen.empty())
        row["when"] = conditionText(field);
    return row;
}

int describe(const Common& common, const std::string& id) {
    const ExperimentKind* kind = findKind(id);
    if (!kind) {
        std::string known;
        for (const ExperimentKind* other : experimentKinds())
            known += (known.empty() ? "" : ", ") + std::string(other->id());
        return badInput(
            {{"kind", fmt::format("There is no kind {}; the kinds are {}.", id, known)}},
            common.json);
    }
    if (!common.json) {
        const DocumentedKind documented{kind->id(), kind->title(), kind->summary(),
                                        &kind->schema()};
        std::fputs(describeText(documented).c_str(), stdout);
        return kOk;
    }
    for (const FieldInfo& field : kind->schema().allFields())
        printJson(describeField(field));
    printJson({{"kind", kind->id()},
               {"version", kind->version()},
               {"defaults", kind->schema().defaults()}});
    return kOk;
}

int writeParameters(const std::string& path) {
    std::vector<DocumentedKind> kinds;
    for (const ExperimentKind* kind : experimentKinds())
        kinds.push_back({kind->id(), kind->title(), kind->summary(), &kind->schema()});
    const std::string text = parametersMarkdown(kinds);
    std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
    if (!file)
        return badInput(fmt::format("{} cannot be written.", path), false);
    std::fwrite(text.data(), 1, text.size(), file);
    if (file != stdout)
        std::fclose(file);
    return kOk;
}

} // namespace

void addKindCommands(CLI::App& program, Common& common) {
    CLI::App* kinds = program.add_subcommand("kinds", "List the kinds of experiments");
    addJsonOption(*kinds, common);
    kinds->callback([&common] {
        common.action = [&common] {
            return listKinds(common);
        };
    });

    auto id = std::make_shared<std::string>();
    auto markdown = std::make_shared<std::string>();
    CLI::App* described = program.add_subcommand(
        "describe", "Show every parameter of a kind: default, allowed values, meaning");
    described->add_option("KIND", *id, "A kind, e.g. train")->type_name("");
    described
        ->add_option("--markdown", *markdown, "Write the page of all kinds (- = to the screen)")
        ->type_name("FILE");
    addJsonOption(*described, common);
    described->callback([&common, id, markdown] {
        common.action = [&common, id, markdown] {
            if (!markdown->empty())
                return writeParameters(*markdown);
            return describe(common, *id);
        };
    });
}

} // namespace inlay::app

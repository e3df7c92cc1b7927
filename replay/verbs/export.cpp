#include "replay/verbs/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "replay/verbs/moment.h"
#include "replay/verbs/open_trace.h"
#include "replay/verbs/output_file.h"
#include "replay/verbs/output_folder.h"

namespace tablekey::replay::verbs {
namespace {

int to_output(const ExportOptions& options, const ExportChoices& choices, const OpenTrace& opened,
              Console& console) {
  ExportSink sink;
  sink.write = [&](std::string_view piece) {
    console.out << piece;
    console.check_output();
  };
  const auto written = options.form->write(opened.recorded, choices, sink);
  if (!written) return console.fail(written.error(), options.trace);
  return opened.exit_code;
}

// What both an output file and an output folder do in the end.
template <class Output>
int publish(const ExportOptions& options, const ExportChoices& choices, const OpenTrace& opened,
            Output& output, const ExportSink& sink, Console& console) {
  const auto written = options.form->write(opened.recorded, choices, sink);
  if (!written) return console.fail(written.error(), options.trace);
  if (const auto done = output.publish(); !done) return console.fail(kExitIo, done.error());
  if (options.json) {
    const nlohmann::ordered_json document = {
        {"format", "tablekey.export/1"}, {"trace", options.trace.string()},
        {"to", options.form->name},      {"output", options.output->string()},
        {"written", *written},           {"unit", options.form->unit}};
    console.out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return opened.exit_code;
  }
  console.note(
      fmt::format("{} in {}", counted(*written, options.form->unit), options.output->string()));
  return opened.exit_code;
}

int to_file(const ExportOptions& options, const ExportChoices& choices, const OpenTrace& opened,
            Console& console) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.trace, *options.output, ignored)) {
    return console.fail(kExitUsage, "the export would replace the trace");
  }
  auto file = OutputFile::create(*options.output, options.force);
  if (!file) {
    return console.fail(kExitIo, file.error(), "--force replaces a file, -o FILE names another");
  }
  ExportSink sink;
  sink.write = [&](std::string_view piece) { file->write(piece); };
  return publish(options, choices, opened, *file, sink, console);
}

int to_folder(const ExportOptions& options, const ExportChoices& choices, const OpenTrace& opened,
              Console& console) {
  auto folder = OutputFolder::create(*options.output, options.force);
  if (!folder) {
    return console.fail(kExitIo, folder.error(),
                        "--force replaces an earlier export, -o FOLDER names another");
  }
  ExportSink sink;
  sink.append = [&](const std::string& path, std::string_view piece) {
    folder->append(path, piece);
  };
  return publish(options, choices, opened, *folder, sink, console);
}

// What is wrong with the options before the trace is opened; nullopt: nothing.
std::optional<int> refused(const ExportOptions& options, Console& console) {
  const ExportForm& form = *options.form;
  if (!form.trail && (options.account || options.data_events)) {
    return console.fail(kExitUsage,
                        fmt::format("--to {} has no {}", form.name,
                                    options.account ? "--account" : "--data-events"),
                        "it is for --to cloudtrail and --to cloudtrail-files");
  }
  if (options.output) return std::nullopt;
  if (options.json) {
    return console.fail(kExitUsage, "--json says what was written, and the export itself is there",
                        "-o FILE puts the export into a file");
  }
  if (form.output == ExportForm::Output::folder) {
    return console.fail(kExitUsage, fmt::format("--to {} writes a folder", form.name),
                        "-o FOLDER names it");
  }
  if (form.output == ExportForm::Output::binary && console.out_is_terminal) {
    return console.fail(kExitUsage, fmt::format("--to {} is not for a terminal", form.name),
                        "-o FILE writes a file; a pipe takes it too");
  }
  return std::nullopt;
}

std::expected<ExportChoices, int> choices_of(const ExportOptions& options,
                                             const model::ScenarioView& scenario,
                                             Console& console) {
  ExportChoices choices;
  choices.data_events = options.data_events;
  if (options.account) {
    const std::vector<std::string>& known = scenario.accounts;
    if (std::ranges::find(known, *options.account) == known.end()) {
      return std::unexpected(
          console.fail(kExitUsage, fmt::format("no account '{}' in this run", *options.account),
                       fmt::format("known: {}", fmt::join(known, ", "))));
    }
    choices.account = *options.account;
  }
  const auto read = [&](const char* name, const std::optional<std::string>& text, sim::Time& into) {
    if (!text) return true;
    const auto time = parse_moment(*text, scenario.start);
    if (!time) console.fail(kExitUsage, fmt::format("{}: {}", name, time.error()));
    if (time) into = *time;
    return time.has_value();
  };
  if (!read("--from", options.from, choices.window.from) ||
      !read("--until", options.until, choices.window.until)) {
    return std::unexpected(kExitUsage);
  }
  if (choices.window.until < choices.window.from) {
    return std::unexpected(console.fail(kExitUsage, "--until lies before --from"));
  }
  return choices;
}

}  // namespace

int export_trace(const ExportOptions& options, Console& console) {
  if (const auto code = refused(options, console)) return *code;
  const auto opened = open_trace(options.trace, console);
  if (!opened) return opened.error();
  const auto choices = choices_of(options, opened->recorded.scenario(), console);
  if (!choices) return choices.error();
  if (!options.output) return to_output(options, *choices, *opened, console);
  return options.form->output == ExportForm::Output::folder
             ? to_folder(options, *choices, *opened, console)
             : to_file(options, *choices, *opened, console);
}

}  // namespace tablekey::replay::verbs

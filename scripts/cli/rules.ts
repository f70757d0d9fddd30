/** `clubpad rules`: the shop's rules before they reach a pad. */
import type { Command } from "commander";
import { formatDay } from "../../back-office/dates";
import { schemaText } from "../../back-office/rules/schema";
import { rulesetToYaml } from "../../back-office/rules/to-yaml";
import { RulesetError } from "../../back-office/rules/yaml-section";
import { UserError } from "../../back-office/user-error";
import { writeNewFile } from "./input";
import { type LoadedRules, loadRules } from "./load-rules";
import { registerRulesSimulate } from "./rules-simulate";
import { registerRulesTry } from "./rules-try";

const CHECK_EXAMPLES = `
Examples:
  clubpad rules check rulesets/first-shop.yaml
  clubpad rules check rulesets/boutique.yaml my-shop.yaml

Every problem comes as file:line:column with what to write instead. Exit code 1 when there is any.
docs/rules.md explains the language.`;
const COMPILE_EXAMPLES = `
Examples:
  clubpad rules compile rulesets/first-shop.yaml --out first-shop.bin
  clubpad rules compile rulesets/first-shop.yaml --out first-shop.bin --force`;
const SHOW_EXAMPLES = `
Examples:
  clubpad rules show first-shop.bin
  clubpad rules show first-shop.bin > again.yaml

Names, comments and what only the office watches (programmes, grantsPerDayRial) are not in the
bytes; all else comes back, and compiles to the same bytes.`;
const SCHEMA_EXAMPLES = `
Examples:
  clubpad rules schema > ruleset.schema.json

Editors with a YAML language server (VS Code, Neovim, JetBrains) complete and check a file whose
first line is:
  # yaml-language-server: $schema=ruleset.schema.json`;

export function registerRules(program: Command): void {
  const rules = program
    .command("rules")
    .description("check, explain, try and compare the rules of a club");
  rules
    .command("check")
    .description("say whether a ruleset file is right, and what to write where it is not")
    .argument("<files...>", "ruleset files (YAML, or compiled)")
    .addHelpText("after", CHECK_EXAMPLES)
    .action(check);
  rules
    .command("compile")
    .description("make the bytes that a pad takes")
    .argument("<file>", "ruleset file (YAML)")
    .requiredOption("--out <file>", "where the bytes go")
    .option("--force", "overwrite")
    .addHelpText("after", COMPILE_EXAMPLES)
    .action(compile);
  rules
    .command("show")
    .description("write compiled bytes back as YAML")
    .argument("<file>", "ruleset (compiled, or YAML to see it in its plain form)")
    .addHelpText("after", SHOW_EXAMPLES)
    .action(show);
  registerRulesTry(rules);
  registerRulesSimulate(rules);
  rules
    .command("schema")
    .description("print the JSON Schema of ruleset files, for editors")
    .addHelpText("after", SCHEMA_EXAMPLES)
    .action(() => {
      process.stdout.write(schemaText());
    });
}

/** All files are looked at, whatever is wrong with the first. */
function check(files: string[]): void {
  const problems: string[] = [];
  for (const file of files) {
    try {
      console.log(`${file}: right; ${summary(loadRules(file))}`);
    } catch (error) {
      if (!(error instanceof RulesetError || error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return;
  const lines = problems.join("\n");
  const count = lines.split("\n").length;
  throw new UserError(`${count === 1 ? "one problem" : `${count} problems`}\n${lines}`);
}

function compile(file: string, options: { out: string; force?: boolean }): void {
  const loaded = loadRules(file);
  writeNewFile(options.out, loaded.bytes, options.force === true);
  console.log(`${options.out}: ${summary(loaded)}`);
}

function show(file: string): void {
  const { bytes, terms } = loadRules(file);
  console.log(rulesetToYaml(bytes, terms).trimEnd());
}

function summary({ view, bytes }: LoadedRules): string {
  const { club, version, validFromDay } = view.header;
  const rules = view.rules.length === 1 ? "1 rule" : `${view.rules.length} rules`;
  const from = `valid from ${formatDay(validFromDay)}`;
  return `club ${club}, version ${version}, ${from}, ${rules}, ${bytes.length} bytes`;
}

/** `clubpad rules explain`, `diff` and `eval`: what rules say, what changes, what they would do. */
import { type Command, Option } from "commander";
import { diffRulesets, diffText } from "../../back-office/rules/diff";
import { explain, explanationText, LANGUAGES } from "../../back-office/rules/explain";
import { readRuleset } from "../../back-office/rules/read-ruleset";
import { readCard, readSale } from "../../back-office/rules/read-tap";
import { traceTap } from "../../back-office/rules/trace";
import { traceJson, traceText } from "../../back-office/rules/trace-text";
import { Header } from "../../firmware/core/ruleset-format";
import { readText } from "./input";
import { loadRules } from "./load-rules";

interface TextOptions {
  language: string;
  json?: boolean;
}

interface EvalOptions {
  rules: string;
  card: string;
  sale: string;
  json?: boolean;
}

const EXPLAIN_EXAMPLES = `
Examples:
  clubpad rules explain rulesets/first-shop.yaml
  clubpad rules explain rulesets/first-shop.yaml --language fa
  clubpad rules explain first-shop.bin --json`;
const DIFF_EXAMPLES = `
Examples:
  clubpad rules diff rulesets/first-shop.yaml my-shop.yaml
  clubpad rules diff on-the-pads.bin my-shop.yaml --language fa

Order and comments do not count. Exit code 0 in either case; --json says "isSame".`;
const EVAL_EXAMPLES = `
Examples:
  clubpad rules eval --rules rulesets/first-shop.yaml --card card.json --sale sale.json
  clubpad rules eval --rules my-shop.yaml --card card.json --sale sale.json --json

A card: {"identity": {"birth": "1370-05-12"}, "state": {"group": 2, "visits": 5,
"firstDate": "1403-11-01", "lastDate": "1404-06-20", "lifeSpendRial": 9000000,
"lots": [{"amountRial": 300000, "from": "1404-07-01", "until": "1404-09-30"}]}}.
What is not given is as on a new member's card. What "card show --json" prints is a card, too.
A sale: {"date": "1404-07-06", "time": "10:30", "grossRial": 3000000, "askedCreditRial": 100000,
"categories": {"3": {"rial": 1000000, "pieces": 2}}}; "kind": "enrol" or "balance" for other taps;
"approver": the serial of the supervisor who approves.`;

const language = () =>
  new Option("--language <code>", "en or fa").choices(Object.keys(LANGUAGES)).default("en");

export function registerRulesTry(rules: Command): void {
  rules
    .command("explain")
    .description("say in plain sentences what a ruleset does")
    .argument("<file>", "ruleset (YAML, or compiled)")
    .addOption(language())
    .option("--json", "for programs")
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action(explainFile);
  rules
    .command("diff")
    .description("say in plain sentences what changes from one ruleset to another")
    .argument("<before>", "ruleset (YAML, or compiled)")
    .argument("<after>", "ruleset (YAML, or compiled)")
    .addOption(language())
    .option("--json", "for programs")
    .addHelpText("after", DIFF_EXAMPLES)
    .action(diffFiles);
  rules
    .command("eval")
    .description("try one tap: its result, and why each rule did or did not count")
    .requiredOption("--rules <file>", "ruleset (YAML, or compiled)")
    .requiredOption("--card <file>", "card (JSON or YAML)")
    .requiredOption("--sale <file>", "sale (JSON or YAML)")
    .option("--json", "for programs")
    .addHelpText("after", EVAL_EXAMPLES)
    .action(evaluateFiles);
}

function explainFile(file: string, options: TextOptions): void {
  const { view } = loadRules(file);
  const phrases = LANGUAGES[options.language];
  console.log(options.json ? json(explain(view, phrases)) : explanationText(view, phrases));
}

function diffFiles(before: string, after: string, options: TextOptions): void {
  const phrases = LANGUAGES[options.language];
  const [one, two] = [loadRules(before), loadRules(after)];
  // Bytes have no names and no terms: what the other one says of them is no difference.
  const terms = one.isCompiled ? two.terms : one.terms;
  const oldView = one.isCompiled ? readRuleset(one.bytes, terms) : one.view;
  const newView = two.isCompiled ? readRuleset(two.bytes, terms) : two.view;
  const diff = diffRulesets(oldView, newView, phrases);
  console.log(options.json ? json(diff) : diffText(diff, phrases));
}

function evaluateFiles(options: EvalOptions): void {
  const { bytes, view } = loadRules(options.rules);
  const card = readCard(readText(options.card), options.card, bytes[Header.EnrolGroup]);
  const purchase = readSale(readText(options.sale), options.sale);
  const trace = traceTap({ ruleset: bytes, ...card, purchase }, view);
  console.log(options.json ? json(traceJson(trace, view)) : traceText(trace, view, purchase.kind));
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

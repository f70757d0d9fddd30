/** Limits of what a reader can hold: columns, lines of a function, lines of a file. */
import ts from "typescript";
import { lineOf, type Problem, type SourceModule } from "./source-module";

const MAX_COLUMNS = 100;
const MAX_FUNCTION_LINES = 60;
const MAX_FILE_LINES = 350;

/** Tests may be long, and so may tables, which nobody reads from top to bottom. */
const TABLE = /-table\.ts$/;

export function checkSizes(module: SourceModule): Problem[] {
  const problems = checkColumns(module.text);
  const lineCount = module.text.split("\n").length - 1;
  if (lineCount > MAX_FILE_LINES && !module.isTest && !TABLE.test(module.name)) {
    problems.push({ line: lineCount, text: `${lineCount} lines, at most ${MAX_FILE_LINES}` });
  }
  measureFunctions(module.tree, module.tree, problems);
  return problems;
}

export function checkColumns(text: string): Problem[] {
  const problems: Problem[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.length > MAX_COLUMNS) {
      problems.push({ line: i + 1, text: `${line.length} columns, at most ${MAX_COLUMNS}` });
    }
  });
  return problems;
}

/**
 * Returns the lines that functions below `node` take. A function's own length leaves out functions
 * nested in it, with their comments and the blank lines between them, because a factory is as long
 * as all it returns.
 */
function measureFunctions(node: ts.Node, tree: ts.SourceFile, problems: Problem[]): number {
  let nestedLines = 0;
  ts.forEachChild(node, (child) => {
    nestedLines += measureFunctions(child, tree, problems);
  });
  if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return nestedLines;
  const first = lineOf(tree, node);
  const last = tree.getLineAndCharacterOfPosition(node.end).line + 1;
  const lines = last - first + 1;
  const ownLines = lines - nestedLines;
  if (ownLines > MAX_FUNCTION_LINES) {
    const text = `a function of ${ownLines} lines, at most ${MAX_FUNCTION_LINES}`;
    problems.push({ line: first, text });
  }
  if (!ts.isFunctionDeclaration(node)) return lines === 1 ? 0 : lines;
  return last - (tree.getLineAndCharacterOfPosition(node.getFullStart()).line + 1);
}

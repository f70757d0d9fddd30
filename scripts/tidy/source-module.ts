/** One TypeScript file as tidy's rules see it: syntax tree, imports and place in the tree. */
import path from "node:path";
import ts from "typescript";

export interface Problem {
  /** Counted from 1. */
  line: number;
  text: string;
}

export interface Import {
  specifier: string;
  /** The project file meant, relative to the root; undefined for packages and missing files. */
  target: string | undefined;
  line: number;
}

export interface SourceModule {
  /** Relative to the root, with `/`. */
  name: string;
  text: string;
  tree: ts.SourceFile;
  imports: Import[];
  isTest: boolean;
}

export function parseModule(name: string, text: string, allNames: Set<string>): SourceModule {
  const tree = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  walk(tree, (node) => {
    const specifier = importedSpecifier(node);
    if (specifier === undefined) return;
    const target = targetOf(name, specifier, allNames);
    imports.push({ specifier, target, line: lineOf(tree, node) });
  });
  return { name, text, tree, imports, isTest: isTestFile(name) };
}

/** Visits `node` and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Suites, and what only suites use: their helpers and published vectors. */
function isTestFile(name: string): boolean {
  return name.endsWith(".test.ts") || /\/(?:testing|vectors)\/|\/test-[^/]+$/.test(name);
}

function importedSpecifier(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && literalText(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? literalText(node.argument.literal) : undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literalText(node.arguments[0]);
  }
  // `new URL("./worker.ts", import.meta.url)` names a file that runs as another process.
  if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
    const [first, second] = node.arguments ?? [];
    return second?.getText() === "import.meta.url" ? literalText(first) : undefined;
  }
  return undefined;
}

function literalText(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function targetOf(name: string, specifier: string, allNames: Set<string>): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const file = path.posix.join(path.posix.dirname(name), specifier);
  const base = file.replace(/\.js$/, "");
  return [file, `${base}.ts`, `${base}.d.ts`, `${base}/index.ts`].find((it) => allNames.has(it));
}

/**
 * The same program with `let` for every `var` and function: Node then refuses what Espruino cannot
 * do, namely to use a name before its declaration ran, to declare it inside a block for use
 * outside, and to declare it twice. A hoisted bundle must run unchanged as its twin.
 */
import { type Identifier, parse } from "acorn";
import { buildScopes, type Scope, type VarStatement } from "./es5-scopes";

interface Edit {
  start: number;
  end: number;
  text: string;
}

export function letTwin(source: string): string {
  const edits: Edit[] = [];
  collect(buildScopes(parse(source, { ecmaVersion: 5 })), edits);
  edits.sort((a, b) => b.end - a.end || b.start - a.start);
  let text = source;
  for (const edit of edits) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
  return text;
}

function collect(scope: Scope, edits: Edit[]): void {
  for (const statement of scope.varStatements) edits.push(...letInsteadOfVar(statement));
  for (const declared of scope.functions) {
    const { start, id } = declared;
    edits.push({ start, end: id.end, text: `let ${id.name}=function` });
    edits.push({ start: declared.end, end: declared.end, text: ";" });
  }
  for (const child of scope.children) collect(child, edits);
}

/** A loop's own `let` would end with the loop, so it moves in front of it. */
function letInsteadOfVar({ node, parent }: VarStatement): Edit[] {
  if (!/^For/.test(parent.type)) return [{ start: node.start, end: node.start + 3, text: "let" }];
  const names = node.declarations.map((declarator) => (declarator.id as Identifier).name);
  return [
    { start: parent.start, end: parent.start, text: `let ${names.join(",")};` },
    { start: node.start, end: node.start + 4, text: "" },
  ];
}

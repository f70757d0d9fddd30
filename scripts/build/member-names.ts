/**
 * The names of fields and methods that a bundle may shorten. Long names cost twice on a pad: bytes
 * of flash, and a further variable of RAM for every field longer than four characters.
 *
 * A name is renamed everywhere or nowhere, so it may not also name something outside: neither a
 * member of the language's or the interpreter's own types, nor anything spelled as a string. Types
 * make that complete, because device code has no `any`, indexes by numbers only, and does not list
 * fields.
 */
import ts from "typescript";

/** @throws Error for code that lists fields or finds one by a name that it computed. */
export function shortenableNames(program: ts.Program): string[] {
  const own = new Set<string>();
  const foreign = new Set<string>();
  const checker = program.getTypeChecker();
  for (const file of program.getSourceFiles()) {
    if (!program.isSourceFileDefaultLibrary(file)) collect(file, file.isDeclarationFile);
  }
  return [...own].filter((name) => !foreign.has(name)).sort();

  function collect(node: ts.Node, isOutside: boolean): void {
    const isAmbient = isOutside || isDeclare(node);
    const name = memberName(node);
    if (name !== undefined) (isAmbient ? foreign : own).add(name);
    if (!isAmbient) {
      if (isStringValue(node)) foreign.add(node.text);
      // Of the language's own members only those in use matter, and each use shows its type.
      if (ts.isPropertyAccessExpression(node) && isLanguageMember(node.name)) {
        foreign.add(node.name.text);
      }
      if (revealsNames(node, checker))
        throw new Error(`${placeOf(node)} depends on members' names`);
    }
    ts.forEachChild(node, (child) => collect(child, isAmbient));
  }

  function isLanguageMember(name: ts.MemberName): boolean {
    const places = checker.getSymbolAtLocation(name)?.declarations ?? [];
    return places.some((place) => program.isSourceFileDefaultLibrary(place.getSourceFile()));
  }
}

function isDeclare(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
}

function memberName(node: ts.Node): string | undefined {
  const isMember =
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isGetAccessor(node) ||
    ts.isSetAccessor(node);
  return isMember && ts.isIdentifier(node.name) ? node.name.text : undefined;
}

/** A string that exists when the code runs, other than one in a type. */
function isStringValue(node: ts.Node): node is ts.StringLiteralLike {
  return ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent);
}

/** Code that would see, or find fields by, what the fields are called. */
function revealsNames(node: ts.Node, checker: ts.TypeChecker): boolean {
  if (ts.isForInStatement(node)) return true;
  if (ts.isPropertyAccessExpression(node)) {
    return ["JSON", "Object"].includes(node.expression.getText());
  }
  return ts.isElementAccessExpression(node) && !isNumeric(node.argumentExpression, checker);
}

function isNumeric(index: ts.Expression, checker: ts.TypeChecker): boolean {
  const type = checker.getTypeAtLocation(index);
  const parts = type.isUnion() ? type.types : [type];
  return parts.every(({ flags }) => (flags & ts.TypeFlags.NumberLike) !== 0);
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${file.fileName}:${line + 1}: ${node.getText().slice(0, 60)}`;
}
